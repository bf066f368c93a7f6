/** Every outcome of SEND's test tokens beside what may cross it: each notification has its end, or says whom it waits for. */
import { expect, test } from "bun:test";
import { toInstant, toRomeDay } from "../../../../engine/host/clock.ts";
import type { Followed } from "../../../../integrations/register/followed.ts";
import type { SentNotification } from "../../../../integrations/send/desk-port.ts";
import { createSendDesk } from "../../../../integrations/send/desk.ts";
import { tokenNames } from "../../../../simulators/send/outcomes/tokens.ts";
import { computeFollowed } from "../../../../steps/following/compute-followed.ts";
import { findEnd } from "../../../../steps/following/next-look.ts";
import { makePatience } from "../../../support/patience.ts";
import {
  accessOf,
  fakeClock,
  makeSend,
  paTaxId,
  sampleRequest,
} from "../../integrations/send/setup.ts";

const dayMs = 86_400_000;
const start = "2026-11-23T09:00:00Z";

/** Days after acceptance; a letter leaves on the fifth. */
const crossings = {
  nothing: [],
  "an access before any letter": [[2, "view", {}]],
  "an access while the letter is young": [[9, "view", {}]],
  "an access when it is old": [[40, "view", {}]],
  "a counter of RADD": [[12, "view", { radd: "ALT" }]],
  "a cancellation on its way": [[8, "cancel", {}]],
  "an access, then a cancellation": [
    [9, "view", {}],
    [12, "cancel", {}],
  ],
  "a late access, then a cancellation": [
    [17, "view", {}],
    [18, "cancel", {}],
  ],
} as const satisfies Readonly<
  Record<string, readonly (readonly [number, "view" | "cancel", object])[]>
>;
type Crossing = keyof typeof crossings;

interface Route {
  readonly token: string;
  readonly pec?: string;
  /** The letter goes there: an AR becomes a RIR, a simple one a RIS. */
  readonly foreignState?: string;
}

const routes: readonly Route[] = [
  ...tokenNames
    .filter((name) => !/_(RS|RIS|RIR)$/.test(name) || name === "OK_START_RS")
    .map((token) => ({ token })),
  ...["OK_RS", "FAIL_RS", "OK_START_RS", "OK-Retry_RS"].map((token) => ({
    token,
    pec: "prova@fail.it",
  })),
  ...["OK_RIR", "FAIL_RIR"].map((token) => ({ token, foreignState: "FRANCIA" })),
  ...["OK_RIS", "FAIL_RIS"].map((token) => ({
    token,
    pec: "prova@fail.it",
    foreignState: "FRANCIA",
  })),
  { token: "Roma", pec: "prova@pec.it" },
  { token: "SEQUENCE.5S-TUTTO.BENE" },
  { token: "SEQUENCE.CON080.CON018" },
  { token: "SEQUENCE.RECAG010.RECAG011A" },
];

/** Letters of which SEND never tells the end: nothing else does, unless somebody looks or cancels. */
const endless = [
  "FAIL_Consolidatore-AR",
  "FAIL_ConsolidatoreIndirizzo-AR",
  "OK_START_RS",
  "SEQUENCE.CON080.CON018",
  "SEQUENCE.RECAG010.RECAG011A",
];
/** No letter leaves: SEND keeps it ACCEPTED, and nothing is told of it. */
const unsent = "SEQUENCE.5S-TUTTO.BENE";

