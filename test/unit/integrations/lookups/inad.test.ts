/** INAD: a domicile or none, one voucher for many, and a tax code that no error repeats. */
import { expect, test } from "bun:test";
import { messageOf, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { type LookupWorldOptions, openLookups } from "../../../support/lookups.ts";
import { catchThrown } from "../../../support/thrown.ts";

const tommaso = "NVNTMS66B24X001Q";
const people = [
  { codiceFiscale: tommaso, domicilioDigitale: "tommaso@pec.example" },
  { codiceFiscale: "99980040192", domicilioDigitale: "impresa@pec.example" },
  { codiceFiscale: "FNTTMS54R12X001U", nonRisponde: true },
];

function ask(world: ReturnType<typeof openLookups>, taxCode: string) {
  return world.lookups.findDomicile({ taxCode, numero: "T1", runId: "run-1" });
}

test.each([
  ["a person", tommaso, { status: "found", address: "tommaso@pec.example", askedOn: "2026-11-23" }],
  ["a company", "99980040192", { status: "found", address: "impresa@pec.example" }],
  ["nobody", "RSSMRA80A01H501U", { status: "none" }],
  // INAD takes no letters in the place of digits.
  ["omocodia", "NVNTMS66B24X00MQ", { status: "not-asked" }],
])("%s", async (_title, taxCode, answer) => {
  expect(await ask(openLookups({ people }), taxCode)).toMatchObject(answer);
});

test("one voucher serves many questions, an answer serves its days", async () => {
  const world = openLookups({ people });
  await ask(world, tommaso);
  await ask(world, "RSSMRA80A01H501U");
  await ask(world, tommaso);
  expect(world.requests.filter(({ url }) => url.includes("/pdnd/"))).toHaveLength(1);
  expect(world.noted.map(({ register }) => register)).toEqual(["INAD", "INAD"]);
  world.clock.advance(600_000);
  await ask(world, "99980040192");
  expect(world.requests.filter(({ url }) => url.includes("/pdnd/"))).toHaveLength(2);
});

const answers = (status: number, body: unknown): LookupWorldOptions => ({
  people,
  intercept: ({ url }) => (url.includes("/inad/") ? Response.json(body, { status }) : null),
});

test("a domicile that has ended is none", async () => {
  const ended = { motivation: "CESSAZIONE_VOLONTARIA", dateEndValidity: "2026-01-01T00:00:00Z" };
  const digitalAddress = [{ digitalAddress: "vecchio@pec.example", usageInfo: ended }];
  const world = openLookups(answers(200, { codiceFiscale: tommaso, digitalAddress }));
  expect(await ask(world, tommaso)).toMatchObject({ status: "none" });
});

test.each<[string, LookupWorldOptions, typeof RetryLater | typeof RunBlocked, string]>([
  ["away", answers(503, {}), RetryLater, "SERVICE_UNAVAILABLE"],
  ["the page of a proxy", answers(200, "<html>"), RetryLater, "UNREADABLE_ANSWER"],
  [
    "somebody else",
    answers(200, { codiceFiscale: "ALTRO", digitalAddress: [] }),
    RetryLater,
    "UNREADABLE_ANSWER",
  ],
  ["another address", answers(404, {}), RunBlocked, "LOOKUP_REFUSED"],
  ["refused", answers(401, {}), RunBlocked, "LOOKUP_DENIED"],
  [
    "no connection",
    {
      people,
      intercept: ({ url }) => {
        if (url.includes("/inad/")) throw new TypeError(`failed: ${url}`);
        return null;
      },
    },
    RetryLater,
    "NO_ANSWER",
  ],
  ["not named in the file", { change: () => ({}) }, RunBlocked, "LOOKUP_SETTINGS"],
])("%s: nobody is named", async (_title, options, kind, code) => {
  const error = await catchThrown(ask(openLookups(options), tommaso));
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ code });
  expect(`${messageOf(error)} ${JSON.stringify(error)}`).not.toContain(tommaso);
});
