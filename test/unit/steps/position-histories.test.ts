/** Random histories of a verbale's positions, with the real engine and clients: whatever is lost, dies or is done by others, no two codes are payable and no notified one is touched. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../engine/host/clock.ts";
import type { Item } from "../../../engine/step/item.ts";
import { ItemRejected, requireRow } from "../../../engine/host/errors.ts";
import type { ItemRow } from "../../../engine/journal/items.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import { type ReopenOptions, reopenItems } from "../../../engine/run/reopen.ts";
import resetIuv from "../../../steps/reset-iuv.ts";
import type { Payment } from "../../../steps/schemas/fields.ts";
import { listPaymentNames } from "../../../steps/sending/held-names.ts";
import {
  type Data,
  type EngineWorld,
  makeEngineWorld,
  type Script,
} from "../../support/engine-world.ts";
import { makeVerbale } from "../../support/verbali.ts";
import { type PositionLine, pick, positionLine, quiet, randomOf } from "./position-line.ts";
import {
  makeGovPaySystem,
  makeGpdSystem,
  type PositionSystem,
  type Standing,
} from "./position-system.ts";
import { emptySend } from "./empty-send.ts";

/** How many histories of each system, and their first seed: among them some that old defects get wrong (537 on GPD). 2,000 of each were tried. */
const histories = 30;
const firstSeed = 510;
/** Turns with faults and people, and quiet ones after them in which each run must end. */
const wildTurns = 9;
const quietTurns = 8;
const hourMs = 3_600_000;

const steps = [
  "data",
  { id: "reset-iuv", with: { reason: "Verbale", discounted: true } },
  "send",
  "verdict",
];

/** What went out to the recipient. */
interface Sent {
  readonly round: number;
  readonly codes: readonly string[];
  isRefused: boolean;
}

interface History {
  readonly random: () => number;
  readonly system: PositionSystem;
  readonly line: PositionLine;
  readonly sent: Sent[];
  /** As the positions stood before anything began. */
  readonly seeded: readonly Standing[];
  /** The old positions that each version of the verbale names: a corrected flusso may name fewer. */
  readonly versions: readonly (readonly number[])[];
  /** Wrong things seen inside a step, which the engine would take for a bug of the step. */
  readonly seen: string[];
  readonly current: Current;
}

/** The process of the moment: one that dies is followed by another. */
interface Current {
  world: EngineWorld | null;
}

function worldOf({ current }: { readonly current: Current }): EngineWorld {
  if (current.world === null) throw new Error("no process yet");
  return current.world;
}

async function begin(seed: number, make: (clock: Clock) => PositionSystem): Promise<History> {
  const random = randomOf(seed);
  const current: Current = { world: null };
  const system = make({
    now: () => current.world?.clock.now() ?? Date.parse("2026-11-23T06:30:00Z"),
    sleep: async () => {},
  });
  const numbers = [1, 2, 3].slice(0, Math.floor(random() * 4));
  for (const n of numbers)
    // The rest is named and not there.
    if (random() < 0.85) system.seed(n, random() < 0.7 ? "open" : pick(random, system.states));
  const parts = {
    random,
    system,
    line: positionLine(system, random),
    sent: [],
    seen: [],
    seeded: system.all(),
    versions: [numbers, numbers, numbers.slice(1)],
  };
  current.world = await makeEngineWorld(scriptOf(parts, current), journalFolder());
  return { ...parts, current };
}

/** In memory where the machine has such a folder: nothing here is about disks, and waiting for them takes most of the time. */
function journalFolder(): string {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  return mkdtempSync(join(parent, "postino-history-"));
}

type Parts = Omit<History, "current">;

