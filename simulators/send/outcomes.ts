/** What becomes of an accepted notification in the simulated SEND, chosen by the PEC and the address tokens of SEND's own test environment. */
import { toInstant } from "../../engine/host/clock.ts";
import { changesCosts } from "./fees.ts";
import type { Environment } from "./options.ts";
import type { SimulatorStore, StoredRequest } from "./store.ts";
import { recordEvent, type TimelineEvent } from "./timeline.ts";
import type { WireRecipient, WireRequest } from "../../integrations/send/wire.ts";

/** One stage of an outcome: how many days after acceptance, and what is told then. */
export interface OutcomeStage {
  readonly day: number;
  readonly category: string;
  readonly newStatus?: string;
  /** Which letter or message of several it belongs to; absent: to none. */
  readonly attempt?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of SCHEDULE_REFINEMENT: the day on which the term is over. */
  readonly scheduledDay?: number;
  /** Category of the legal fact that comes with it. */
  readonly legalFact?: string;
}

/** What letters cost, by product; cents without VAT. */
type LetterCents = Environment["letterCents"];

/** The stages of one recipient: by PEC where one is given, else by letter where the address has a token; none without either. */
export function planStages(
  recipient: WireRecipient,
  body: WireRequest,
  letterCents: LetterCents,
): readonly OutcomeStage[] {
  const address = recipient.physicalAddress?.address ?? "";
  const readCost = createLetterCosts(address, letterCents);
  const way =
    recipient.digitalDomicile === undefined
      ? planLetterStages(address, recipient, { body, readCost })
      : planPecStages(recipient, readCost);
  // Ours, beside UAT's tokens: the recipient opens the notification after two days, whatever else happens.
  return /@VIEWED\b/i.test(address) ? endWithViewing(way) : way;
}

/** Cents of the letter `attempt` of a recipient, which is of this product. */
type ReadCost = (product: string, attempt: number) => number;

/** Ours, beside UAT's tokens: `@COST-969-963` says what the letters of this address cost, one after the other. */
const costToken = /@COST((?:-[0-9]+)+)\b/i;

function createLetterCosts(address: string, letterCents: LetterCents): ReadCost {
  const told = costToken.exec(address)?.[1]?.slice(1).split("-").map(Number) ?? [];
  return (product, attempt) =>
    told[attempt] ?? told.at(-1) ?? letterCents[product] ?? letterCents.other;
}

function endWithViewing(way: readonly OutcomeStage[]): readonly OutcomeStage[] {
  const before = way.filter(({ day }) => day <= 2);
  return [
    ...before,
    {
      day: 2,
      category: "NOTIFICATION_VIEWED",
      newStatus: "VIEWED",
      details: { notificationCost: 100 },
      legalFact: "RECIPIENT_ACCESS",
    },
  ];
}

/** The term begins on the day `from` and is over on the day `day`. */
const buildRefinement = (from: number, day: number): readonly OutcomeStage[] => [
  { day: from, category: "SCHEDULE_REFINEMENT", scheduledDay: day },
  { day, category: "REFINEMENT", newStatus: "EFFECTIVE_DATE", details: { notificationCost: 100 } },
];

