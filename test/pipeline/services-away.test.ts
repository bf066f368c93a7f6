/** The shipped pipeline seguito while one of those that it talks to is away: what does not need him is done, what does waits for the next run and is told. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { createMovingClock } from "../support/half-year/clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
import { makeVerbale } from "../support/verbali.ts";

const clock = createMovingClock(Date.now());
let world: InstallationWorld;
let refuse: ((request: Request) => Response | null) | null = null;
beforeAll(async () => {
  world = await makeInstallationWorld({
    clock,
    dayMs: 1,
    refuse: (request) => refuse?.(request) ?? null,
    enteYaml: (text) => `${text}conservazione: { active: true }\n`,
  });
  copyFileSync(
    join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml"),
    join(world.pipelinesFolder, "seguito.yaml"),
  );
});
afterAll(() => world.close());

const seguito = ["run", "seguito", "--ente", "prova", "--wait", "3h", "--json"];

/** The records of the verbale that stand, by kind, with what matters of each. */
function readStory(numero: string): unknown {
  const rows = runJournalSql<{ kind: string; data: string }>(world.dataFolder, [
    "SELECT r.kind, v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.subject = ?",
    [numero],
  ]);
  const find = (kind: string) => {
    const row = rows.find((one) => one.kind === kind);
    return row === undefined ? null : (JSON.parse(row.data) as Record<string, never>);
  };
  const evidence = find("evidence") as { kept?: unknown[]; missing?: unknown[] } | null;
  const { outcome: clocks = null } = (find("clocks") ?? {}) as { outcome?: string };
  const { state: preservation = null } = (find("preservation") ?? {}) as { state?: string };
  return {
    isFollowed: find("followed") !== null,
    evidence:
      evidence === null ? null : [evidence.kept?.length !== 0, evidence.missing?.length !== 0],
    clocks,
    hasCosts: find("costs") !== null,
    preservation,
  };
}

/** Facts of this verbale that the office has, in order. */
function readTold(numero: string): readonly string[] {
  const folder = join(world.dataFolder, "outbox", "prova");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("esiti-") && name.endsWith(".csv"))
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split(/\r?\n/))
    .filter((line) => line.includes(numero))
    .map((line) => /accettato|perfezionato|spese|visto/.exec(line)?.[0] ?? line);
}

let sent = 0;
/** Accepted by SEND and not followed yet. */
async function notify(): Promise<string> {
  sent += 1;
  const verbale = makeVerbale(sent, world.freshDay);
  const input = world.file(
    `${sent}.jsonl`,
    `${JSON.stringify({ ...verbale, destinatario: { ...verbale.destinatario, pec: "prova@pec.it" } })}\n`,
  );
  const ended = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--wait",
    "1m",
    "--json",
  ]);
  expect(ended.code).toBe(0);
  // Days of SEND last a thousandth of a second here: the term is over.
  clock.moveTo(clock.now() + 60_000);
  return verbale.numero;
}

const whole = {
  isFollowed: true,
  evidence: [true, false],
  clocks: "scheduled",
  hasCosts: true,
  preservation: "sent",
};
const isPayments = (url: string): boolean => /\/(debtpositions|paymentoptions)/.test(url);
const isSend = (url: string): boolean => url.includes("/send/");
const told = ["accettato", "perfezionato"];

