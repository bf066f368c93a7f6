/** A document that is missing or altered on the disk: its verbale alone is told, and a person's word makes it again. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { type Damage, damageStored } from "../support/stored-blobs.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

const hows: readonly Damage[] = ["missing", "altered", "half empty"];

function damageBlob(made: InstallationWorld, sha256: string, how: Damage): () => void {
  return damageStored(join(made.dataFolder, "artifacts"), sha256, how);
}

/** A flusso of three that waits before this step, and the blobs of its second verbale. */
async function makeWaiting(step: "sign" | "zip" | "transmit") {
  const made = await makeInstallationWorld({
    sendYaml: sendYaml.replace(`- uses: ${step}\n`, `- uses: ${step}\n    approval: true\n`),
  });
  world = made;
  const lines = [1, 2, 3].map((n) => JSON.stringify(makeVerbale(n, made.freshDay)));
  const input = made.file("flusso.jsonl", lines.join("\n"));
  const run = ["run", "send", "--ente", "prova", "--input", input, "--json"];
  const { document } = await made.json(run);
  return {
    made,
    run,
    id: document.run.id,
    files: document.items[1]?.artifacts ?? [],
    approve: (id: string) => made.json(["answer", id, "--approve", "--json"]),
    retry: (id: string) => made.json(["resume", id, "--only", "rejected", "--json"]),
  };
}

const cases = [
  ["sign", "-verbale.pdf"],
  ["sign", "-avviso.pdf"],
  ["zip", "-verbale"],
  ["transmit", "-verbale"],
  ["transmit", "-avviso"],
] as const;

describe("before a step a document of one verbale is lost", () => {
  for (const [step, name] of cases)
    for (const how of hows)
      test(`${step}, ${name} ${how}: it alone is told, and goes out when a person says so`, async () => {
        const { made, id, files, approve, retry } = await makeWaiting(step);
        const file = files.find((one) => one.name.includes(name));
        damageBlob(made, file?.sha256 ?? "", how);

        const { document: first } = await approve(id);
        const { document: last } = await retry(id);

        expect(first.items.map(({ state, code }) => [state, code])).toEqual([
          ["done", null],
          ["rejected", "DOCUMENT_ALTERED"],
          ["done", null],
        ]);
        expect(first.items[1]?.note).toContain(file?.name ?? "-");
        expect(last.items.map(({ state }) => state)).toEqual(["done", "done", "done"]);
        expect(made.report().send.accepted).toBe(3);
      });
});

describe("the file that a run took, before it was read", () => {
  for (const how of hows)
    test(`${how}: a sentence with the way out, and a run that goes on once it is back`, async () => {
      const made = await makeInstallationWorld();
      world = made;
      const enteFile = `${made.pipelinesFolder}/enti/prova.yaml`;
      const ente = readFileSync(enteFile, "utf8");
      writeFileSync(enteFile, ente.replace("  over20Grams", "  group: inesistente\n  over20Grams"));
      const text = JSON.stringify(makeVerbale(1, made.freshDay)).padEnd(900);
      const input = made.file("flusso.jsonl", text);
      const run = ["run", "send", "--ente", "prova", "--input", input];
      const stopped = await made.postino(run);
      const [id = ""] = /\d{8}-\d{4}/.exec(stopped.stderr) ?? [];
      writeFileSync(enteFile, ente);
      const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
      const mend = damageBlob(made, sha256, how);

      const lost = await made.postino(["resume", id]);
      mend();
      const back = await made.postino(["resume", id]);

      expect(lost.code).toBe(5);
      expect(lost.stderr).toContain(
        "Il file flusso.jsonl, come questo flusso lo aveva preso, manca dal disco dei dati o è cambiato. Nessun verbale è stato letto e nulla è stato inviato.",
      );
      expect(lost.stderr).toContain("Mandare di nuovo lo stesso file con un altro flusso");
      expect(back.code).toBe(0);
    });
});

describe("a new run of the same flusso", () => {
  for (const how of hows)
    test(`makes what was only rendered again: ${how}`, async () => {
      const { made, run, id, files, approve } = await makeWaiting("sign");
      for (const { sha256 } of files) damageBlob(made, sha256, how);
      await made.postino(["cancel", id]);

      const { document: again } = await made.json(run);
      const { document: last } = await approve(again.run.id);

      expect(last.items.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    });

  test("tells of a signed one that is lost, and sends the others", async () => {
    const { made, run, id, files, approve, retry } = await makeWaiting("transmit");
    const signed = files.filter(({ name }) => name.endsWith(".pdf"));
    for (const { sha256 } of signed) damageBlob(made, sha256, "missing");
    await made.postino(["cancel", id]);

    const { document: again } = await made.json(run);
    const { document: first } = await approve(again.run.id);
    const { document: last } = await retry(again.run.id);

    expect(signed.length).toBeGreaterThan(0);
    expect(first.items.map(({ code }) => code)).toEqual([null, "DOCUMENT_ALTERED", null]);
    expect(last.items.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(made.report().send.accepted).toBe(3);
  });
});
