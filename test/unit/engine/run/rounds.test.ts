/** Rounds and rival runs: whatever meets whom, one verbale is sent once. */
import { afterEach, describe, expect, test } from "bun:test";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { ItemRejected, RetryLater } from "../../../../engine/host/errors.ts";
import { reopenItems } from "../../../../engine/run/reopen.ts";
import {
  type Data,
  type EngineWorld,
  makeEngineWorld,
  type Script,
} from "../../../support/engine-world.ts";

let world: EngineWorld;
afterEach(async () => {
  await world.close();
});

async function start(script: Script): Promise<void> {
  world = await makeEngineWorld(script);
}

describe("two runs over the same verbale", () => {
  test.each([
    ["a person took the refusal up again", true],
    ["nobody did", false],
  ])(
    "a run that only asks tells the refusal of the request it asked about: %s",
    async (_, isReopened) => {
      let verdict: "waiting" | "refused" = "waiting";
      await start({
        effects: {
          send: { run: ({ round }) => ({ token: `T${round}` }), seals: true },
          ask: {
            run: ({ round }) => {
              if (verdict === "waiting" && round === 1)
                throw new RetryLater("Non ancora.", { afterMs: 1_000, effect: "none" });
              if (round === 1) throw new ItemRejected(passOnCode("REFUSED"), "Rifiutato.");
              return { iun: `I${round}` };
            },
          },
        },
      });
      const sending = await world.create(["v1"], ["send", "ask"]);
      await world.drive(sending);
      // What it has of the verbale is what the journal says of the request.
      const asking = await world.create(["v1"], ["ask"], { data: { token: "T1" } });
      await world.drive(asking);
      verdict = "refused";
      await world.clock.advance(1_000);
      const refused = await world.drive(sending);
      if (isReopened) {
        await reopenItems(world.journal, refused, { only: "rejected", sourceFields: ["row"] });
        await world.drive(sending);
      }

      const ended = await world.drive(asking);

      expect(ended).toMatchObject({ state: "completed-with-rejections", firstCode: "REFUSED" });
      expect((await world.journal.readRun(sending.id))?.state).toBe(
        isReopened ? "completed" : "completed-with-rejections",
      );
      expect(world.calls("send").run).toHaveLength(isReopened ? 2 : 1);
    },
  );

  test("a run that was overtaken by corrected data sends nothing", async () => {
    let isDown = true;
    await start({
      pure: {
        wait: ({ data }) => {
          if (isDown && (data["row"] as { cap?: string }).cap === undefined)
            throw new RetryLater("Non ora.", { afterMs: 1_000 });
          return {};
        },
      },
      effects: {
        positions: { run: ({ round }) => ({ iuv: String(round) }) },
        send: { run: ({ round }) => ({ token: `T${round}` }), seals: true },
      },
    });
    const slow = await world.create(["v1"], ["positions", "wait", "send"]);
    await world.drive(slow);
    const corrected = await world.create(["v1"], ["positions", "wait", "send"], {
      data: { cap: "24047" },
    });
    const sent = await world.drive(corrected);
    isDown = false;
    await world.clock.advance(1_000);

    const ended = await world.drive(slow);

    expect(sent.state).toBe("completed");
    expect(ended).toMatchObject({
      state: "completed-with-rejections",
      firstCode: "ALREADY_SENT_OTHERWISE",
    });
    expect(world.calls("send").run).toEqual(["v1"]);
  });

  test("a run that was overtaken before the other one has sent gives way too", async () => {
    let downFor = "both";
    await start({
      pure: {
        wait: ({ data }) => {
          const isCorrected = (data["row"] as { cap?: string }).cap !== undefined;
          if (downFor === "both" || (downFor === "corrected" && isCorrected))
            throw new RetryLater("Non ora.", { afterMs: 1_000 });
          return {};
        },
      },
      effects: {
        positions: { run: ({ round }) => ({ iuv: String(round) }) },
        send: { run: ({ round }) => ({ token: `T${round}` }), seals: true },
      },
    });
    const steps = ["positions", "wait", "send"];
    const slow = await world.create(["v1"], steps);
    await world.drive(slow);
    const corrected = await world.create(["v1"], steps, { data: { cap: "24047" } });
    await world.drive(corrected);
    downFor = "corrected";
    await world.clock.advance(1_000);
    const gaveWay = await world.drive(slow);
    downFor = "none";
    await world.clock.advance(2_000);

    const ended = await world.drive(corrected);

    expect(gaveWay).toMatchObject({ state: "completed-with-rejections", firstCode: "SUPERSEDED" });
    expect(ended.state).toBe("completed");
    expect((await world.items(corrected))[0]).toMatchObject({ data: { iuv: "2", token: "T2" } });
    expect(world.calls("send").run).toEqual(["v1"]);
  });

  test("driven at the same moment, one sends and the other waits and then repeats", async () => {
    await start({
      effects: {
        send: {
          run: async () => {
            await Promise.resolve();
            return { token: "T" };
          },
          seals: true,
        },
      },
    });
    const first = await world.create(["v1", "v2", "v3"], ["send"]);
    const second = await world.create(["v3", "v2", "v1"], ["send"]);

    const [one, two] = await Promise.all([world.drive(first), world.drive(second)]);
    await world.clock.advance(5_000);
    const ended = two.state === "completed" ? await world.drive(first) : await world.drive(second);

    expect([one.state, two.state].toSorted()).toEqual(["completed", "waiting"]);
    expect(ended.state).toBe("completed");
    expect(world.calls("send").run.toSorted()).toEqual(["v1", "v2", "v3"]);
  });

  test.each([
    ["within a day", { withinMs: 86_400_000 }],
    ["for a number of tries", { retry: { times: 100, waitMs: 1_000, maxWaitMs: 10_000 } }],
    ["with long waits of its own", { retry: { times: 100, waitMs: 60_000, maxWaitMs: 900_000 } }],
  ])("while one has no answer for hours, the other asks ever less: %s", async (_, entry) => {
    const answered = Promise.withResolvers<Data>();
    await start({ effects: { send: { run: () => answered.promise } } });
    const first = await world.create(["v1"], ["send"]);
    const second = await world.create(["v1"], [{ uses: "send", ...entry }]);
    const waitUntil = Number.POSITIVE_INFINITY;
    const { clock } = world;
    const hours = clock.now() + 3 * 3_600_000;

    const one = world.drive(first, { waitUntil });
    const two = world.drive(second, { waitUntil });
    let looks = 0;
    for (; clock.now() < hours; looks += 1) {
      await clock.untilAsleep();
      await clock.advance((clock.nextWake ?? hours) - clock.now());
    }
    await clock.untilAsleep();
    answered.resolve({ token: "T" });
    await one;
    await clock.advance(900_000);

    expect((await two).state).toBe("completed");
    // 5, 10, 20 seconds, up to ten minutes.
    expect(looks).toBeGreaterThan(10);
    expect(looks).toBeLessThan(26);
    expect(world.calls("send").run).toEqual(["v1"]);
  });

  test("a group step whose verbali are under way elsewhere waits as a whole", async () => {
    let signed = 0;
    await start({
      groups: {
        sign: {
          effect: "once",
          async *run(items, ctx) {
            await ctx.intend(items);
            for (const item of items) {
              await Promise.resolve();
              signed += 1;
              yield { item, status: "done", fields: {} };
            }
          },
        },
      },
    });
    const first = await world.create(["v1", "v2"], ["sign"]);
    const second = await world.create(["v1", "v2"], ["sign"]);

    const states = (await Promise.all([world.drive(first), world.drive(second)])).map(
      (run) => run.state,
    );
    await world.clock.advance(60_000);
    await world.drive(states[0] === "completed" ? second : first);

    expect(states.toSorted()).toEqual(["completed", "waiting"]);
    expect(signed).toBe(2);
  });
});