function scriptOf(parts: Parts, current: Current): Script {
  const { random, sent, system, line, versions } = parts;
  const payments = system.client(
    {
      allocate: async (...request) => await worldOf({ current }).journal.allocate(...request),
    },
    line.http,
  );
  return {
    steps: { "reset-iuv": resetIuv },
    services: () => ({ payments, ...emptySend }),
    pure: { data: (item) => dataOf(system, versions, versionOf(item)) },
    effects: {
      send: {
        seals: true,
        holds: ({ data }) => listPaymentNames(data["payment"] as Payment),
        run(item) {
          const codes = (item.data["payment"] as Payment).options.map((one) => one.noticeCode);
          line.log.push(`sent in round ${item.round}: ${codes.join(" ")}`);
          const named = (versions[versionOf(item)] ?? []).map((n) => system.nameOf(n));
          parts.seen.push(...faultsOfSending(parts, codes, named));
          sent.push({ round: item.round, codes, isRefused: false });
          return { token: `T${item.round}` };
        },
      },
      verdict: {
        run({ round }) {
          const last = sent.find((one) => one.round === round);
          if (last === undefined) throw new Error("nothing was sent in this round");
          last.isRefused = last.isRefused || random() < 0.4;
          line.log.push(`round ${round} is ${last.isRefused ? "refused" : "accepted"}`);
          if (last.isRefused) throw new ItemRejected("REFUSED", "SEND rifiuta.");
          return { iun: `IUN-${round}` };
        },
      },
    },
  };
}

function versionOf({ data }: Item<Data>): number {
  return (data["row"] as { readonly version?: number }).version ?? 0;
}

/** What validate leaves of a version of the verbale; each has other amounts. */
function dataOf(system: PositionSystem, versions: History["versions"], version: number): Data {
  const posizioni = (versions[version] ?? []).map((n) => system.posizione(n));
  const verbale = makeVerbale(1, "2026-11-10", { posizioni });
  return {
    verbale: { ...verbale, importoRidottoCents: verbale.importoRidottoCents + version * 1_000 },
    validation: {
      checkedOn: "2026-11-23",
      taxId: "FNTTMS54R12X001U",
      denomination: "Finti Tommaso",
      address: { via: "Via delle Prove", cap: "24047", comune: "Treviglio", provincia: "BG" },
      notifyBy: "2027-01-30",
      warnings: [],
    },
  };
}

/** What goes out can be paid, and beside it nothing that is ours or that the flusso names, unless others have seen to that. */
function faultsOfSending(
  { system, line, sent }: Parts,
  codes: readonly string[],
  named: readonly string[],
): readonly string[] {
  const found: string[] = [];
  if (sent.some((one) => !one.isRefused)) found.push("a second live notification");
  for (const { name, state, codes: its } of system.all()) {
    const isSent = its.some((code) => codes.includes(code));
    if (isSent && state !== "open" && !line.touched.has(name)) found.push(`${name} sent, ${state}`);
    const isOurs = named.includes(name) || !name.startsWith("OLD-");
    if (!isSent && isOurs && state === "open" && !isOpenedByOthers(line, name))
      found.push(`${name} can be paid beside what is sent`);
  }
  for (const code of codes)
    if (sent.some((one) => one.codes.includes(code))) found.push(`${code} sent twice`);
  return found;
}

/** What holds whenever nothing is under way. */
function assertAtRest({ system, line, sent, seeded }: History): void {
  const all = system.all();
  const generations = new Set<string>();
  for (const { name, state } of all)
    if (state === "open" && !name.startsWith("OLD-") && !isOpenedByOthers(line, name))
      generations.add(name.replace(/-[SR]$/, ""));
  if (generations.size > 1) wrong(`can be paid: ${[...generations].join(" ")}`);
  for (const { name, state } of seeded) {
    const now = all.find((one) => one.name === name)?.state ?? "absent";
    const mayChange = line.touched.has(name) || !["notified", "paid", "part"].includes(state);
    if (!mayChange && now !== state) wrong(`${name} was ${state}, is ${now}`);
  }
  for (const [code, names] of line.given)
    if (names.size > 1) wrong(`${code} given to ${[...names].join(" ")}`);
  for (const { isRefused, codes } of sent)
    for (const { name, state, codes: its } of all)
      if (!isRefused && state === "cancelled" && its.some((code) => codes.includes(code)))
        if (!line.touched.has(name)) wrong(`${name} is in a live notification and cancelled`);
}

function byText(one: string, two: string): number {
  return one < two ? -1 : 1;
}

