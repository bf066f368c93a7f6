/** `resume --only rejected` after SEND refused: a person's word gives a new round with a new token and new codes. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { leaveTownToSend, makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld;
beforeEach(async () => {
  world = await makeInstallationWorld({ enteYaml: leaveTownToSend });
});
afterEach(async () => {
  await world.close();
});

test("a refused verbale goes out again with a new token and new codes, one that SEND accepted never does", async () => {
  const wrong = makeVerbale(2, world.freshDay);
  const { indirizzo } = wrong.destinatario;
  // A town with another CAP, in an office that leaves it to SEND to say so.
  const recipient = { ...wrong.destinatario, indirizzo: { ...indirizzo, comune: "Roma" } };
  const input = world.file(
    "flusso.jsonl",
    [makeVerbale(1, world.freshDay), { ...wrong, destinatario: recipient }]
      .map((verbale) => JSON.stringify(verbale))
      .join("\n"),
  );

  const first = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  const again = await world.json(["resume", first.document.run.id, "--only", "rejected", "--json"]);
  const refusedKey = await world.postino([
    "resume",
    first.document.run.id,
    "--only",
    "rejected",
    "--item",
    "T00001",
  ]);

  const [accepted, refused] = first.document.items;
  const [stillAccepted, refusedAgain] = again.document.items;
  expect([first.code, again.code]).toEqual([3, 3]);
  expect(accepted?.state).toBe("done");
  expect(stillAccepted).toEqual(accepted as never);
  expect([refused?.state, refused?.step, refused?.iun]).toEqual(["rejected", "import-iun", null]);
  expect([refusedAgain?.state, refusedAgain?.step]).toEqual(["rejected", "import-iun"]);
  expect(refusedAgain?.token).not.toBe(refused?.token ?? null);
  expect(refusedAgain?.noticeCodes).not.toEqual(refused?.noticeCodes ?? []);
  expect(refusedKey.code).toBe(2);
  const { send, gpd } = world.report();
  expect(send.requests.map(({ protocol, status }) => `${protocol} ${status}`).toSorted()).toEqual([
    "T00001 ACCEPTED",
    "T00002 REFUSED",
    "T00002 REFUSED",
  ]);
  expect(gpd.positions.filter(({ status }) => status === "VALID")).toHaveLength(2);
});

test("a corrected verbale in a flusso of its own goes out once a person agrees", async () => {
  const right = makeVerbale(12, world.freshDay);
  const { indirizzo } = right.destinatario;
  const wrong = {
    ...right,
    destinatario: { ...right.destinatario, indirizzo: { ...indirizzo, comune: "Roma" } },
  };
  const before = world.file("sbagliato.jsonl", JSON.stringify(wrong));
  const after = world.file("corretto.jsonl", JSON.stringify(right));
  const run = ["run", "send", "--ente", "prova", "--json", "--input"];

  const refused = await world.json([...run, before]);
  const asked = await world.json([...run, after]);
  const sent = await world.json(["resume", asked.document.run.id, "--only", "rejected", "--json"]);

  expect([refused.code, asked.code, sent.code]).toEqual([3, 3, 0]);
  expect(asked.document.items[0]).toMatchObject({ state: "rejected", code: "REFUSED_BEFORE" });
  expect(sent.document.items[0]?.iun).not.toBeNull();
  const { send } = world.report();
  expect(
    send.requests.filter(({ protocol }) => protocol === "T00012").map(({ status }) => status),
  ).toEqual(["REFUSED", "ACCEPTED"]);
});

/** A run whose verbale is rejected: the ente is said to be under the 20 gram rule, and the act has more than four pages. */
async function rejectedBySetting() {
  const file = join(world.pipelinesFolder, "enti", "prova.yaml");
  const right = readFileSync(file, "utf8");
  writeFileSync(file, right.replace("over20Grams: true", "over20Grams: false"));
  const descrizione = "Sosta in zona vietata, con rimozione. ".repeat(600);
  const verbale = { ...makeVerbale(1, world.freshDay), descrizione };
  const input = world.file("flusso.jsonl", JSON.stringify(verbale));
  const first = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  const resume = ["resume", first.document.run.id, "--only", "rejected", "--json"];
  return { file, right, first, resume };
}

test("a verbale that was rejected because of a setting goes through once the setting is mended", async () => {
  const { file, right, first, resume } = await rejectedBySetting();
  writeFileSync(file, right);

  const again = await world.json(resume);

  expect(first.document.items[0]).toMatchObject({
    state: "rejected",
    code: "SENDER_DISABLED_MORE_THAN_20_GRAMS",
  });
  expect([again.code, again.document.items[0]?.state]).toEqual([0, "done"]);
});

test("a trial stays a trial when the ente goes live before its rejected verbali go again", async () => {
  const { file, right, resume } = await rejectedBySetting();
  writeFileSync(file, `${right}live: true\n`);

  const again = await world.json(resume);

  expect(again.document.items[0]).toMatchObject({ code: "SENDER_DISABLED_MORE_THAN_20_GRAMS" });
});
