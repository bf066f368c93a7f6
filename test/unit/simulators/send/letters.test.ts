/** Letters of the simulated SEND: outcome, its date and the term by each token, reworks, accesses, as Postino's own client reads them. */
import { describe, expect, test } from "bun:test";
import { toInstant, toRomeDay } from "../../../../engine/host/clock.ts";
import type { Followed, PerfectionRule } from "../../../../integrations/register/followed.ts";
import { computeFollowed } from "../../../../steps/following/compute-followed.ts";
import { createSendDesk } from "../../../../integrations/send/desk.ts";
import { makePatience } from "../../../support/patience.ts";
import { accessOf, fakeClock, makeSend, sampleRequest } from "../../integrations/send/setup.ts";

const dayMs = 86_400_000;

async function open(
  street: string,
  { start = "2026-11-23T09:00:00Z", pec }: { readonly start?: string; readonly pec?: string } = {},
) {
  const world = await makeSend({ clock: fakeClock(Date.parse(start)) });
  const request = await sampleRequest(world.send);
  const [recipient] = request.recipients;
  if (recipient === undefined) throw new Error("no recipient");
  const { notificationRequestId } = await world.send.send({
    ...request,
    recipients: [
      {
        ...recipient,
        address: { ...recipient.address, via: street, civico: "" },
        ...(pec === undefined ? {} : { pec }),
      },
    ],
  });
  world.clock.advance(200);
  const found = await world.send.findStatus(notificationRequestId);
  if (found?.status !== "accepted") throw new Error("the sample was not accepted");
  const { iun } = found;
  const desk = createSendDesk(accessOf(world));
  const follow = async (): Promise<Followed> => {
    const detail = await desk.findNotification(iun);
    if (detail === null) throw new Error("SEND does not know it");
    return computeFollowed(detail, {
      recipients: 1,
      isChecked: true,
      patience: makePatience(toInstant(world.clock.now()), 10),
    });
  };
  const control = async (what: string, body: object): Promise<number> => {
    const url = `http://send.test/send/control/${what}`;
    const json = JSON.stringify({ iun, ...body });
    return (await world.fetch(url, { method: "POST", body: json })).status;
  };
  return { ...world, iun, desk, follow, control };
}

function days(from: string, count: number): string {
  return toRomeDay(Date.parse(from) + count * dayMs);
}

