/** The fault matrix of SEND: whatever goes wrong with whichever call, through the real engine and steps, each verbale is notified once and none is lost. */
import { afterAll, describe, expect, test } from "bun:test";
import { messageOf } from "../../engine/host/errors.ts";
import type { World } from "../unit/integrations/send/setup.ts";
import { makeSendEngine, type SendEngine } from "../support/send-engine.ts";
import { callOf, type Fault, faults, play } from "../support/send-faults.ts";
import { expected } from "./send-fault-expected.ts";

const ignore = (): void => undefined;

const sending = ["ready", "transmit", { uses: "import-iun", withinMs: 86_400_000 }];
const byStream = [
  "ready",
  "transmit",
  { uses: "import-iun", with: { by: "stream" }, withinMs: 86_400_000 },
];
const cancelling = [
  "named",
  "read-notification",
  { uses: "cancel-notification", withinMs: 86_400_000 },
];

/** An engine in which calls of one kind go wrong once it is armed. */
async function faulty(call: string, fault: Fault, isPdnd = false) {
  let left = 0;
  let lostPosts = 0;
  const between = async (request: Request, next: () => Promise<Response>, world: World) => {
    const kind = callOf(request);
    if (kind === "post" && lostPosts > 0) {
      lostPosts -= 1;
      return await play("dropped", next, () => {});
    }
    if (kind !== call || left === 0) return await next();
    left -= 1;
    return await play(fault, next, (ms) => world.clock.advance(ms));
  };
  const engine = await makeSendEngine(2, { between, isPdnd });
  return {
    engine,
    arm(times: number) {
      left = times;
      if (call === "find") lostPosts = 1;
    },
    unused: () => left,
  };
}

/** Two notifications in the simulator, one for each verbale, with the IUN that the journal has. */
async function expectNotifiedOnce(engine: SendEngine, run: Awaited<ReturnType<SendEngine["run"]>>) {
  const items = await engine.items(run);
  const { accepted, requests } = engine.world.simulator.report();
  expect(items.map(({ key, state }) => `${key} ${state}`)).toEqual(["V-1 done", "V-2 done"]);
  expect(accepted).toBe(2);
  expect(requests.map(({ protocol, iun }) => `${protocol} ${iun}`).toSorted()).toEqual(
    items.map(({ key, data }) => `${key} ${String(data["iun"])}`),
  );
}

const table = new Map<string, string>();
const column = (text: string, width: number): string => text.padEnd(width);

afterAll(() => {
  const lines = [...table].map(([cell, found]) => {
    const [call = "", fault = ""] = cell.split("|");
    return `${column(call, 14)} ${column(fault, 16)} ${found}`;
  });
  console.log(["call           fault            on the way, then", ...lines].join("\n"));
});

const cells = Object.entries(expected).flatMap(([call, row]) =>
  faults.map((fault) => [call, fault, row[fault]] as const),
);
const played = cells.filter(([, , want]) => !want.startsWith("n/a"));
for (const [call, fault, want] of cells)
  if (want.startsWith("n/a")) table.set(`${call}|${fault}`, want);

const inPipeline = ["preload", "upload", "post", "find", "status", "voucher"];
const inStream = ["stream list", "stream state", "stream read"];
const inCancelling = ["detail", "cancel"];

function of(calls: readonly string[]) {
  return played.filter(([call]) => calls.includes(call));
}

describe("once, then it works again", () => {
  test.each(of([...inPipeline, ...inStream]))("%s: %s", async (call, fault, want) => {
    const { engine, arm, unused } = await faulty(call, fault, call === "voucher");
    if (inStream.includes(call)) await engine.makeStream();
    arm(1);

    const run = await engine.run(inStream.includes(call) ? byStream : sending);

    const [code = "", ...rest] = want.split(": ");
    const [first] = await engine.items(run);
    const trouble = (await engine.trouble(run, "V-1")).join(" ") || "-";
    table.set(`${call}|${fault}`, `${trouble}, ${run.state}`);
    expect(unused()).toBe(0);
    expect(trouble).toBe(code);
    if (rest.length > 0) {
      // SEND refuses this verbale, and says why: the note is its own.
      expect([first?.state, first?.note]).toEqual(["rejected", rest.join(": ")]);
      expect(engine.world.simulator.report().requests.map(({ protocol }) => protocol)).toEqual([
        "V-2",
      ]);
    } else await expectNotifiedOnce(engine, run);
    await engine.close();
  });

  test.each(of(inCancelling))("in a cancellation, %s: %s", async (call, fault, want) => {
    const { engine, arm, unused } = await faulty(call, fault);
    const sent = await engine.run(sending);
    const [item] = await engine.items(sent);
    const iun = String(item?.data["iun"]);
    arm(1);

    const run = await engine.run(cancelling, { iun });

    const trouble = (await engine.trouble(run, iun)).join(" ") || "-";
    table.set(`${call}|${fault}`, `${trouble}, ${run.state}`);
    expect(trouble).toBe(want);
    expect(run.state).toBe("completed");
    expect(unused()).toBe(0);
    expect(await engine.send.desk.findNotification(iun)).toMatchObject({ status: "CANCELLED" });
    expect(engine.world.simulator.report().accepted).toBe(2);
    await engine.close();
  });
});

