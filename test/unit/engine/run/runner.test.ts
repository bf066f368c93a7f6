/** The runner over scripted steps: every way in which an item or a run may end. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Answer } from "../../../../engine/step/context.ts";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { reopenItems } from "../../../../engine/run/reopen.ts";
import { type EngineWorld, makeEngineWorld, type Script } from "../../../support/engine-world.ts";

let world: EngineWorld;
afterEach(async () => {
  await world.close();
});

async function start(script: Script): Promise<void> {
  world = await makeEngineWorld(script);
}

const done = (): Record<string, never> => ({});

describe("item steps", () => {
  test("every item passes every step and keeps what each added", async () => {
    await start({
      pure: { one: ({ key }) => ({ a: key }), two: ({ data }) => ({ b: `${String(data["a"])}!` }) },
    });
    const run = await world.create(["v1", "v2", "v3", "v4", "v5"], ["one", "two"]);

    const ended = await world.drive(run);

    expect(ended.state).toBe("completed");
    expect(ended.counts).toEqual({
      total: 5,
      pending: 0,
      done: 5,
      rejected: 0,
      waiting: 0,
      inDoubt: 0,
      failed: 0,
      cancelled: 0,
    });
    expect((await world.items(run)).map((item) => item.data["b"])).toEqual([
      "v1!",
      "v2!",
      "v3!",
      "v4!",
      "v5!",
    ]);
    expect(await world.journal.listStepCounts(run.id)).toMatchObject([
      { step: "one", done: 5, rejected: 0 },
      { step: "two", done: 5, rejected: 0 },
    ]);
  });

  test("a rejected item leaves the flow with code and note, the others go on", async () => {
    await start({
      pure: {
        one: ({ key }) => {
          if (key === "v2")
            throw new ItemRejected(passOnCode("BAD_CAP"), "Il CAP non va.", {
              hint: "Correggerlo.",
            });
          return {};
        },
        two: done,
      },
    });
    const run = await world.create(["v1", "v2", "v3"], ["one", "two"]);

    const ended = await world.drive(run);

    expect(ended).toMatchObject({
      state: "completed-with-rejections",
      firstCode: "BAD_CAP",
      firstNote: "Il CAP non va.",
    });
    expect((await world.items(run))[1]).toMatchObject({
      state: "rejected",
      code: "BAD_CAP",
      note: "Il CAP non va.",
      hint: "Correggerlo.",
    });
    expect(world.calls("two").run).toEqual(["v1", "v3"]);
  });

  test("a 503 keeps the item waiting and the others go on", async () => {
    await start({
      effects: {
        send: {
          run: ({ key }, tries) => {
            if (key === "v1" && tries === 1)
              throw new RetryLater("SEND non risponde.", { code: "NO_ANSWER" });
            return {};
          },
        },
      },
    });
    const run = await world.create(["v1", "v2"], ["send"]);

    const waiting = await world.drive(run);
    await world.clock.advance(1_000);
    const ended = await world.drive(run);

    expect(waiting).toMatchObject({
      state: "waiting",
      code: "NO_ANSWER",
      reason: "SEND non risponde.",
      counts: { done: 1, waiting: 1 },
    });
    expect(ended.state).toBe("completed");
    expect(world.calls("send").reconcile).toEqual(["v1"]);
    expect(world.calls("send").run).toEqual(["v1", "v2", "v1"]);
  });

  test("after an answer that certainly did nothing the next try does not ask first", async () => {
    await start({
      effects: {
        send: {
          run: (_item, tries) => {
            if (tries === 1)
              throw new RetryLater("Troppe richieste.", { effect: "none", afterMs: 500 });
            return {};
          },
        },
      },
    });
    const run = await world.create(["v1"], ["send"]);

    await world.drive(run);
    await world.clock.advance(500);
    const ended = await world.drive(run);

    expect(ended.state).toBe("completed");
    expect(world.calls("send")).toEqual({ run: ["v1", "v1"], reconcile: [] });
  });

  test("who asks to come back at once gets that once, and the usual waits afterwards", async () => {
    await start({
      effects: {
        send: {
          run: () => {
            throw new RetryLater("Non ora.", { effect: "none", afterMs: 1 });
          },
        },
      },
    });
    const run = await world.create(
      ["v1"],
      [{ uses: "send", retry: { times: 3, waitMs: 1_000, maxWaitMs: 10_000 } }],
    );
    const waits: (number | string | undefined)[] = [];

    for (let tries = 1; tries <= 4; tries += 1) {
      await world.drive(run);
      const [item] = await world.items(run);
      const { dueAt = null } = item ?? {};
      waits.push(dueAt === null ? item?.state : dueAt - world.clock.now());
      await world.clock.advance(5_000);
    }

    expect(waits).toEqual([1, 2_000, 4_000, "failed"]);
  });

  test("a call that was not made, as its key pauses, uses up no try", async () => {
    await start({
      effects: {
        send: {
          run: () => {
            throw new RetryLater("Più tardi.", {
              code: "KEY_PAUSED",
              effect: "none",
              afterMs: 60_000,
            });
          },
        },
      },
    });
    const run = await world.create(
      ["v1"],
      [{ uses: "send", retry: { times: 0, waitMs: 0, maxWaitMs: 0 } }],
    );

    for (let pause = 1; pause <= 3; pause += 1) {
      await world.drive(run);
      await world.clock.advance(60_000);
    }

    const [item] = await world.items(run);
    expect([item?.state, item?.tries]).toEqual(["waiting", 0]);
  });

  test("tries run out: without effect the item is failed, with an unknown effect it is in doubt", async () => {
    await start({
      effects: {
        send: {
          run: ({ key }) => {
            throw new RetryLater("Non ora.", { effect: key === "v1" ? "none" : "unknown" });
          },
        },
      },
    });
    const run = await world.create(
      ["v1", "v2"],
      [{ uses: "send", retry: { times: 1, waitMs: 100, maxWaitMs: 100 } }],
    );

    await world.drive(run);
    await world.clock.advance(100);
    const ended = await world.drive(run);

    expect((await world.items(run)).map((item) => item.state)).toEqual(["failed", "in-doubt"]);
    expect(ended.counts).toMatchObject({ failed: 1, inDoubt: 1 });
    expect(ended.state).toBe("waiting-for-person");
  });

  test("what a lost answer had done is found, not done again", async () => {
    await start({
      effects: {
        send: {
          run: () => {
            throw new RetryLater("Risposta persa.");
          },
          reconcile: () => ({ status: "done", fields: { token: "T1" } }),
        },
      },
    });
    const run = await world.create(["v1"], ["send"]);

    await world.drive(run);
    await world.clock.advance(1_000);
    const ended = await world.drive(run);

    expect(ended.state).toBe("completed");
    expect(world.calls("send").run).toEqual(["v1"]);
    expect((await world.items(run))[0]?.data["token"]).toBe("T1");
  });

  test("a refused key blocks the run with its items pending, and resume goes on", async () => {
    let isRefused = true;
    await start({
      effects: {
        send: {
          run: () => {
            if (isRefused)
              throw new RunBlocked("ACCESS_DENIED", "Chiave rifiutata.", { hint: "Rinnovarla." });
            return {};
          },
        },
      },
    });
    const run = await world.create(["v1", "v2", "v3", "v4", "v5", "v6", "v7"], ["send"]);

    const blocked = await world.drive(run);
    isRefused = false;
    const ended = await world.drive(run);

    expect(blocked).toMatchObject({
      state: "blocked",
      code: "ACCESS_DENIED",
      reason: "Chiave rifiutata.",
      hint: "Rinnovarla.",
      counts: { pending: 7 },
    });
    expect(ended).toMatchObject({ state: "completed", code: null, counts: { done: 7 } });
  });

  test("an item that came back when due is not taken up by a second chunk", async () => {
    const controller = new AbortController();
    const returned = Promise.withResolvers<void>();
    await start({
      effects: {
        one: {
          run: ({ key }, tries) => {
            if (key !== "v3") return {};
            if (tries === 1) throw new RetryLater("Non ora.", { afterMs: 700 });
            returned.resolve();
            return {};
          },
        },
        two: {
          run: async ({ key }, tries) => {
            if (key === "v1" && tries === 1) {
              controller.abort();
              throw new RetryLater("Non ora.", { afterMs: 0 });
            }
            // Ends with the other chunk, so that the next one is cut between the two steps of v3.
            if (key === "v2") await returned.promise;
            return {};
          },
        },
      },
    });
    const run = await world.create(
      ["v1", "v2", "v3"],
      [{ uses: "one" }, { uses: "two", concurrency: 1 }],
    );
    await world.drive(run, { stop: controller.signal });
    await world.clock.advance(700);

    const ended = await world.drive(run);

    expect(ended).toMatchObject({ state: "completed", counts: { done: 3 } });
    expect(world.calls("two").run.filter((key) => key === "v3")).toHaveLength(1);
  });

  test("five equal failures in a row block the run", async () => {
    await start({
      pure: {
        one: () => {
          throw new TypeError("x is undefined");
        },
      },
    });
    const run = await world.create(["v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"], ["one"]);

    const blocked = await world.drive(run);

    expect(blocked).toMatchObject({ state: "blocked", code: "STEP_FAILING" });
    expect(blocked.counts.failed + blocked.counts.done).toBe(0);
  });

  test("one error of a call for several items counts as one failure", async () => {
    await start({
      effects: {
        many: {
          run: done,
          atOnce: 3,
          runMany: () => {
            throw new TypeError("x is undefined");
          },
        },
      },
    });
    const run = await world.create(["v1", "v2", "v3", "v4", "v5", "v6"], ["many"]);

    const after = await world.drive(run);

    expect(after).toMatchObject({ state: "waiting", counts: { waiting: 6 } });
  });

  test("one failing item is tried again and then failed, the run says so", async () => {
    await start({
      pure: {
        one: ({ key }) => {
          if (key === "v2") throw new TypeError("x is undefined");
          return {};
        },
      },
    });
    const run = await world.create(["v1", "v2", "v3"], ["one"]);

    await world.drive(run);
    await world.clock.advance(1_000);
    await world.drive(run);
    await world.clock.advance(2_000);
    const ended = await world.drive(run);

    expect(ended).toMatchObject({
      state: "failed",
      firstCode: "UNEXPECTED",
      counts: { done: 2, failed: 1 },
    });
    expect(world.calls("one").run.filter((key) => key === "v2")).toHaveLength(3);
  });

  test("a stop finishes what is under way and takes nothing new", async () => {
    const controller = new AbortController();
    await start({
      pure: {
        one: ({ key }) => {
          if (key === "v2") controller.abort();
          return {};
        },
        two: done,
      },
    });
    const run = await world.create(
      ["v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"],
      ["one", "two"],
    );

    const stopped = await world.drive(run, { stop: controller.signal });
    const ended = await world.drive(run);

    expect(stopped).toMatchObject({ state: "blocked", code: "STOPPED" });
    expect(stopped.counts.done).toBe(0);
    expect(ended).toMatchObject({ state: "completed", counts: { done: 9 } });
    expect(world.calls("one").run.toSorted()).toEqual([
      "v1",
      "v2",
      "v3",
      "v4",
      "v5",
      "v6",
      "v7",
      "v8",
      "v9",
    ]);
  });
});

test("a call that the stop cut off is no failure of the step", async () => {
  const controller = new AbortController();
  await start({
    effects: {
      send: {
        run: () => {
          controller.abort();
          throw new DOMException("The operation was aborted.", "AbortError");
        },
      },
    },
  });
  const run = await world.create(["v1", "v2", "v3", "v4", "v5", "v6"], ["send"]);

  const stopped = await world.drive(run, { stop: controller.signal });

  expect(stopped).toMatchObject({ state: "blocked", code: "STOPPED" });
  expect((await world.items(run)).map((item) => item.state)).toEqual(Array(6).fill("pending"));
});

describe("the same verbale twice", () => {
  const script = (): Script => ({
    effects: {
      positions: { run: () => ({ iuv: "1" }) },
      send: { run: () => ({ token: "T" }), seals: true },
    },
  });

  test("a second run repeats the recorded result and says which run sent it", async () => {
    await start(script());
    const first = await world.create(["v1"], ["positions", "send"]);
    await world.drive(first);
    const second = await world.create(["v1"], ["positions", "send"]);

    const ended = await world.drive(second);

    expect(ended.state).toBe("completed");
    expect(world.calls("send").run).toEqual(["v1"]);
    expect(world.calls("positions").run).toEqual(["v1"]);
    expect((await world.items(second))[0]).toMatchObject({
      data: { token: "T", iuv: "1" },
      note: `Già inviato con il flusso ${first.id}: non è stato inviato di nuovo.`,
    });
  });

  test("another ente has its own verbale of that number", async () => {
    await start(script());
    await world.drive(await world.create(["v1"], ["positions", "send"]));

    await world.drive(await world.create(["v1"], ["positions", "send"], { ente: "altro" }));

    expect(world.calls("send").run).toEqual(["v1", "v1"]);
  });

  test("corrected data of a verbale that was sent are refused", async () => {
    await start(script());
    await world.drive(await world.create(["v1"], ["positions", "send"]));
    const second = await world.create(["v1"], ["positions", "send"], { data: { cap: "00100" } });

    const ended = await world.drive(second);

    expect(ended).toMatchObject({
      state: "completed-with-rejections",
      firstCode: "ALREADY_SENT_OTHERWISE",
    });
    expect(world.calls("send").run).toEqual(["v1"]);
  });

  test("corrected data of a verbale that was not sent begin a round of their own", async () => {
    let isRefused = true;
    await start({
      effects: {
        positions: { run: ({ round }) => ({ iuv: String(round) }) },
        send: {
          run: () => {
            if (isRefused) throw new ItemRejected(passOnCode("BAD_ADDRESS"), "Indirizzo errato.");
            return {};
          },
          seals: true,
        },
      },
    });
    await world.drive(await world.create(["v1"], ["positions", "send"]));
    isRefused = false;
    const second = await world.create(["v1"], ["positions", "send"], { data: { cap: "00100" } });

    const ended = await world.drive(second);

    expect(ended.state).toBe("completed");
    expect((await world.items(second))[0]).toMatchObject({ round: 2, data: { iuv: "2" } });
  });

  test("two flussi with the same correction, both read before either ran, send it once", async () => {
    let isRefused = true;
    await start({
      effects: {
        positions: { run: ({ round }) => ({ iuv: String(round) }) },
        other: { run: () => ({}) },
        send: {
          run: ({ round }) => {
            if (isRefused) throw new ItemRejected(passOnCode("BAD_ADDRESS"), "Indirizzo errato.");
            return { token: `T${round}` };
          },
          seals: true,
        },
      },
    });
    const steps = ["positions", "other", "send"];
    await world.drive(await world.create(["v1"], steps));
    isRefused = false;
    const second = await world.create(["v1"], steps, { data: { cap: "00100" } });
    const third = await world.create(["v1"], steps, { data: { cap: "00100" } });
    // The third reads its items, in the round of that moment, and stops before its first step.
    await world.drive(third, { stop: AbortSignal.abort() });
    await world.drive(second);

    const ended = await world.drive(third);

    expect(ended).toMatchObject({ state: "completed", code: null });
    expect(world.calls("send").run).toEqual(["v1", "v1"]);
    expect((await world.items(third))[0]).toMatchObject({
      round: 2,
      data: { iuv: "2", token: "T2" },
      note: `Già inviato con il flusso ${second.id}: non è stato inviato di nuovo.`,
    });
  });

  test("another correction read before the first one was sent is refused, not sent", async () => {
    let isRefused = true;
    await start({
      effects: {
        positions: { run: ({ round }) => ({ iuv: String(round) }) },
        send: {
          run: () => {
            if (isRefused) throw new ItemRejected(passOnCode("BAD_ADDRESS"), "Indirizzo errato.");
            return { token: "T" };
          },
          seals: true,
        },
      },
    });
    const steps = ["positions", "send"];
    await world.drive(await world.create(["v1"], steps));
    isRefused = false;
    const second = await world.create(["v1"], steps, { data: { cap: "00100" } });
    const third = await world.create(["v1"], steps, { data: { cap: "00200" } });
    await world.drive(third, { stop: AbortSignal.abort() });
    await world.drive(second);

    const ended = await world.drive(third);

    expect(ended).toMatchObject({
      state: "completed-with-rejections",
      firstCode: "ALREADY_SENT_OTHERWISE",
    });
    expect((await world.items(third))[0]).toMatchObject({ state: "rejected", round: 2 });
    expect(world.calls("send").run).toEqual(["v1", "v1"]);
  });

  test("a refusal after sending may be tried again only in a new round that a person asked for", async () => {
    let isRefused = true;
    await start({
      effects: {
        send: { run: ({ round }) => ({ token: `T${round}` }), seals: true },
        iun: {
          run: () => {
            if (isRefused)
              throw new ItemRejected(passOnCode("NOT_VALID_ADDRESS"), "Rifiutato da SEND.");
            return { iun: "I" };
          },
        },
      },
    });
    const run = await world.create(["v1"], ["send", "iun"]);
    await world.drive(run);
    isRefused = false;

    const reopened = await reopenItems(world.journal, run, {
      only: "rejected",
      sourceFields: ["row"],
    });
    const ended = await world.drive(run);

    expect(reopened).toEqual({ taken: 1, left: [] });
    expect(ended.state).toBe("completed");
    expect((await world.items(run))[0]).toMatchObject({
      round: 2,
      data: { token: "T2", iun: "I" },
    });
  });

  test("a verbale whose notification stands is not taken up again, whoever asks", async () => {
    await start(script());
    await world.drive(await world.create(["v1"], ["positions", "send"]));
    const second = await world.create(["v1"], ["positions", "send"], { data: { cap: "00100" } });
    await world.drive(second);

    const reopened = await reopenItems(world.journal, second, {
      only: "rejected",
      sourceFields: ["row"],
    });

    expect(reopened.taken).toBe(0);
    expect(reopened.left).toHaveLength(1);
    expect(world.calls("send").run).toEqual(["v1"]);
  });
});

describe("group steps", () => {
  test("a barrier sees all live items and none that left", async () => {
    const seen: string[][] = [];
    await start({
      pure: {
        one: ({ key }) => {
          if (key === "v3") throw new ItemRejected(passOnCode("BAD"), "No.");
          return {};
        },
        after: done,
      },
      groups: {
        zip: {
          async *run(items) {
            seen.push(items.map((item) => item.key));
            for (const item of items) yield { item, status: "done", fields: { archive: "a" } };
          },
        },
      },
    });
    const run = await world.create(["v1", "v2", "v3", "v4", "v5"], ["one", "zip", "after"]);

    const ended = await world.drive(run);

    expect(seen).toEqual([["v1", "v2", "v4", "v5"]]);
    expect(ended.counts).toMatchObject({ done: 4, rejected: 1 });
  });

  test("a waiting item holds the barrier until it is through", async () => {
    const seen: string[][] = [];
    await start({
      pure: {
        one: ({ key }, tries) => {
          if (key === "v1" && tries === 1) throw new RetryLater("Non ora.", { afterMs: 700 });
          return {};
        },
      },
      groups: {
        zip: {
          async *run(items) {
            seen.push(items.map((item) => item.key));
            for (const item of items) yield { item, status: "done", fields: {} };
          },
        },
      },
    });
    const run = await world.create(["v1", "v2"], ["one", "zip"]);

    const waiting = await world.drive(run);
    await world.clock.advance(700);
    await world.drive(run);

    expect(waiting.state).toBe("waiting");
    expect(seen).toEqual([["v1", "v2"]]);
  });

  test("an item that the barrier itself sends to wait is given to it again when due", async () => {
    const seen: string[][] = [];
    await start({
      pure: { after: done },
      groups: {
        sign: {
          effect: "once",
          async *run(items, ctx) {
            seen.push(items.map((item) => item.key));
            await ctx.intend(items);
            for (const item of items)
              yield item.key === "v2" && seen.length === 1
                ? { item, status: "failed", error: new RetryLater("Non ora.", { afterMs: 700 }) }
                : { item, status: "done", fields: {} };
          },
        },
      },
    });
    const run = await world.create(["v1", "v2"], ["sign", "after"]);

    const waiting = await world.drive(run);
    await world.clock.advance(700);
    const ended = await world.drive(run);

    expect(waiting).toMatchObject({ state: "waiting", reason: "Non ora." });
    expect(seen).toEqual([["v1", "v2"], ["v2"]]);
    expect(ended).toMatchObject({ state: "completed", counts: { done: 2 } });
  });

  test("a run whose items wait behind the barrier rests again when it is driven again", async () => {
    await start({
      pure: {
        one: done,
        later: () => {
          throw new RetryLater("Non ancora.", { afterMs: 5_000 });
        },
      },
      groups: {
        zip: {
          async *run(items) {
            for (const item of items) yield { item, status: "done", fields: {} };
          },
        },
      },
    });
    const run = await world.create(["v1"], ["one", "zip", "later"]);

    const first = await world.drive(run);
    const again = await world.drive(run);

    expect([first.state, again.state]).toEqual(["waiting", "waiting"]);
    expect(world.calls("later").run).toEqual(["v1"]);
  });

  test("a step that asks makes the run wait, and goes on with the answer that is nowhere stored", async () => {
    await start({
      groups: {
        sign: {
          effect: "once",
          async *run(items, ctx) {
            const { otp } = await ctx.ask({
              kind: "otp",
              who: "comandante",
              prompt: "Scrivere l'OTP.",
            });
            if (otp !== "424242")
              await ctx.ask({
                kind: "otp",
                who: "comandante",
                prompt: "Scrivere l'OTP.",
                problem: "OTP errato.",
              });
            await ctx.intend(items);
            for (const item of items) yield { item, status: "done", fields: { signed: true } };
          },
        },
      },
    });
    const run = await world.create(["v1", "v2"], ["sign"]);

    const asked = await world.drive(run);
    const asks = await world.journal.listAsks(run.id);
    const again = await world.drive(run, {
      answers: new Map([["sign", { kind: "otp", otp: "111111" }]]),
    });
    const ended = await world.drive(run, {
      answers: new Map([["sign", { kind: "otp", otp: "424242" }]]),
    });

    expect(asked).toMatchObject({ state: "waiting-for-person", code: "ASK_OTP" });
    expect(asks).toMatchObject([
      {
        kind: "otp",
        who: "comandante",
        prompt: "Scrivere l'OTP.",
        deadline: "2026-11-24T06:30:00.000Z",
      },
    ]);
    expect(again).toMatchObject({
      state: "waiting-for-person",
      reason: "OTP errato. Scrivere l'OTP.",
    });
    expect(ended).toMatchObject({ state: "completed", counts: { done: 2 } });
    expect(await world.journal.listAsks(run.id)).toEqual([]);
  });

  test("uploaded files are released when the step that took them ends, well or not, and when none takes them", async () => {
    const events: string[] = [];
    const files = (name: string): [string, Answer] => {
      const released = `${name} released`;
      const release = async (): Promise<void> => {
        if (!events.includes(released)) events.push(released);
      };
      return ["sign", { kind: "files", files: [], release }];
    };
    await start({
      groups: {
        sign: {
          effect: "once",
          async *run(items, ctx) {
            await ctx.ask({ kind: "files", who: "comandante", prompt: "Caricare i file." });
            events.push("files taken");
            if (!events.includes("first released")) throw new Error("unreadable");
            await ctx.intend(items);
            for (const item of items) yield { item, status: "done", fields: { signed: true } };
          },
        },
      },
      pure: {
        later: () => {
          events.push("later step");
          return {};
        },
      },
    });
    const run = await world.create(["v1"], ["sign", "later"]);

    await world.drive(run, { answers: new Map([files("first")]) });
    await world.drive(run, { answers: new Map([files("second")]) });
    await world.drive(run, { answers: new Map([files("late")]) });

    expect(events).toEqual([
      "files taken",
      "first released",
      "files taken",
      "second released",
      "later step",
      "late released",
    ]);
  });

  test("approval stops the run before the step until a person agrees", async () => {
    await start({ pure: { one: done, two: done } });
    const run = await world.create(["v1"], ["one", { uses: "two", approval: true }]);

    const asked = await world.drive(run);
    const still = await world.drive(run);
    const ended = await world.drive(run, {
      answers: new Map([["two", { kind: "approval", by: "Anna" }]]),
    });

    expect(asked).toMatchObject({ state: "waiting-for-person", code: "ASK_APPROVAL" });
    expect(still.state).toBe("waiting-for-person");
    expect(ended.state).toBe("completed");
    expect(world.calls("two").run).toEqual(["v1"]);
    expect(await world.journal.listApprovals(run.id)).toMatchObject([{ step: "two", by: "Anna" }]);
  });

  test("an effect without an intent is a bug of the step and nothing is recorded as done", async () => {
    await start({
      groups: {
        sign: {
          effect: "once",
          async *run(items) {
            for (const item of items) yield { item, status: "done", fields: {} };
          },
        },
      },
    });
    const run = await world.create(
      ["v1"],
      [{ uses: "sign", retry: { times: 0, waitMs: 0, maxWaitMs: 0 } }],
    );

    const ended = await world.drive(run, { waitUntil: 0 });

    expect(ended.counts.done).toBe(0);
  });
});

describe("loading", () => {
  test("a pipeline with no rows is completed with nothing", async () => {
    await start({ pure: { one: done } });
    const run = await world.create([], ["one"]);

    const ended = await world.drive(run);

    expect(ended).toMatchObject({ state: "completed", isLoaded: true, counts: { total: 0 } });
  });

  test("run ids count up within a day and are kept after a restart", async () => {
    await start({ pure: { one: done } });
    const first = await world.create([], ["one"]);
    world = await world.restart();

    const second = await world.create([], ["one"]);

    expect([first.id, second.id]).toEqual(["20261123-0001", "20261123-0002"]);
    expect(await world.journal.checkIntegrity()).toBe("ok");
  });
});
