/** One violation however its number is typed, in flussi of their own: one notification. */
import { afterEach, describe, expect, test } from "bun:test";
import { listProtocolNames } from "../../steps/sending/held-names.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

test("six spellings of a number are one notification, another number is another", async () => {
  world = await makeInstallationWorld();
  const [line = ""] = verbaliLines(1, world.freshDay).split("\n");
  const spellings = ["Z-1", "Z-1\u200b", "Z\u20111", "z-1", "Z -1", "Ｚ-1", "Z-2"];
  const hourOf = (number: string) => ({ oraViolazione: number === "Z-2" ? "11:20" : "10:15" });

  const told: string[] = [];
  for (const [index, number] of spellings.entries()) {
    const input = world.file(
      `flusso-${index}.jsonl`,
      `${JSON.stringify({ ...(JSON.parse(line) as object), ...hourOf(number), numero: number })}\n`,
    );
    const { document } = await world.json([
      "run",
      "send",
      "--ente",
      "prova",
      "--input",
      input,
      "--json",
    ]);
    told.push(...document.items.map(({ state, code }) => `${state} ${code}`));
  }

  expect(told).toEqual([
    "done null",
    // What does not show is taken out of a number when it is read: the same verbale, sent already.
    "done ALREADY_SENT",
    "done ALREADY_SENT",
    "rejected PROTOCOL_IN_USE",
    "rejected PROTOCOL_IN_USE",
    // The documents print a number as the office spells it, and have no wide letters.
    "rejected CHARSET_PRINT",
    "done null",
  ]);
  expect(world.report().send.accepted).toBe(2);
});

describe("the names of a protocol are one form and, for what earlier versions wrote, its spelling:", () => {
  test.each([
    ["Z-1", ["protocol Z-1"]],
    ["z-1", ["protocol Z-1", "protocol z-1"]],
    ["Z -1", ["protocol Z-1", "protocol Z -1"]],
    ["Z\u20111\u200b", ["protocol Z-1", "protocol Z\u20111\u200b"]],
    ["0012/2026", ["protocol 0012/2026"]],
  ])("%j", (protocol, names) => {
    expect(listProtocolNames(protocol)).toEqual(names);
  });
});