describe("each token ends as SEND's rules have it, and Postino counts the same day", () => {
  const sent = "2026-11-23T09:00:00Z";
  test.each<[string, string, string | null, number | null, string | null]>([
    // Token, status, code of the outcome, day of perfezionamento after acceptance, rule.
    ["@OK_890", "EFFECTIVE_DATE", "RECAG001C", 15, "analog"],
    ["@OK-PersonaAbilitata_890", "EFFECTIVE_DATE", "RECAG002C", 15, "analog"],
    ["@FAIL_890", "EFFECTIVE_DATE", "RECAG003C", 15, "analog"],
    ["@FAIL-IndirizzoInesatto_890", "EFFECTIVE_DATE", "RECAG003C", 20, "untraceable"],
    ["@FAIL-Irreperibile_890", "EFFECTIVE_DATE", "RECAG003F", 20, "untraceable"],
    ["@FAIL-Discovery_890", "EFFECTIVE_DATE", "RECAG001C", 18, "analog"],
    ["@FAIL-DiscoveryIrreperibile_890", "EFFECTIVE_DATE", "RECAG003F", 23, "untraceable"],
    ["@OK-Retry_890", "EFFECTIVE_DATE", "RECAG001C", 19, "analog"],
    ["@OK-NonRendicontabile_890", "EFFECTIVE_DATE", "RECAG001C", 19, "analog"],
    ["@OK-CausaForzaMaggiore_890", "EFFECTIVE_DATE", "RECAG001C", 15, "analog"],
    ["@OK-Giacenza-lte10_890", "EFFECTIVE_DATE", "RECAG005C", 20, "analog"],
    ["@OK-GiacenzaDelegato-lte10_890", "EFFECTIVE_DATE", "RECAG006C", 20, "analog"],
    ["@FAIL-Giacenza-lte10_890", "EFFECTIVE_DATE", "RECAG007C", 20, "analog"],
    ["@OK-Giacenza-gt10_890", "EFFECTIVE_DATE", "PNAG012", 25, "deposit"],
    ["@OK-Giacenza-gt10-23L_890", "EFFECTIVE_DATE", "PNAG012", 25, "deposit"],
    ["@FAIL-Giacenza-gt10_890", "EFFECTIVE_DATE", "PNAG012", 25, "deposit"],
    ["@OK-CompiutaGiacenza_890", "EFFECTIVE_DATE", "PNAG012", 25, "deposit"],
    ["@OK-NO012-gt10", "EFFECTIVE_DATE", "PNAG012", 25, "deposit"],
    ["@OK-WO_890", "EFFECTIVE_DATE", "RECAG001C", 15, "analog"],
    ["@FAIL_DECEDUTO_890", "RETURNED_TO_SENDER", "RECAG003C", null, null],
    ["@OK_AR", "EFFECTIVE_DATE", "RECRN001C", 15, "analog"],
    ["@FAIL_AR", "EFFECTIVE_DATE", "RECRN002C", 15, "analog"],
    ["@FAIL-Irreperibile_AR", "EFFECTIVE_DATE", "RECRN002F", 20, "untraceable"],
    ["@FAIL_IndirizzoInesistenteAR", "EFFECTIVE_DATE", "RECRN002C", 20, "untraceable"],
    ["@FAIL-Discovery_AR", "EFFECTIVE_DATE", "RECRN001C", 18, "analog"],
    ["@OK-Giacenza_AR", "EFFECTIVE_DATE", "RECRN003C", 20, "analog"],
    ["@FAIL-Giacenza_AR", "EFFECTIVE_DATE", "RECRN004C", 20, "analog"],
    ["@OK-Giacenza-gt10_AR", "EFFECTIVE_DATE", "PNRN012", 25, "deposit"],
    ["@FAIL-CompiutaGiacenza_AR", "EFFECTIVE_DATE", "PNRN012", 25, "deposit"],
    ["@FAIL_Consolidatore-AR", "DELIVERING", "CON996", null, null],
    ["@OK_890-CON020", "EFFECTIVE_DATE", "RECAG001C", 15, "analog"],
    ["@OK-M_AR", "EFFECTIVE_DATE", "RECRN001C", 15, "analog"],
    ["@SEQUENCE.5S-CON080.5S-RECRN001C", "EFFECTIVE_DATE", "RECRN001C", 15, "analog"],
    ["@SEQUENCE.RECRN010.30S-RECRN003C", "EFFECTIVE_DATE", "RECRN003C", 20, "analog"],
  ])("%s", async (token, status, code, day, rule) => {
    const { clock, follow } = await open(`Via ${token}`);
    clock.advance(60 * dayMs);

    const followed = await follow();

    const [recipient] = followed.recipients;
    expect(followed.status).toBe(status);
    expect(recipient?.attempts.at(-1)?.code).toBe(code ?? "");
    expect(recipient?.perfezionamento?.day).toBe(day === null ? undefined : days(sent, day));
    expect(recipient?.perfezionamento?.rule ?? null).toBe(rule as PerfectionRule | null);
    expect(recipient?.otherDay).toBeUndefined();
  });

  test("a letter that nobody collects is told a month late, with a day that has passed", async () => {
    const { clock, follow } = await open("Via @FAIL-CompiutaGiacenza_AR");
    clock.advance(34 * dayMs);
    const before = await follow();
    clock.advance(dayMs);

    const after = await follow();

    expect(before.recipients[0]?.perfezionamento).toBeUndefined();
    expect(after.recipients[0]?.perfezionamento).toMatchObject({
      day: "2026-12-18",
      rule: "deposit",
      isFinal: true,
    });
  });
});

test("a free sequence that cannot be read is none: nothing is told of the letter", async () => {
  const { clock, follow } = await open("Via @SEQUENCE.5S-TUTTO.BENE");
  clock.advance(60 * dayMs);

  expect((await follow()).status).toBe("ACCEPTED");
});

describe("messages", () => {
  test.each([
    ["2026-11-23T09:00:00Z", "2026-11-30"],
    ["2026-11-02T20:00:00Z", "2026-11-10"],
    ["2026-03-25T22:30:00Z", "2026-04-03"],
    ["2026-10-19T22:20:00Z", "2026-10-26"],
  ])("taken at %s perfect the notification on %s", async (start, day) => {
    const { follow } = await open("Via Roma", { start, pec: "prova@pec.it" });

    const [recipient] = (await follow()).recipients;

    expect(recipient?.perfezionamento).toMatchObject({ day, rule: "digital", isFinal: false });
    expect(recipient?.otherDay).toBeUndefined();
  });

  test("that fail count fifteen days from the second round, and a plain letter costs", async () => {
    const { follow, clock } = await open("Via @OK_RS", { pec: "prova@fail.it" });
    clock.advance(30 * dayMs);

    const [recipient] = (await follow()).recipients;

    expect(recipient?.perfezionamento).toMatchObject({
      day: "2026-12-15",
      rule: "digital-failure",
      isFinal: true,
    });
    expect(recipient?.otherDay).toBeUndefined();
    expect(recipient?.attempts).toMatchObject([
      { channel: "digital", outcome: "ko", product: "PEC" },
      { channel: "digital", outcome: "ko", product: "PEC" },
      { channel: "simple-letter", product: "RS", code: "RECRS001C", costCents: 1050 },
    ]);
  });
});