function isOpenedByOthers({ touched }: PositionLine, name: string): boolean {
  return ["publish", "reopen"].includes(touched.get(name) ?? "");
}

function wrong(what: string): never {
  throw new Error(`WRONG: ${what}`);
}

/** Drives the run until it rests or the process dies; then the next process has the journal. */
async function drive(history: History, run: Run): Promise<ItemRow | null> {
  const { line } = history;
  const death = line.death();
  const world = worldOf(history);
  const end = await Promise.race([world.drive(run), death]);
  if (end === "dead") {
    const now = world.clock.now();
    history.current.world = await world.restart();
    await history.current.world.clock.jump(now);
    return null;
  }
  const [item] = await world.items(run);
  line.log.push(`-- ${item?.state} ${item?.code ?? ""} in round ${item?.round}`);
  for (const what of history.seen) wrong(what);
  assertAtRest(history);
  await world.clock.advance(hourMs);
  return item ?? null;
}

async function resume(history: History, run: Run, only: ReopenOptions["only"]): Promise<void> {
  history.line.log.push(`-- resume --only ${only}`);
  const { journal } = worldOf(history);
  const row = requireRow(await journal.readRun(run.id), "the run");
  await reopenItems(journal, row, { only, sourceFields: ["row"] });
}

async function play(history: History): Promise<readonly string[]> {
  const { random, line, versions } = history;
  const runs: Run[] = [];
  const flusso = async (version: number): Promise<Run> => {
    line.log.push(`-- a flusso with version ${version}`);
    const run = await worldOf(history).create(["T00001"], steps, { data: { version } });
    runs.push(run);
    return run;
  };
  line.luck = { fault: 0.2 * random(), kill: 0.08 * random(), act: 0.15 * random() };
  let run = await flusso(0);
  for (let turn = 0; turn < wildTurns; turn += 1) {
    const state = (await drive(history, run))?.state;
    if (state === "failed" || state === "in-doubt") await resume(history, run, state);
    else if (state === "rejected" && random() < 0.5) await resume(history, run, "rejected");
    else if ((state === "rejected" || state === "done" || random() < 0.1) && random() < 0.5)
      run =
        random() < 0.7 ? await flusso(Math.floor(random() * versions.length)) : pick(random, runs);
  }
  line.luck = quiet;
  return await endsOf(history, runs);
}

/** Nothing breaks any more: each run ends, with all done or with a reason. */
async function endsOf(history: History, runs: readonly Run[]): Promise<readonly string[]> {
  const ends: string[] = [];
  for (const run of runs) {
    let item: ItemRow | null = null;
    for (let turn = 0; turn < quietTurns; turn += 1) {
      item = await drive(history, run);
      if (item?.state === "done" || item?.state === "rejected") break;
      if (item?.state === "failed" || item?.state === "in-doubt")
        await resume(history, run, item.state);
    }
    if (item?.state !== "done" && item?.state !== "rejected") wrong(`ends ${item?.state}`);
    ends.push(item?.code ?? "done");
  }
  return ends;
}

test.each([
  ["GPD", makeGpdSystem],
  ["GovPay", makeGovPaySystem],
] as const)(
  "%s: every history ends well",
  async (name, make) => {
    const tally = new Map<string, number>();
    const wrongs: string[] = [];
    await Promise.all(
      Array.from({ length: histories }, async (_, index) => {
        const seed = firstSeed + index;
        const history = await begin(seed, make);
        try {
          for (const end of await play(history)) tally.set(end, (tally.get(end) ?? 0) + 1);
        } catch (error) {
          wrongs.push(`seed ${seed}: ${String(error)}\n${history.line.log.join("\n")}`);
        }
        await worldOf(history).close();
        history.system.close();
      }),
    );

    const rows = [...tally].map(([end, count]) => `${end} ${count}`).toSorted(byText);
    console.log(`${histories} histories on ${name}: ${rows.join(", ")}`);
    expect(wrongs).toEqual([]);
    expect(tally.get("done")).toBeGreaterThan(5);
    expect(tally.get("ALREADY_PAID")).toBeGreaterThan(0);
  },
  120_000,
);
