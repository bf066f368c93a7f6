/** Names that effects hold: who has them, from the intent on, and what sets them free again. */
import { afterEach, expect, test } from "bun:test";
import type { Reconciled } from "../../../../engine/step/outcome.ts";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { ItemRejected, RetryLater } from "../../../../engine/host/errors.ts";
import { reopenItems } from "../../../../engine/run/reopen.ts";
import { type EngineWorld, makeEngineWorld, type Script } from "../../../support/engine-world.ts";

let world: EngineWorld;
afterEach(async () => {
  await world.close();
});

const steps = ["positions", "send", "verdict"];

/** `send` holds the name `protocol P1` for every item; the other effects add fields. */
function script(changes: {
  readonly send?: () => Record<string, unknown>;
  readonly verdict?: () => Record<string, unknown>;
  readonly reconcile?: () => Reconciled<Record<string, unknown>>;
  readonly after?: () => Record<string, unknown>;
}): Script {
  return {
    effects: {
      positions: { run: () => ({ iuv: "1" }) },
      send: {
        run: changes.send ?? (() => ({ token: "T1" })),
        ...(changes.reconcile === undefined ? {} : { reconcile: changes.reconcile }),
        seals: true,
        holds: () => ["protocol P1"],
      },
      verdict: { run: changes.verdict ?? (() => ({ iun: "I1" })) },
      ...(changes.after === undefined ? {} : { after: { run: changes.after } }),
    },
  };
}

test("what is done is held, with the fields of all effects of that item and round", async () => {
  world = await makeEngineWorld(script({}));
  const run = await world.create(["v1"], steps);
  await world.drive(run);

  const found = await world.journal.findHolders("prova", ["protocol P1", "protocol P2"]);

  expect([...found]).toEqual([
    [
      "protocol P1",
      [
        {
          itemKey: "v1",
          round: 1,
          runId: run.id,
          isDone: true,
          isRefused: false,
          fields: { iuv: "1", token: "T1", iun: "I1" },
        },
      ],
    ],
  ]);
  expect(await world.journal.findHolders("altro", ["protocol P1"])).toEqual(new Map());
});