/** `prova@pec.it` takes the message, an address below `fail.it` does not, twice. */
function planPecStages(
  { digitalDomicile, physicalAddress }: WireRecipient,
  readCost: ReadCost,
): readonly OutcomeStage[] {
  const digitalAddress = digitalDomicile;
  const isTaken = !/@(?:.+\.)?fail\.it$/i.test(digitalDomicile?.address ?? "");
  const send = (day: number, attempt: number): readonly OutcomeStage[] => [
    {
      day,
      category: "SEND_DIGITAL_DOMICILE",
      newStatus: "DELIVERING",
      attempt,
      details: { digitalAddress, digitalAddressSource: "SPECIAL", retryNumber: attempt },
    },
    {
      day,
      category: "SEND_DIGITAL_FEEDBACK",
      attempt,
      details: { digitalAddress, responseStatus: isTaken ? "OK" : "KO", sendingReceipts: [] },
      legalFact: "PEC_RECEIPT",
    },
  ];
  // As SEND counts them: seven days after a delivery, fifteen after the last failure.
  if (isTaken)
    return [
      ...send(0, 0),
      {
        day: 0,
        category: "DIGITAL_SUCCESS_WORKFLOW",
        newStatus: "DELIVERED",
        details: { digitalAddress },
        legalFact: "DIGITAL_DELIVERY",
      },
      ...buildRefinement(0, 7),
    ];
  return [
    ...send(0, 0),
    ...send(7, 1),
    {
      day: 7,
      category: "DIGITAL_FAILURE_WORKFLOW",
      newStatus: "DELIVERED",
      legalFact: "DIGITAL_DELIVERY",
    },
    {
      day: 7,
      category: "SEND_SIMPLE_REGISTERED_LETTER",
      details: { physicalAddress, productType: "RS", analogCost: readCost("RS", 0) },
    },
    ...buildRefinement(7, 22),
  ];
}

/** `@OK_890`, `@FAIL-Irreperibile_890`, `@OK-Giacenza-gt10_890`: outcome, how it came to it, product. */
const token = /@(OK|FAIL)((?:-[A-Z0-9]+)*)_([A-Z0-9]+)/i;

function planLetterStages(
  address: string,
  { physicalAddress }: WireRecipient,
  { body, readCost }: { readonly body: WireRequest; readonly readCost: ReadCost },
): readonly OutcomeStage[] {
  const found = token.exec(address);
  if (found === null) return [];
  const [, outcome = "", how = "", product = ""] = found;
  const isOk = outcome.toUpperCase() === "OK";
  const letter = {
    physicalAddress,
    serviceLevel: body.physicalCommunicationType,
    product,
    readCost,
  };
  const send = (day: number, attempt: number) => planLetter(letter, day, attempt);
  const feed = (day: number, attempt: number, failure: string | null) =>
    planFeedback(letter, { day, attempt, failure });
  if (isOk) return [send(1, 0), feed(5, 0, null), ...planDelivery(letter, 5)];
  if (/dece(?:duto|ased)/i.test(how))
    return [send(1, 0), { ...feed(5, 0, "M02"), newStatus: "RETURNED_TO_SENDER" }];
  // The postman finds another address, and the second letter reaches it.
  if (/^-discovery$/i.test(how))
    return [
      send(1, 0),
      feed(3, 0, "M01"),
      send(4, 1),
      feed(8, 1, null),
      ...planDelivery(letter, 8),
    ];
  return [
    send(1, 0),
    feed(5, 0, "M01"),
    {
      day: 10,
      category: "COMPLETELY_UNREACHABLE",
      newStatus: "UNREACHABLE",
      legalFact: "ANALOG_FAILURE_DELIVERY",
    },
    ...buildRefinement(10, 20),
  ];
}

interface Letter {
  readonly physicalAddress: WireRecipient["physicalAddress"];
  readonly serviceLevel: WireRequest["physicalCommunicationType"];
  readonly product: string;
  readonly readCost: ReadCost;
}

function planLetter(letter: Letter, day: number, attempt: number): OutcomeStage {
  const { physicalAddress, serviceLevel, product, readCost } = letter;
  return {
    day,
    category: "SEND_ANALOG_DOMICILE",
    newStatus: "DELIVERING",
    attempt,
    details: {
      physicalAddress,
      serviceLevel,
      sentAttemptMade: attempt,
      productType: product,
      analogCost: readCost(product.toUpperCase(), attempt),
    },
  };
}

function planFeedback(
  { physicalAddress, serviceLevel }: Letter,
  told: { readonly day: number; readonly attempt: number; readonly failure: string | null },
): OutcomeStage {
  const { day, attempt, failure } = told;
  return {
    day,
    category: "SEND_ANALOG_FEEDBACK",
    attempt,
    details: {
      physicalAddress,
      serviceLevel,
      sentAttemptMade: attempt,
      responseStatus: failure === null ? "OK" : "KO",
      ...(failure === null ? {} : { deliveryFailureCause: failure }),
    },
    legalFact: "ANALOG_DELIVERY",
  };
}