describe("three times in a row, then it works again", () => {
  test.each(of([...inPipeline, ...inStream]).filter(([, , want]) => !want.includes(": ")))(
    "%s: %s, three times",
    async (call, fault) => {
      const { engine, arm } = await faulty(call, fault, call === "voucher");
      if (inStream.includes(call)) await engine.makeStream();
      arm(3);

      const run = await engine.run(inStream.includes(call) ? byStream : sending);

      await expectNotifiedOnce(engine, run);
      await engine.close();
    },
  );
});

describe("questions of the desk: told as what it is, and answered when asked again", () => {
  test.each(played.filter(([call]) => call in questions))("%s: %s", async (call, fault, want) => {
    const { engine, arm } = await faulty(call, fault);
    const sent = await engine.run(sending);
    const [item] = await engine.items(sent);
    const iun = String(item?.data["iun"]);
    const ask = questions[call];
    if (ask === undefined) throw new Error(`no question ${call}`);
    arm(1);

    const first = await ask(engine, iun).catch((error: unknown) => error);
    const code = first instanceof Error ? (codeOf(first) ?? messageOf(first)) : "-";
    const second = await ask(engine, iun);

    table.set(`${call}|${fault}`, code);
    expect(code).toBe(want);
    expect(second).not.toBeNull();
    expect(engine.world.simulator.report().accepted).toBe(2);
    await engine.close();
  });
});

function codeOf(error: Error): string | undefined {
  const { code, effect } = error as { readonly code?: string; readonly effect?: string };
  return effect === "unknown" ? `${code ?? ""} (unknown)` : code;
}

const questions: Readonly<Record<string, (engine: SendEngine, iun: string) => Promise<unknown>>> = {
  document: ({ send }, iun) => send.desk.downloadDocument(iun, 0, ignore),
  "payment file": ({ send }, iun) => send.desk.downloadPaymentAttachment(iun, 0, 0, ignore),
  "legal facts": ({ send }, iun) => send.desk.listLegalFacts(iun),
  "legal fact": ({ send }, iun) =>
    send.desk.downloadLegalFact(iun, `PN_LEGAL_FACTS-${iun}.pdf`, ignore),
  file: ({ send }, iun) => send.desk.downloadDocument(iun, 0, ignore),
  price: ({ send }) => send.desk.findPrice("00000000018", "302010000000000002"),
  platform: ({ send }) => send.desk.isWorking(),
  downtimes: ({ send }) => send.desk.listDowntimes(2026, 11),
  "stream create": async ({ makeStream, send }) => {
    await makeStream();
    return (await send.streams.list()).length === 1 ? "one stream" : null;
  },
};

describe("WAITING for ever", () => {
  test("ends after 24 hours as stuck, notified once, and the next run of open notifications takes it up", async () => {
    const engine = await makeSendEngine(1, {
      between: async (_request, next) => await next(),
      change: (data) => {
        const validation = data["validation"] as { readonly address: object };
        const address = { ...validation.address, via: "Via @WAITING" };
        return { ...data, validation: { ...validation, address } };
      },
    });
    const began = engine.world.clock.now();

    const run = await engine.run(sending);
    const [item] = await engine.items(run);
    const codes = await engine.trouble(run, "V-1");
    const later = await engine.run([
      "load-open-notifications",
      { uses: "import-iun", withinMs: 86_400_000 },
    ]);

    table.set("status|WAITING for ever", `${item?.code ?? ""}, ${run.state}`);
    expect([run.state, item?.state, item?.code]).toEqual(["failed", "failed", "VERDICT_OVERDUE"]);
    expect(item?.note).toBe(
      "Fermo su SEND (stuck): dopo 24 ore la richiesta non ha ancora un esito. Tempo scaduto.",
    );
    expect(item?.hint).toBe(
      "Aprire una segnalazione all'assistenza di SEND con il numero di protocollo. Non inviare di nuovo il verbale: l'esito continua a essere chiesto dalla pipeline import-iun.",
    );
    expect(engine.world.clock.now() - began).toBeGreaterThanOrEqual(2 * 86_400_000);
    // Alarmed after an hour, then every ten minutes.
    expect(codes.filter((code) => code === "VERDICT_LATE").length).toBeGreaterThan(100);
    expect((await engine.items(later)).map(({ key, code }) => `${key} ${code}`)).toEqual([
      "V-1 VERDICT_OVERDUE",
    ]);
    expect(engine.world.simulator.report()).toMatchObject({
      accepted: 1,
      requests: [{ protocol: "V-1", status: "WAITING" }],
    });
    await engine.close();
  });
});

test("two runs of one process on the same verbali at once make one notification each", async () => {
  const engine = await makeSendEngine(3, { between: async (_request, next) => await next() });

  const runs = await Promise.all([engine.run(sending), engine.run(sending)]);

  const told = await Promise.all(runs.map((run) => engine.items(run)));
  expect(runs.map(({ state }) => state)).toEqual(["completed", "completed"]);
  expect(told[0]?.map(({ data }) => data["iun"])).toEqual(told[1]?.map(({ data }) => data["iun"]));
  const protocols = engine.world.simulator.report().requests.map(({ protocol }) => protocol);
  // Which of the two runs sends a verbale first is nobody's promise.
  expect(protocols.toSorted()).toEqual(["V-1", "V-2", "V-3"]);
  await engine.close();
});
