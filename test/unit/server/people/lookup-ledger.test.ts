/** Who asked a register: the person who moved the run last, the schedule, or whoever sits at the machine; each question is written down. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, RunTrigger } from "../../../../engine/journal/runs.ts";
import { createLookupLedger } from "../../../../server/lookup-ledger.ts";
import { openPeople, type People } from "../../../../server/people/people.ts";
import { locatePeople } from "../../../../server/people/store.ts";
import { nameTerminalUser } from "../../../../server/people/terminal-user.ts";
import { fakeClock } from "../../integrations/send/setup.ts";

let folder = "";
let people: People;
const clock = fakeClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-ledger-"));
  people = openPeople(locatePeople(folder), { clock });
});
afterEach(() => {
  people.close();
  rmSync(folder, { recursive: true, force: true });
});

function openLedger(trigger: RunTrigger) {
  return createLookupLedger(folder, clock, {
    readRun: () => Promise.resolve({ trigger } as Run),
  });
}

test.each<[RunTrigger, string]>([
  ["schedule", "programmazione"],
  ["manual", nameTerminalUser()],
  ["dashboard", "programmazione"],
])("a run that was started by %s and that nobody touched", async (trigger, by) => {
  expect(await openLedger(trigger).findAsker("run-1")).toBe(by);
});

test("the person who moved the run last asks, whoever started it", async () => {
  for (const [actor, action] of [
    ["anna", "avvio"],
    ["bruno", "correzione"],
    ["carla", "lettura"],
  ] as const)
    people.audit.append({ actor, action, ente: "prova", subject: "run-1/T1" });
  people.audit.append({ actor: "dario", action: "ripresa", ente: "prova", subject: "run-2" });
  expect(await openLedger("schedule").findAsker("run-1")).toBe("bruno");
});

test("questions are counted by ente, register and day", () => {
  const ledger = openLedger("schedule");
  const note = { by: "programmazione", runId: "run-1", numero: "T1" };
  ledger.note({ ...note, ente: "prova", register: "ANPR C030" });
  ledger.note({ ...note, ente: "prova", register: "ANPR C020" });
  ledger.note({ ...note, ente: "altro", register: "ANPR C030" });
  expect(ledger.count("prova", "ANPR C030", "2026-11-22T23:00:00.000Z")).toBe(1);
  expect(ledger.count("prova", "ANPR C030", "2026-11-23T23:00:00.000Z")).toBe(0);
  expect(people.audit.listRows({ action: "consultazione", limit: 10 })).toMatchObject([
    { actor: "programmazione", ente: "altro", subject: "run-1/T1" },
    { detail: '{"registro":"ANPR C020"}' },
    { detail: '{"registro":"ANPR C030"}' },
  ]);
  expect(people.audit.verify()).toMatchObject({ status: "whole", rows: 3 });
});