async function play(isTwo: boolean): Promise<readonly Ends[]> {
  const world = await makeSend({ clock: fakeClock(Date.parse(start)) });
  const desk = createSendDesk(accessOf(world));
  const { recipients, ...request } = await sampleRequest(world.send);
  const [recipient] = recipients;
  if (recipient === undefined) throw new Error("no recipient");
  const cases: { route: Route; crossing: Crossing; iun: string }[] = [];
  const sent: { route: Route; crossing: Crossing; id: string }[] = [];
  for (const route of routes)
    for (const crossing of Object.keys(crossings) as Crossing[]) {
      const protocol = `V-${sent.length}`;
      const notice = (index: number) => [
        {
          noticeCode: `3020100000${String(sent.length * 2 + index).padStart(8, "0")}`,
          creditorTaxId: paTaxId,
        },
      ];
      const { notificationRequestId: id } = await world.send.send({
        ...request,
        protocol,
        idempotenceToken: protocol,
        recipients: [
          {
            ...recipient,
            address: {
              ...recipient.address,
              via: `Via @${route.token}`,
              civico: "",
              ...(route.foreignState !== undefined && { foreignState: route.foreignState }),
            },
            ...(route.pec === undefined ? {} : { pec: route.pec }),
            payments: notice(0),
          },
          ...(isTwo
            ? [
                {
                  ...recipient,
                  taxId: "BNRMHL75C06G702B",
                  pec: "prova@pec.it",
                  payments: notice(1),
                },
              ]
            : []),
        ],
      });
      sent.push({ route, crossing, id });
    }
  world.clock.advance(2000);
  for (const { route, crossing, id } of sent) {
    const found = await world.send.findStatus(id);
    if (found?.status !== "accepted") throw new Error(`${route.token}: ${JSON.stringify(found)}`);
    cases.push({ route, crossing, iun: found.iun });
  }
  const accepted = world.clock.now();
  for (const day of [2, 8, 9, 12, 17, 18, 40, 200]) {
    world.clock.advance(accepted + day * dayMs - world.clock.now());
    for (const { crossing, iun } of cases)
      for (const [at, what, more] of crossings[crossing])
        if (at === day && what === "cancel") await desk.cancel(iun);
        else if (at === day)
          await world.fetch("http://send.test/send/control/view", {
            method: "POST",
            body: JSON.stringify({ iun, ...more }),
          });
  }
  const details = new Map<string, SentNotification>();
  for (const { route, crossing, iun } of cases) {
    const detail = await desk.findNotification(iun);
    if (detail === null) throw new Error("SEND does not know it");
    details.set(`${nameRoute(route)} / ${crossing}`, detail);
  }
  // Where the terms of this SEND are known, and where they are not.
  return [10, null].map((termDays) => {
    const patience = makePatience(toInstant(world.clock.now()), termDays);
    const options = { recipients: isTwo ? 2 : 1, isChecked: false, patience };
    return new Map([...details].map(([name, detail]) => [name, computeFollowed(detail, options)]));
  });
}

type Ends = ReadonlyMap<string, Followed>;

function nameRoute({ token, pec }: Route): string {
  return pec === undefined ? token : `${token} (${pec})`;
}

function findDay(followed: Followed | undefined): string | undefined {
  return followed?.recipients[0]?.perfezionamento?.day;
}

function dayAfter(days: number): string {
  return toRomeDay(Date.parse(start) + days * dayMs);
}

test.each([
  ["one recipient", false],
  ["a second recipient who is reached by PEC", true],
])("%s: each notification has an end, or says whom it waits for", async (_title, isTwo) => {
  for (const ends of await play(isTwo)) {
    const waiting = [...ends].filter(([, followed]) => findEnd(followed) === null);
    expect(waiting.map(([name]) => name).toSorted()).toEqual(
      [...endless, unsent].map((token) => `${token} / nothing`).toSorted(),
    );
    for (const [name, { status, warnings = [] }] of waiting) {
      const isUnsent = name.startsWith(unsent);
      const alone = isUnsent ? "ACCEPTED" : "DELIVERING";
      expect([name, status, warnings]).toEqual([
        name,
        isTwo ? "EFFECTIVE_DATE" : alone,
        isUnsent ? [] : [expect.stringMatching(/SEND non dice più nulla.*assistenza di SEND/)],
      ]);
    }
    for (const [name, { recipients }] of ends) {
      const letter = recipients[0]?.attempts.find(({ channel }) => /analog|letter/.test(channel));
      const product = /RI[RS]/.exec(name)?.[0];
      if (letter !== undefined && product !== undefined)
        expect([name, letter.product]).toEqual([name, product]);
    }
    for (const [name, followed] of ends) {
      const [route = ""] = name.split(" / ");
      const term = findDay(ends.get(`${route} / nothing`));
      const crossing = name.slice(route.length + 3) as Crossing;
      expect([name, findDay(followed)]).toEqual([name, expectDay(crossing, term)]);
    }
  }
});

/** The earlier of the first access and the term that would have come without it. */
function expectDay(crossing: Crossing, term: string | undefined): string | undefined {
  if (crossing === "nothing") return term;
  if (crossing === "a cancellation on its way")
    return term !== undefined && term <= dayAfter(8) ? term : undefined;
  const accesses = crossings[crossing].flatMap(([day, what]) => (what === "view" ? [day] : []));
  return [...accesses.map(dayAfter), ...(term === undefined ? [] : [term])].toSorted()[0];
}