describe("corrected data after a refusal", () => {
  const steps = ["send", "iun"];

  async function refusedOnce() {
    await start({
      effects: {
        send: { run: ({ round }) => ({ token: `T${round}` }), seals: true },
        iun: {
          run: ({ data }) => {
            const isCorrected = (data["row"] as { cap?: string }).cap !== undefined;
            if (!isCorrected) throw new ItemRejected(passOnCode("NOT_VALID_ADDRESS"), "Rifiutato.");
            return { iun: "I" };
          },
        },
      },
    });
    const first = await world.create(["v1"], steps);
    await world.drive(first);
    const corrected = await world.create(["v1"], steps, { data: { cap: "24047" } });
    const asked = await world.drive(corrected);
    return { first, corrected, asked };
  }

  const agree = (run: Parameters<typeof reopenItems>[1]) =>
    reopenItems(world.journal, run, { only: "rejected", sourceFields: ["row"] });

  test("are sent in a new round once a person agrees, and not before", async () => {
    const { first, corrected, asked } = await refusedOnce();

    const reopened = await agree(corrected);
    const ended = await world.drive(corrected);
    const late = await agree(first);
    const old = await world.drive(first);

    expect(asked).toMatchObject({
      state: "completed-with-rejections",
      firstCode: "REFUSED_BEFORE",
    });
    expect(reopened).toEqual({ taken: 1, left: [] });
    expect(ended.state).toBe("completed");
    expect((await world.items(corrected))[0]).toMatchObject({
      round: 2,
      data: { token: "T2", iun: "I", row: { cap: "24047" } },
    });
    // The first flusso, taken up afterwards, finds the corrected one sent and sends nothing.
    expect(late.taken).toBe(1);
    expect(old).toMatchObject({ state: "completed-with-rejections" });
    expect((await world.items(first))[0]?.code).toBe("ALREADY_SENT_OTHERWISE");
    expect(world.calls("send").run).toEqual(["v1", "v1"]);
  });
});