/** Ten days, as from a deposit at the post office: so DELIVERED is seen before EFFECTIVE_DATE. */
function planDelivery({ physicalAddress }: Letter, day: number): readonly OutcomeStage[] {
  return [
    {
      day,
      category: "ANALOG_SUCCESS_WORKFLOW",
      newStatus: "DELIVERED",
      details: { physicalAddress },
    },
    ...buildRefinement(day, day + 10),
  ];
}

const rank = ["DELIVERING", "DELIVERED", "UNREACHABLE", "EFFECTIVE_DATE"];

/** Writes down what will be told of an accepted notification, and when. A status is told when the first recipient brings it. */
export function planOutcome(
  store: SimulatorStore,
  request: StoredRequest,
  acceptedAt: number,
  { dayMs, letterCents }: Pick<Environment, "dayMs" | "letterCents">,
): void {
  const body = JSON.parse(request.body) as WireRequest;
  const all = body.recipients.flatMap((recipient, recIndex) =>
    planStages(recipient, body, letterCents).map((stage) => ({ stage, recIndex })),
  );
  let reached = -1;
  for (const { stage, recIndex } of all.toSorted((a, b) => a.stage.day - b.stage.day)) {
    const level = rank.indexOf(stage.newStatus ?? "");
    // The second letter does not make a delivered notification one that is on its way again.
    const isNews = stage.newStatus !== undefined && (level < 0 || level > reached);
    if (isNews && level >= 0) reached = level;
    const event = toEvent(stage, recIndex, acceptedAt, dayMs, isNews);
    store.db
      .query("INSERT INTO planned (iun, at, event) VALUES (?, ?, ?)")
      .run(request.iun, event.at, JSON.stringify(event));
  }
}

function toEvent(
  stage: OutcomeStage,
  recIndex: number,
  acceptedAt: number,
  dayMs: number,
  isNews: boolean,
): TimelineEvent {
  const at = acceptedAt + stage.day * dayMs;
  const isFeedback = stage.category.endsWith("_FEEDBACK");
  return {
    category: stage.category,
    at,
    recIndex,
    ...(stage.attempt === undefined ? {} : { attempt: stage.attempt }),
    ...(isNews && stage.newStatus !== undefined ? { newStatus: stage.newStatus } : {}),
    details: {
      recIndex,
      ...stage.details,
      ...(isFeedback ? { notificationDate: toInstant(at) } : {}),
      ...(stage.scheduledDay === undefined
        ? {}
        : { schedulingDate: toInstant(acceptedAt + stage.scheduledDay * dayMs) }),
    },
    ...(stage.legalFact === undefined ? {} : { legalFact: stage.legalFact }),
  };
}

interface PlannedRow {
  readonly seq: number;
  readonly iun: string;
  readonly event: string;
}

/** Tells what is due. Gives the notifications whose costs have changed. */
export function playOut(store: SimulatorStore, now: number): ReadonlySet<string> {
  const changed = new Set<string>();
  const due = store.db
    .query<PlannedRow, [number]>(
      "SELECT seq, iun, event FROM planned WHERE at <= ? ORDER BY at, seq",
    )
    .all(now);
  if (due.length === 0) return changed;
  store.db.transaction(() => {
    for (const { seq, iun, event } of due) {
      store.db.query("DELETE FROM planned WHERE seq = ?").run(seq);
      const request = store.findByIun(iun);
      const told = JSON.parse(event) as TimelineEvent;
      if (request !== null) recordEvent(store, request, told);
      if (changesCosts(told)) changed.add(iun);
    }
  })();
  return changed;
}

/** A cancelled notification goes no further. */
export function dropPlans(store: SimulatorStore, iun: string): void {
  store.db.query("DELETE FROM planned WHERE iun = ?").run(iun);
}
