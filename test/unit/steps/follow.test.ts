/** follow: what it learns of a notification from SEND, and when it asks again. */
import { expect, test } from "bun:test";
import type { Followed } from "../../../integrations/register/followed.ts";
import follow from "../../../steps/follow.ts";
import { rejection, sampleRequest } from "../integrations/send/setup.ts";
import { buildAct, makeFollowWorld, runFollowStep, type FollowWorld } from "./follow-world.ts";

const dayMs = 86_400_000;

async function accept(world: FollowWorld): Promise<string> {
  const { notificationRequestId } = await world.send.send(await sampleRequest(world.send));
  world.clock.advance(200);
  const found = await world.send.findStatus(notificationRequestId);
  if (found?.status !== "accepted") throw new Error("the sample was not accepted");
  return found.iun;
}

test("an accepted notification is kept with its day of acceptance, and looked at the next day", async () => {
  const world = await makeFollowWorld();
  const iun = await accept(world);
  await world.register.write([
    {
      kind: "verdict",
      key: iun,
      dueAt: "2026-11-23T09:00:00.200Z",
      data: { outcome: "accepted", at: "2026-11-23T09:00:00.200Z", reasons: [] },
    },
  ]);

  await runFollowStep(follow, world, { iun, act: buildAct("V-1") });

  const kept = await world.register.read("followed", iun);
  expect([kept?.subject, kept?.dueAt]).toEqual(["V-1", "2026-11-23T23:00:00.000Z"]);
  expect(kept?.data).toMatchObject({
    status: "ACCEPTED",
    acceptedAt: "2026-11-23T09:00:00.200Z",
    recipients: [{ index: 0 }],
    corrections: [],
  });
  expect((await world.register.read("verdict", iun))?.dueAt).toBeNull();
});

test("asked twice without news it keeps one version", async () => {
  const world = await makeFollowWorld();
  const iun = await accept(world);

  await runFollowStep(follow, world, { iun, act: buildAct("V-1") });
  world.clock.advance(1000);
  await runFollowStep(follow, world, { iun, act: buildAct("V-1") });

  expect((await world.register.listVersions("followed", iun)).length).toBe(1);
});

test.each([
  ["https://api.notifichedigitali.it", undefined, true],
  ["https://api.uat.notifichedigitali.it", undefined, false],
  ["https://api.uat.notifichedigitali.it", true, true],
  ["https://api.notifichedigitali.it", false, false],
])(
  "the day is counted besides where terms are those of production (%s, %p)",
  async (baseUrl, crossCheck, isTold) => {
    const world = await makeFollowWorld({ simulator: { environment: { dayMs: 60_000 } } });
    const request = await sampleRequest(world.send);
    const [recipient] = request.recipients;
    if (recipient === undefined) throw new Error("no recipient");
    const { notificationRequestId } = await world.send.send({
      ...request,
      recipients: [{ ...recipient, pec: "prova@pec.it" }],
    });
    world.clock.advance(200);
    const found = await world.send.findStatus(notificationRequestId);
    const iun = found?.status === "accepted" ? found.iun : "";

    const { followed } = await runFollowStep(follow, world, {
      iun,
      act: buildAct("V-1"),
      baseUrl,
      ...(crossCheck === undefined ? {} : { config: { crossCheck } }),
    });

    // Seven minutes instead of seven days.
    expect((followed as Followed).recipients[0]?.otherDay).toBe(isTold ? "2026-11-30" : undefined);
    expect((followed as Followed).warnings?.length).toBe(isTold ? 1 : undefined);
  },
);

test("an IUN that SEND does not show is told, and nothing is kept of it", async () => {
  const world = await makeFollowWorld();
  const iun = "AAAA-AAAA-AAAA-202611-H-1";

  const error = await rejection(runFollowStep(follow, world, { iun, act: buildAct("V-1") }));

  expect(error).toMatchObject({ name: "ItemRejected", code: "NOTIFICATION_NOT_FOUND" });
  expect(await world.register.read("followed", iun)).toBeNull();
});

test("every recipient stands on its own, with those that the timeline alone names", async () => {
  const world = await makeFollowWorld();
  const iun = await accept(world);
  world.clock.advance(30 * dayMs);

  const { followed } = await runFollowStep(follow, world, { iun, act: buildAct("V-1", 2) });

  expect((followed as Followed).recipients.map(({ index }) => index)).toEqual([0, 1]);
});

test.each<[string, string | null, boolean]>([
  ["it is not time", "2026-11-23T12:00:00.000Z", false],
  ["never again", null, false],
  ["it is time", "2026-11-23T10:00:00.000Z", true],
])(
  "looked at for a payment or a proof alone, SEND is asked only where it is due: %s",
  async (_title, dueAt, isAsked) => {
    const world = await makeFollowWorld();
    const iun = await accept(world);
    const verdict = { outcome: "accepted", at: "2026-11-23T09:00:00.200Z", reasons: [] } as const;
    const kept: Followed = { status: "DELIVERED", recipients: [], corrections: [] };
    world.clock.advance(3_600_000);
    await world.register.write([
      { kind: "followed", key: iun, subject: "V-1", dueAt, data: kept },
      { kind: "verdict", key: iun, dueAt: "2026-11-23T09:30:00.000Z", data: verdict },
    ]);

    const { followed } = await runFollowStep(follow, world, { iun, act: buildAct("V-1") });

    expect((followed as Followed).status).toBe(isAsked ? "ACCEPTED" : "DELIVERED");
    const left = await world.register.read("followed", iun);
    expect(left?.dueAt).toBe(isAsked ? "2026-11-23T23:00:00.000Z" : dueAt);
    expect((await world.register.read("verdict", iun))?.dueAt).toBeNull();
  },
);
