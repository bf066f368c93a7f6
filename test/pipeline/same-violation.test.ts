/** One violation under several numbers: told before anything is sent, and a person decides. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { leaveTownToSend, makeVerbale } from "../support/verbali.ts";

let files = 0;

async function run(world: InstallationWorld, verbali: readonly Verbale[]) {
  files += 1;
  const content = verbali.map((verbale) => JSON.stringify(verbale)).join("\n");
  const input = world.file(`flusso-${files}.jsonl`, content);
  return await world.json(["run", "send", "--ente", "prova", "--json", "--input", input]);
}

async function tell(world: InstallationWorld, verbali: readonly Verbale[]) {
  const { document } = await run(world, verbali);
  return document.items.map(({ state, code }) => `${state} ${code}`);
}

describe("beside a notification of an earlier flusso", () => {
  let world: InstallationWorld;
  let first: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    world = await makeInstallationWorld();
    first = await run(world, [
      makeVerbale(0, world.freshDay, { numero: "Z-1", protocollo: "P/1" }),
      { ...makeVerbale(4, world.freshDay, { numero: "H-1" }), oraViolazione: "" },
    ]);
  });
  afterAll(async () => {
    await world.close();
  });

  const person = {
    cognome: "Finti",
    nome: "Tommaso",
    codiceFiscale: "FNTTMS54R12X001U",
  };
  type Change = (verbale: Verbale) => Partial<Verbale>;
  test.each<readonly [string, string, Change]>([
    ["the same violation", "rejected SAME_VIOLATION", () => ({})],
    ["a plate in small letters", "rejected SAME_VIOLATION", () => ({ targa: "zz-000-zz" })],
    [
      "a code in small letters",
      "rejected SAME_VIOLATION",
      ({ destinatario }) => ({
        destinatario: { ...destinatario, codiceFiscale: "nvntms66b24x001q" },
      }),
    ],
    ["another hour", "done null", () => ({ oraViolazione: "10:16" })],
    ["another article", "done null", () => ({ articolo: "158, comma 1" })],
    ["another plate", "done null", () => ({ targa: "ZZ999ZZ" })],
    [
      "another person",
      "done null",
      ({ destinatario }) => ({ destinatario: { ...destinatario, ...person } }),
    ],
    ["no hour", "done null", () => ({ oraViolazione: "", targa: "ZZ004ZZ" })],
    [
      "the number in small letters, of another violation",
      "rejected SAME_VIOLATION",
      () => ({ numero: "z-1", oraViolazione: "18:40" }),
    ],
    [
      "the number with a blank, of another violation",
      "rejected SAME_VIOLATION",
      () => ({ numero: "Z -1", oraViolazione: "18:41" }),
    ],
  ])("%s under another number: %s", async (title, end, change) => {
    const verbale = makeVerbale(0, world.freshDay, { numero: title, protocollo: `P/${title}` });
    expect(await tell(world, [{ ...verbale, ...change(verbale) }])).toEqual([end]);
  });

  test("the note names number, flusso and IUN, and that a person decides", async () => {
    const { document } = await run(world, [
      makeVerbale(0, world.freshDay, { numero: "Z-9", protocollo: "P/9" }),
    ]);

    const iun = first.document.items[0]?.iun;
    expect(document.items[0]).toMatchObject({
      step: "validate",
      note: expect.stringContaining(
        `Verbale: ha lo stesso destinatario, targa, giorno, ora e articolo della notifica del verbale Z-1 (flusso ${first.document.run.id}, IUN ${iun}). Rimedio: decide una persona.`,
      ),
    });
  });

  test("the verbale itself in another flusso is the one that was sent", async () => {
    expect(
      await tell(world, [makeVerbale(0, world.freshDay, { numero: "Z-1", protocollo: "P/1" })]),
    ).toEqual(["done ALREADY_SENT"]);
  });
});

describe("in a world of its own:", () => {
  let world: InstallationWorld;
  afterEach(async () => {
    await world.close();
  });

  test("what SEND refused holds nothing", async () => {
    world = await makeInstallationWorld({ enteYaml: leaveTownToSend });
    const right = makeVerbale(2, world.freshDay);
    const indirizzo = { ...right.destinatario.indirizzo, comune: "Roma" };
    const wrong = { ...right, destinatario: { ...right.destinatario, indirizzo } };

    const [refused] = (await run(world, [wrong])).document.items;
    const sent = await tell(world, [{ ...right, numero: "T00002-BIS" }]);

    expect([refused?.state, refused?.step]).toEqual(["rejected", "import-iun"]);
    expect(sent).toEqual(["done null"]);
  });

  test("two in one flusso are both stopped; an ente that turns the check off sends them, and a third later", async () => {
    world = await makeInstallationWorld();
    const pair = ["A", "B"].map((numero) => makeVerbale(5, world.freshDay, { numero }));

    const stopped = await tell(world, pair);
    appendFileSync(
      join(world.pipelinesFolder, "enti", "prova.yaml"),
      "pipelines:\n  send:\n    change:\n      validate: { with: { severity: { SAME_VIOLATION: off } } }\n",
    );
    const sent = await tell(world, pair);
    const third = await tell(world, [makeVerbale(5, world.freshDay, { numero: "C" })]);

    expect(stopped).toEqual(["rejected SAME_VIOLATION", "rejected SAME_VIOLATION"]);
    expect(sent).toEqual(["done null", "done null"]);
    expect(third).toEqual(["done null"]);
    expect(world.report().send.accepted).toBe(3);
  });
});