test("what was begun and has no end is held too, and outlives the process", async () => {
  world = await makeEngineWorld(
    script({
      send: () => {
        throw new RetryLater("Nessuna risposta.", { afterMs: 1_000 });
      },
    }),
  );
  await world.drive(await world.create(["v1"], steps));

  world = await world.restart();

  const [holder] =
    (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1") ?? [];
  expect(holder).toMatchObject({ itemKey: "v1", isDone: false, fields: { iuv: "1" } });
});

test.each<readonly [string, Parameters<typeof script>[0]]>([
  [
    "refused at once",
    {
      send: () => {
        throw new ItemRejected(passOnCode("NO"), "No.");
      },
    },
  ],
  [
    "not done for certain",
    {
      send: () => {
        throw new RetryLater("Dopo.", { afterMs: 1_000, effect: "none" });
      },
    },
  ],
])("what was %s holds nothing", async (_, changes) => {
  world = await makeEngineWorld(script(changes));
  await world.drive(await world.create(["v1"], steps));

  expect(await world.journal.findHolders("prova", ["protocol P1"])).toEqual(new Map());
});

test("what was refused in the end is told as such, without what a verdict adds", async () => {
  world = await makeEngineWorld(
    script({
      verdict: () => {
        throw new ItemRejected(passOnCode("NOT_VALID_ADDRESS"), "Indirizzo.");
      },
    }),
  );
  await world.drive(await world.create(["v1"], steps));

  const holders = (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1");

  expect(holders).toMatchObject([{ isRefused: true, fields: { iuv: "1", token: "T1" } }]);
  expect(holders?.[0]?.fields["iun"]).toBeUndefined();
});

test("what a step rejects after the verdict was good is told with what the verdict added", async () => {
  world = await makeEngineWorld(
    script({
      after: () => {
        throw new ItemRejected(passOnCode("OWN"), "Il gestionale non lo prende.");
      },
    }),
  );
  const run = await world.create(["v1"], [...steps, "after"]);
  const ended = await world.drive(run);

  const holders = (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1");

  expect(ended.state).toBe("completed-with-rejections");
  expect(holders).toMatchObject([{ itemKey: "v1", isRefused: true, fields: { iun: "I1" } }]);
});

test("of two that hold a name the older one comes first, also after it was tried again", async () => {
  let isDown = true;
  world = await makeEngineWorld(
    script({
      send: () => {
        if (isDown) throw new RetryLater("Nessuna risposta.", { afterMs: 1_000 });
        return { token: "T" };
      },
    }),
  );
  const first = await world.create(["v1"], steps);
  await world.drive(first);
  const second = await world.create(["v2"], steps);
  await world.drive(second);
  isDown = false;
  await world.clock.advance(1_000);
  await world.drive(second);
  await world.drive(first);

  const holders =
    (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1") ?? [];

  expect(holders.map(({ itemKey, isDone }) => [itemKey, isDone])).toEqual([
    ["v1", true],
    ["v2", true],
  ]);
});

test("what was taken back and begun again comes after those that began meanwhile", async () => {
  let isBusy = true;
  world = await makeEngineWorld(
    script({
      send: () => {
        if (isBusy) throw new RetryLater("Dopo.", { afterMs: 1_000, effect: "none" });
        return { token: "T" };
      },
    }),
  );
  const first = await world.create(["v1"], steps);
  await world.drive(first);
  isBusy = false;
  await world.drive(await world.create(["v2"], steps));
  await world.clock.advance(1_000);
  await world.drive(first);

  const holders =
    (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1") ?? [];

  expect(holders.map(({ itemKey }) => itemKey)).toEqual(["v2", "v1"]);
});

test.each([
  ["not-done", [["v1", 2]]],
  [
    "unknown",
    [
      ["v1", 1],
      ["v1", 2],
    ],
  ],
] as const)("a doubt that ends as %s holds its names accordingly", async (status, expected) => {
  let isDown = true;
  world = await makeEngineWorld(
    script({
      send: () => {
        if (isDown) throw new RetryLater("Nessuna risposta.", { afterMs: 1_000 });
        return { token: "T" };
      },
      reconcile: () => {
        if (status === "not-done") return { status };
        return { status, reason: "Il servizio non lo sa." };
      },
    }),
  );
  const run = await world.create(["v1"], steps);
  for (let tries = 1; tries <= 3; tries += 1) {
    await world.drive(run);
    await world.clock.advance(10_000);
  }
  const [doubtful] = await world.items(run);
  isDown = false;
  await reopenItems(world.journal, run, {
    only: "in-doubt",
    sourceFields: ["row"],
  });
  const ended = await world.drive(run);

  const holders =
    (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1") ?? [];

  expect([doubtful?.state, ended.state]).toEqual(["in-doubt", "completed"]);
  expect(holders.map(({ itemKey, round }) => [itemKey, round])).toEqual(
    expected.map((pair) => [...pair]),
  );
});

test("a step before the sending that refuses a later flusso sets nothing free", async () => {
  let isLost = true;
  let refuses = false;
  world = await makeEngineWorld({
    effects: {
      ...script({}).effects,
      positions: {
        run: () => {
          if (refuses) throw new ItemRejected("POSITION_NOTIFIED", "La posizione è notificata.");
          throw new RetryLater("Nessuna risposta.", { effect: "unknown" });
        },
        reconcile: () => {
          if (isLost) throw new RetryLater("Nessuna risposta.", { effect: "unknown" });
          return { status: "done", fields: { iuv: "1" } };
        },
      },
    },
  });
  // Nobody can tell, a person says to go on, and then it shows that round 1 had made the positions: round 2 has none of its own.
  const first = await world.create(["v1"], steps);
  for (let look = 0; look < 4; look += 1) {
    await world.drive(first);
    await world.clock.advance(10_000);
  }
  const [doubtful] = await world.items(first);
  await reopenItems(world.journal, await world.drive(first), {
    only: "in-doubt",
    sourceFields: ["row"],
  });
  isLost = false;
  const accepted = await world.drive(first);
  refuses = true;

  const same = await world.create(["v1"], steps);
  const refused = await world.drive(same);
  const other = await world.create(["v1"], steps, { data: { cap: "24047" } });
  const otherwise = await world.drive(other);
  const again = [];
  for (const run of [refused, otherwise])
    again.push(
      await reopenItems(world.journal, run, {
        only: "rejected",
        sourceFields: ["row"],
      }),
    );

  expect([doubtful?.state, accepted.state]).toEqual(["in-doubt", "completed"]);
  expect([refused.firstCode, otherwise.firstCode]).toEqual([
    "POSITION_NOTIFIED",
    "ALREADY_SENT_OTHERWISE",
  ]);
  expect(again.map(({ taken }) => taken)).toEqual([0, 0]);
  const holders = (await world.journal.findHolders("prova", ["protocol P1"])).get("protocol P1");
  expect(holders?.map(({ runId, fields }) => [runId, fields])).toEqual([
    [first.id, { token: "T1", iun: "I1" }],
  ]);
});
