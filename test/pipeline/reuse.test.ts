/** Protocols and positions that earlier flussi hold: nothing is notified under them again, and nothing notified is cancelled. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld;
beforeEach(async () => {
  world = await makeInstallationWorld();
});
afterEach(async () => {
  await world.close();
});

function run(name: string, verbali: readonly object[]) {
  const input = world.file(name, verbali.map((verbale) => JSON.stringify(verbale)).join("\n"));
  return world.json(["run", "send", "--ente", "prova", "--json", "--input", input]);
}

test("a verbale under another number is stopped by its protocol, with flusso and IUN; the same one again is not", async () => {
  const verbale = makeVerbale(1, world.freshDay, { protocollo: "PROT/1" });

  const first = await run("primo.jsonl", [verbale]);
  const renamed = await run("secondo.jsonl", [{ ...verbale, numero: "T00001-BIS" }]);
  const again = await run("terzo.jsonl", [verbale]);

  const iun = first.document.items[0]?.iun;
  expect([first.code, renamed.code, again.code]).toEqual([0, 3, 0]);
  expect(renamed.document.items[0]).toMatchObject({
    state: "rejected",
    step: "validate",
    code: "PROTOCOL_IN_USE",
  });
  expect(renamed.document.items[0]?.note).toContain(
    `Protocollo: è già quello della notifica del verbale T00001 (flusso ${first.document.run.id}, IUN ${iun}).`,
  );
  expect(again.document.items[0]?.iun).toBe(iun ?? null);
  const { send } = world.report();
  expect(send.requests.map(({ protocol }) => protocol)).toEqual(["PROT/1"]);
});

test("a position that stands in an accepted notification stays payable", async () => {
  const first = await run("primo.jsonl", [makeVerbale(1, world.freshDay)]);
  const [open] = world.report().gpd.positions;
  const posizioni = [{ iupd: open?.iupd }];

  const other = await run("secondo.jsonl", [
    makeVerbale(2, world.freshDay, {}),
    {
      ...makeVerbale(3, world.freshDay),
      posizioni,
    },
  ]);

  expect([first.code, other.code]).toEqual([0, 3]);
  expect(other.document.items.map(({ key, state, code }) => [key, state, code])).toEqual([
    ["T00002", "done", null],
    ["T00003", "rejected", "POSITION_NOTIFIED"],
  ]);
  const { gpd } = world.report();
  expect(gpd.positions.find(({ iupd }) => iupd === open?.iupd)?.status).toBe("VALID");
});

test("a protocol twice in one flusso stops both, unless the ente shares protocols", async () => {
  const pair = [4, 5].map((n) => makeVerbale(n, world.freshDay, { protocollo: "DISTINTA/9" }));

  const stopped = await run("due.jsonl", pair);
  appendFileSync(
    join(world.pipelinesFolder, "enti", "prova.yaml"),
    "pipelines:\n  send:\n    change:\n      validate: { with: { severity: { PROTOCOL_IN_USE: warning } } }\n",
  );
  const shared = await run("due.jsonl", pair);

  expect([stopped.code, shared.code]).toEqual([3, 0]);
  expect(stopped.document.items.map(({ code }) => code)).toEqual([
    "PROTOCOL_IN_USE",
    "PROTOCOL_IN_USE",
  ]);
  expect(world.report().send.accepted).toBe(2);
});

test("a verbale that was sent alone is known again beside one like it", async () => {
  const verbale = makeVerbale(1, world.freshDay);
  const { codiceFiscale } = verbale.destinatario;
  const other = makeVerbale(2, world.freshDay);
  const alike = {
    ...other,
    targa: verbale.targa,
    oraViolazione: verbale.oraViolazione,
    destinatario: { ...other.destinatario, codiceFiscale },
  };

  const first = await run("primo.jsonl", [verbale]);
  const both = await run("secondo.jsonl", [verbale, alike]);

  expect(both.document.items[0]).toMatchObject({
    state: "done",
    iun: first.document.items[0]?.iun,
    note: `Già inviato con il flusso ${first.document.run.id}: non è stato inviato di nuovo.`,
  });
});