describe("rejected after it was sent, by a step that is not the other side's verdict", () => {
  async function rejectedLate() {
    await start({
      effects: {
        send: { run: ({ round }) => ({ token: `T${round}` }), seals: true },
        iun: { run: () => ({ iun: "I" }) },
      },
      pure: {
        file: () => {
          throw new ItemRejected(passOnCode("NO_FOLDER"), "Manca la cartella.");
        },
      },
    });
  }

  test.each([
    ["before the verdict", ["send", "file", "iun"]],
    ["after the verdict", ["send", "iun", "file"]],
  ])("%s, it is not sent again", async (_, steps) => {
    await rejectedLate();
    const run = await world.create(["v1"], steps);
    await world.drive(run);

    const reopened = await reopenItems(world.journal, run, {
      only: "rejected",
      sourceFields: ["row"],
    });

    expect(reopened).toEqual({
      taken: 0,
      left: [
        {
          key: "v1",
          reason: `risulta già inviato con il flusso ${run.id}: non si invia una seconda volta.`,
        },
      ],
    });
    expect((await world.items(run))[0]).toMatchObject({ state: "rejected", round: 1 });
  });
});

describe("a person's word on what is in doubt", () => {
  const reopen = (run: Parameters<typeof reopenItems>[1]) =>
    reopenItems(world.journal, run, { only: "in-doubt", sourceFields: ["row"] });

  async function inDoubt(later: "done" | "unknown") {
    let isFirst = true;
    await start({
      effects: {
        send: {
          run: ({ round }, tries) => {
            if (tries === 1) throw new RetryLater("Risposta persa.");
            return { token: `T${round}` };
          },
          reconcile: () => {
            if (isFirst || later === "unknown") {
              isFirst = false;
              return { status: "unknown", reason: "Il servizio non lo sa." };
            }
            return { status: "done", fields: { token: "T1" } };
          },
          seals: true,
        },
      },
    });
    const run = await world.create(["v1"], ["send"]);
    await world.drive(run);
    await world.clock.advance(1_000);
    const doubtful = await world.drive(run);
    return { run, doubtful };
  }

  test("the other side is asked once more, and what it did is taken", async () => {
    const { run, doubtful } = await inDoubt("done");

    await reopen(run);
    const ended = await world.drive(run);

    expect(doubtful).toMatchObject({ state: "waiting-for-person", code: "IN_DOUBT" });
    expect(ended.state).toBe("completed");
    expect(world.calls("send").run).toEqual(["v1"]);
    expect((await world.items(run))[0]?.data["token"]).toBe("T1");
  });

  test("if it still cannot tell, the person's word begins another round", async () => {
    const { run } = await inDoubt("unknown");

    await reopen(run);
    const ended = await world.drive(run);

    expect(ended.state).toBe("completed");
    expect(world.calls("send").run).toEqual(["v1", "v1"]);
    expect((await world.items(run))[0]).toMatchObject({ round: 2, data: { token: "T2" } });
  });

  test.each([
    ["done", "done", "completed", 1, 1, null],
    ["done", "unknown", "waiting-for-person", 1, 1, "UNCONFIRMED"],
    ["done", "not-done", "waiting-for-person", 1, 1, "UNCONFIRMED"],
    ["ask", "done", "completed", 1, 1, null],
    ["ask", "unknown", "waiting-for-person", 1, 1, "IN_DOUBT"],
    ["ask", "not-done", "completed", 2, 1, null],
    ["not-done", "done", "completed", 1, 2, null],
    ["not-done", "unknown", "completed", 2, 2, null],
  ] as const)(
    "«%s» where the other side says %s: %s after %i sendings, in round %i",
    async (word, answer, state, sendings, round, code) => {
      let says: "done" | "not-done" | "unknown" = "unknown";
      await start({
        effects: {
          send: {
            run: (_, tries) => {
              if (tries === 1) throw new RetryLater("Risposta persa.");
              return { token: "T" };
            },
            reconcile: () => {
              if (says === "unknown") return { status: "unknown", reason: "Non lo sa." };
              return says === "done"
                ? { status: "done", fields: { token: "T" } }
                : { status: "not-done" };
            },
            seals: true,
          },
        },
      });
      const run = await world.create(["v1"], ["send"]);
      await world.drive(run);
      await world.clock.advance(1_000);
      await world.drive(run);
      says = answer;
      const decision = { word, by: "Ada Bruni", reason: "Visto sul portale.", evidence: "T" };

      await reopenItems(world.journal, run, { only: "in-doubt", decision, sourceFields: ["row"] });
      const ended = await world.drive(run);

      expect(ended.state).toBe(state);
      expect(world.calls("send").run).toHaveLength(sendings);
      expect((await world.items(run))[0]).toMatchObject({ round, code });
      expect(await world.journal.listDecisions(run.id)).toEqual([
        { itemKey: "v1", step: 1, round: 1, ...decision, at: "2026-11-23T06:30:01.000Z" },
      ]);
    },
  );

  test("that it was done stands until another says that it was not", async () => {
    const { run } = await inDoubt("unknown");
    const say = (word: "done" | "ask" | "not-done") =>
      reopenItems(world.journal, run, {
        only: "in-doubt",
        decision: { word, by: "Ada Bruni", reason: "Visto.", evidence: null },
        sourceFields: ["row"],
      });

    await say("done");
    await world.drive(run);
    await say("ask");
    const asked = await world.drive(run);
    const sentBefore = world.calls("send").run.length;
    await say("not-done");
    const ended = await world.drive(run);

    expect([asked.state, sentBefore]).toEqual(["waiting-for-person", 1]);
    expect((await world.items(run))[0]).toMatchObject({ state: "done", round: 2 });
    expect(ended.state).toBe("completed");
  });
});