describe("an access", () => {
  test.each<[string, number, string, string, boolean]>([
    ["@OK_890 @VIEWED-12", 40, "2026-12-05", "viewed", false],
    ["@OK_890 @VIEWED-20", 40, "2026-12-08", "analog", true],
    ["@OK_890 @RADD-12", 40, "2026-12-05", "viewed", false],
  ])("%s: the earlier of it and the term", async (token, after, day, rule, isRefined) => {
    const { follow, clock, desk, iun } = await open(`Via ${token}`);
    clock.advance(after * dayMs);

    const followed = await follow();

    const timeline = (await desk.findNotification(iun))?.timeline ?? [];
    expect(followed.status).toBe("VIEWED");
    expect(followed.recipients[0]?.perfezionamento).toMatchObject({ day, rule, isFinal: true });
    expect(timeline.some(({ category }) => category === "REFINEMENT")).toBe(isRefined);
    expect(followed.recipients[0]?.collectedAt === undefined).toBe(!token.includes("RADD"));
  });
});

describe("a correction", () => {
  test("takes the failure back, tells the letter anew, and moves the day by the element's own time", async () => {
    const { follow, clock, control, desk, iun } = await open(
      "Via @FAIL-Irreperibile_890 @COST-364",
    );
    clock.advance(21 * dayMs);
    const before = await follow();

    const status = await control("rework", { attempt: 0 });
    clock.advance(1000);
    const between = await follow();
    clock.advance(20 * dayMs);
    const after = await follow();

    const old = before.recipients[0]?.perfezionamento;
    expect([status, old?.rule, old?.day]).toEqual([204, "untraceable", "2026-12-13"]);
    expect(between.recipients[0]?.perfezionamento).toBeUndefined();
    expect(after.recipients[0]?.perfezionamento).toMatchObject({
      day: "2026-12-28",
      rule: "analog",
      elementId: `REFINEMENT.IUN_${iun}.RECINDEX_0.REWORK_0`,
    });
    expect(after.recipients[0]?.otherDay).toBeUndefined();
    expect(after.recipients[0]?.attempts).toMatchObject([{ code: "RECAG001C", costCents: 364 }]);
    expect(after.corrections).toMatchObject([
      { recipient: 0, before: old, redo: ["terms", "costs", "evidence", "reported"] },
    ]);
    expect(after.status).toBe("EFFECTIVE_DATE");
    const detail = await desk.findNotification(iun);
    expect(detail?.history.map(({ status: one }) => one)).not.toContain("UNREACHABLE");
    // SEND's trap: the details of the new element still tell the old date.
    const refinement = detail?.timeline.find(({ category }) => category === "REFINEMENT");
    expect(refinement?.happenedAt).toBe(old?.at);
  });

  test("of the second letter leaves the first as it was, and can come twice", async () => {
    const { follow, clock, control } = await open("Via @FAIL-DiscoveryIrreperibile_890");
    clock.advance(30 * dayMs);

    const first = await control("rework", {
      attempt: 1,
      sequence: "P RECAG003A{M05} RECAG003C{M05}",
    });
    clock.advance(30 * dayMs);
    const second = await control("rework", { attempt: 1 });
    clock.advance(30 * dayMs);
    const followed = await follow();

    expect([first, second]).toEqual([204, 204]);
    expect(followed.recipients[0]?.attempts.map(({ code }) => code)).toEqual([
      "RECAG003F",
      "RECAG001C",
    ]);
    expect(followed.corrections).toHaveLength(2);
    expect(followed.corrections[1]?.before?.day).toBe("2027-01-06");
    expect(followed.recipients[0]?.perfezionamento?.day).toBe("2027-02-05");
  });

  test.each([
    ["once it was viewed", "Via @OK_890 @VIEWED", {}, 409],
    ["of a letter that was never sent", "Via @OK_890", { attempt: 1 }, 409],
    ["to what is no sequence", "Via @OK_890", { sequence: "tutto bene" }, 400],
    ["of an unknown notification", "Via @OK_890", { iun: "AAAA-AAAA-AAAA-202611-H-1" }, 404],
  ])("is refused %s", async (_why, street, body, status) => {
    const { control, clock, follow } = await open(street);
    clock.advance(20 * dayMs);

    expect(await control("rework", body)).toBe(status);
    expect((await follow()).corrections).toEqual([]);
  });
});

test("the control call for an access is one: a second is refused", async () => {
  const { control, clock, follow } = await open("Via @OK_890");
  clock.advance(6 * dayMs);

  const statuses = [await control("view", {}), await control("view", {})];

  expect(statuses).toEqual([204, 409]);
  expect((await follow()).recipients[0]?.perfezionamento).toMatchObject({
    day: "2026-11-29",
    rule: "viewed",
    isFinal: true,
  });
});