test.each([
  // Who is away, and how; the state of the run; what stands then; what the office knows.
  [
    "the payment system does not know the key",
    isPayments,
    401,
    "completed",
    { ...whole, clocks: null, hasCosts: false },
    told,
  ],
  [
    "the payment system does not let the key in",
    isPayments,
    403,
    "completed",
    { ...whole, clocks: null, hasCosts: false },
    told,
  ],
  [
    "the payment system is down for hours",
    isPayments,
    503,
    "completed",
    { ...whole, clocks: null, hasCosts: false },
    told,
  ],
  [
    "SEND does not know the key",
    isSend,
    401,
    "failed",
    { isFollowed: false, evidence: null, clocks: null, hasCosts: false, preservation: null },
    ["accettato"],
  ],
  [
    "SEND is down for hours",
    isSend,
    503,
    "failed",
    { isFollowed: false, evidence: null, clocks: null, hasCosts: false, preservation: null },
    ["accettato"],
  ],
  [
    "only the files of SEND are away",
    (url: string) => /legal-facts/.test(url),
    503,
    "completed",
    { ...whole, evidence: [true, true], preservation: "early" },
    [...told, "spese"],
  ],
] as const)(
  "%s",
  async (_title, isOf, code, state, standing, facts) => {
    const numero = await notify();
    refuse = (request) =>
      isOf(new URL(request.url).pathname) ? new Response(null, { status: code }) : null;

    const without = await world.json(seguito);
    const then = [readStory(numero), readTold(numero)];
    refuse = null;
    // SEND's files are asked for again after six hours.
    clock.moveTo(clock.now() + 7 * 3_600_000);
    await world.json(seguito);

    const status = await world.postino(["status", without.document.run.id]);
    expect(without.document.run.state).toBe(state);
    const isToldOfRun = isOf === isPayments && code !== 503;
    expect(status.stdout.includes("attende il prossimo flusso; il resto è fatto")).toBe(
      isToldOfRun,
    );
    expect(then).toEqual([standing, facts]);
    expect(readStory(numero)).toEqual(whole);
    expect(readTold(numero).toSorted()).toEqual([...told, "spese"].toSorted());
  },
  60_000,
);

test.each([400, 422])(
  "the payment system refuses the days of one verbale (%i): its costs are known the same day, and the days are written once it takes them",
  async (code) => {
    const numero = await notify();
    refuse = ({ method, url }) =>
      method === "PUT" && isPayments(new URL(url).pathname)
        ? Response.json({ title: "Bad Request", status: code, detail: "zipCode" }, { status: code })
        : null;

    const without = await world.json(seguito);
    const then = [readStory(numero), readTold(numero)];
    const { stdout } = await world.postino(["status", without.document.run.id]);
    refuse = null;
    const next = await world.json(seguito);
    const last = await world.json(seguito);

    expect(then).toEqual([{ ...whole, clocks: "refused" }, [...told, "spese"]]);
    expect([without.document.run.state, without.document.items.map(({ state }) => state)]).toEqual([
      "completed",
      ["done"],
    ]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "Le scadenze dei codici avviso non sono scritte",
    );
    expect([next.document.items.length, readStory(numero)]).toEqual([1, whole]);
    expect(last.document.items).toEqual([]);
  },
  60_000,
);

test("the preservation system takes nothing: everything else is done", async () => {
  const folder = join(world.dataFolder, "outbox", "prova", "conservazione");
  mkdirSync(folder, { recursive: true });
  renameSync(folder, `${folder}.prima`);
  writeFileSync(folder, "");
  const numero = await notify();

  const without = await world.json(seguito);
  const then = [readStory(numero), readTold(numero)];
  rmSync(folder);
  await world.json(seguito);

  expect(without.document.run.state).toBe("completed");
  expect(then).toEqual([{ ...whole, preservation: "early" }, [...told, "spese"]]);
  expect(readStory(numero)).toEqual(whole);
}, 60_000);

test("the office's program takes nothing: the day's work is done, and the next run tells it though nobody is due", async () => {
  const folder = join(world.dataFolder, "outbox", "prova");
  const numero = await notify();
  mkdirSync(folder, { recursive: true });
  renameSync(folder, `${folder}.prima`);
  writeFileSync(folder, "");

  const without = await world.json(seguito);
  const then = readStory(numero);
  rmSync(folder);
  renameSync(`${folder}.prima`, folder);
  runJournalSql(world.dataFolder, ["UPDATE records SET due_at = NULL"]);
  const next = await world.json(seguito);

  expect(without.document.run.state).toBe("completed");
  expect(then).toEqual({ ...whole, preservation: "early" });
  expect([next.document.run.state, next.document.items]).toEqual(["completed", []]);
  expect(readTold(numero)).toEqual([...told, "spese"]);
}, 60_000);
