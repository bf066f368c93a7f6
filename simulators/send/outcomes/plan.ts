/** What becomes of an accepted notification in the simulated SEND, chosen by the PEC and the address tokens of SEND's own test environment. */
import { toInstant } from "../../../engine/host/clock.ts";
import type { WireRecipient, WireRequest } from "../../../integrations/send/wire.ts";
import { changesCosts } from "../fees.ts";
import type { Environment } from "../options.ts";
import type { SimulatorStore, StoredRequest } from "../store.ts";
import { readTimeline, recordEvent, type TimelineEvent } from "../timeline.ts";
import { planLetters, type ReadCost } from "./letter.ts";
import { planMessage } from "./message.ts";
import { findSequence, type Sequence } from "./tokens.ts";

export type OutcomeSettings = Pick<
  Environment,
  "dayMs" | "letterCents" | "terms" | "platformAddresses"
>;

/** Writes down what will be told of an accepted notification, and when. */
export function planOutcome(
  store: SimulatorStore,
  request: StoredRequest,
  acceptedAt: number,
  settings: OutcomeSettings,
): void {
  const body = JSON.parse(request.body) as WireRequest;
  const events = body.recipients.flatMap((recipient, recIndex) =>
    planRecipient(recipient, { recIndex, body, acceptedAt, settings }),
  );
  schedule(store, request.iun, events);
}

/** Puts events on the list of what will be told; those of one instant in the order given. */
export function schedule(
  store: SimulatorStore,
  iun: string,
  events: readonly TimelineEvent[],
): void {
  for (const event of events.toSorted((left, right) => left.at - right.at))
    store.db
      .query("INSERT INTO planned (iun, at, event) VALUES (?, ?, ?)")
      .run(iun, event.at, JSON.stringify(event));
}

interface RecipientPlan {
  readonly recIndex: number;
  readonly body: WireRequest;
  readonly acceptedAt: number;
  readonly settings: OutcomeSettings;
}

/** By message where the recipient has a digital address, else by letter where the address has a token; nothing without either. */
function planRecipient(recipient: WireRecipient, plan: RecipientPlan): readonly TimelineEvent[] {
  const { recIndex, body, acceptedAt, settings } = plan;
  const { dayMs, terms, letterCents, platformAddresses } = settings;
  const address = recipient.physicalAddress?.address ?? "";
  const readCost = createLetterCosts(address, letterCents);
  const { physicalAddress } = recipient;
  const isAbroad = isForeign(physicalAddress);
  const sequence = sendAbroad(findSequence(address), isAbroad);
  const common = { recIndex, physicalAddress, readCost, terms, dayMs };
  const platform = platformAddresses[recipient.taxId];
  const digitalAddress = platform ?? recipient.digitalDomicile;
  if (digitalAddress !== undefined) {
    const source = platform === undefined ? "SPECIAL" : "PLATFORM";
    const product = isAbroad ? "RIS" : "RS";
    const letter = { product, steps: sequence?.product === product ? sequence.steps : [] };
    const way = planMessage({ ...common, digitalAddress, source, letter, sentAt: acceptedAt });
    return addAccess(address, [...planNotice(plan), ...way], plan);
  }
  if (sequence === null) return addAccess(address, [], plan);
  const way = planLetters({
    ...common,
    sequence,
    serviceLevel: body.physicalCommunicationType,
    sentAt: acceptedAt + dayMs,
    attempt: 0,
  });
  return addAccess(address, [...planNotice(plan), ...planSearch(plan), ...way], plan);
}

/** SEND's documentation: abroad an AR becomes a RIR, a simple letter a RIS; of an 890 it says nothing. */
function sendAbroad(sequence: Sequence | null, isAbroad: boolean): Sequence | null {
  if (sequence === null || !isAbroad) return sequence;
  const { product } = sequence;
  return { ...sequence, product: abroad[product] ?? product };
}

const abroad: Readonly<Record<string, string>> = { AR: "RIR", RS: "RIS" };

function isForeign(address: WireRecipient["physicalAddress"]): boolean {
  const state = (address?.foreignState ?? "").trim();
  return state !== "" && !/^ital/i.test(state);
}

/** Ours, beside UAT's tokens: `@COST-969-963` says what the letters of this address cost, one after the other. */
const costToken = /@COST((?:-[0-9]+)+)\b/i;

export function createLetterCosts(
  address: string,
  letterCents: Environment["letterCents"],
): ReadCost {
  const told = costToken.exec(address)?.[1]?.slice(1).split("-").map(Number) ?? [];
  return (product, attempt) =>
    told[attempt] ?? told.at(-1) ?? letterCents[product] ?? letterCents.other;
}

function planNotice({ recIndex, acceptedAt: at }: RecipientPlan): readonly TimelineEvent[] {
  return [
    {
      category: "AAR_CREATION_REQUEST",
      at,
      recIndex,
      details: { recIndex, numberOfPages: 1, aarKey: `safestorage://PN_AAR-${recIndex}.pdf` },
    },
    {
      category: "AAR_GENERATION",
      at,
      recIndex,
      details: { recIndex, numberOfPages: 1 },
      aar: true,
    },
  ];
}

/** SEND looks for a digital address before it prints. */
function planSearch({ recIndex, acceptedAt: at }: RecipientPlan): readonly TimelineEvent[] {
  const look = (source: string): TimelineEvent => ({
    category: "GET_ADDRESS",
    at,
    recIndex,
    suffix: `.SOURCE_${source}.ATTEMPT_0`,
    details: {
      recIndex,
      digitalAddressSource: source,
      isAvailable: false,
      attemptDate: toInstant(at),
    },
  });
  const tell = (category: string, details = {}): TimelineEvent => ({
    category,
    at,
    recIndex,
    details: { recIndex, ...details },
  });
  return [
    look("PLATFORM"),
    look("SPECIAL"),
    tell("PUBLIC_REGISTRY_CALL", {
      deliveryMode: "DIGITAL",
      contactPhase: "CHOOSE_DELIVERY",
      sentAttemptMade: 0,
      sendDate: toInstant(at),
    }),
    tell("PUBLIC_REGISTRY_RESPONSE"),
    look("GENERAL"),
    tell("SCHEDULE_ANALOG_WORKFLOW"),
  ];
}

/** Ours, beside UAT's tokens: the recipient opens the notification after two days (`@VIEWED`), or so many (`@VIEWED-12`), on the portal or over the counter (`@RADD-3`). */
const accessToken = /@(VIEWED|RADD)(?:-([0-9]+))?\b/i;

function addAccess(
  address: string,
  way: readonly TimelineEvent[],
  { recIndex, acceptedAt, settings }: RecipientPlan,
): readonly TimelineEvent[] {
  const token = accessToken.exec(address);
  if (token === null) return way;
  const at = acceptedAt + Number(token[2] ?? "2") * settings.dayMs;
  const isRadd = token[1]?.toUpperCase() === "RADD";
  const hasLeft = way.some((event) => event.category.startsWith("SEND_") && event.at <= at);
  const access = buildAccess({ recIndex, at, ...(isRadd ? { radd: "ALT" } : {}) });
  // Paper that has not left stays where it is.
  return [...way.filter((event) => hasLeft || event.at <= at), ...access];
}

/** What SEND tells of the first access. */
export function buildAccess({
  recIndex,
  at,
  radd,
}: {
  readonly recIndex: number;
  readonly at: number;
  readonly radd?: string;
}): readonly TimelineEvent[] {
  const eventTimestamp = toInstant(at);
  const counter: TimelineEvent = {
    category: "NOTIFICATION_RADD_RETRIEVED",
    at,
    recIndex,
    details: { recIndex, eventTimestamp, raddType: radd, raddTransactionId: `radd-${recIndex}` },
  };
  return [
    ...(radd === undefined ? [] : [counter]),
    {
      category: "NOTIFICATION_VIEWED",
      at,
      recIndex,
      details: {
        recIndex,
        eventTimestamp,
        notificationCost: 100,
        ...(radd === undefined ? {} : { raddType: radd }),
      },
      legalFact: "RECIPIENT_ACCESS",
    },
  ];
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
  const stopped: { readonly iun: string; readonly letter: TimelineEvent }[] = [];
  store.db.transaction(() => {
    for (const { seq, iun, event } of due) {
      store.db.query("DELETE FROM planned WHERE seq = ?").run(seq);
      const request = store.findByIun(iun);
      const told = JSON.parse(event) as TimelineEvent;
      if (request === null || isOvertaken(told, request, store)) continue;
      if (told.rework === undefined && isStopped(told, request, store)) {
        dropLetter(store, iun, told);
        stopped.push({ iun, letter: told });
      }
      if (stopped.some(({ iun: of, letter }) => of === iun && isOfLetter(letter, told))) continue;
      recordEvent(store, request, told);
      if (changesCosts(told)) changed.add(iun);
    }
  })();
  return changed;
}

/** Who looked before the term is over has no end of the term, and is viewed once. Source: pn-delivery-push-workflow RefinementHandler. */
function isOvertaken(
  { category, recIndex, happenedAt, at }: TimelineEvent,
  request: StoredRequest,
  store: SimulatorStore,
): boolean {
  if (category !== "REFINEMENT" && category !== "NOTIFICATION_VIEWED") return false;
  const view = findView(recIndex, request, store);
  if (view === undefined) return false;
  return category === "NOTIFICATION_VIEWED" || Date.parse(view.timestamp) < (happenedAt ?? at);
}

function findView(
  recIndex: number | undefined,
  request: StoredRequest,
  store: SimulatorStore,
): { readonly timestamp: string } | undefined {
  return readTimeline(request, store).find(
    ({ category, details }) =>
      category === "NOTIFICATION_VIEWED" && details["recIndex"] === recIndex,
  );
}

const letterBegins: ReadonlySet<string> = new Set([
  "SEND_SIMPLE_REGISTERED_LETTER",
  "PREPARE_ANALOG_DOMICILE",
  "SEND_ANALOG_DOMICILE",
]);

/** Whoever looked gets no letter more: the cost is final. Source: the price is final once NOTIFICATION_VIEWED is in the timeline, before it a second letter may come. */
function isStopped(event: TimelineEvent, request: StoredRequest, store: SimulatorStore): boolean {
  return letterBegins.has(event.category) && findView(event.recIndex, request, store) !== undefined;
}

/** The plain letter after a failed message changes nothing else; whatever came of another letter does not come about. */
function isOfLetter(letter: TimelineEvent, { category, recIndex }: TimelineEvent): boolean {
  if (recIndex !== letter.recIndex) return false;
  const plain = "SEND_SIMPLE_REGISTERED_LETTER";
  return letter.category === plain
    ? category.startsWith(plain)
    : !category.startsWith("NOTIFICATION_");
}

function dropLetter(store: SimulatorStore, iun: string, letter: TimelineEvent): void {
  const rows = store.db
    .query<PlannedRow, [string]>("SELECT seq, iun, event FROM planned WHERE iun = ?")
    .all(iun);
  for (const { seq, event } of rows)
    if (isOfLetter(letter, JSON.parse(event) as TimelineEvent))
      store.db.query("DELETE FROM planned WHERE seq = ?").run(seq);
}

/** A cancelled notification goes no further; nor, with `recIndex`, does what is planned for this recipient. */
export function dropPlans(store: SimulatorStore, iun: string, recIndex?: number): void {
  if (recIndex === undefined) store.db.query("DELETE FROM planned WHERE iun = ?").run(iun);
  else
    store.db
      .query("DELETE FROM planned WHERE iun = ? AND json_extract(event, '$.recIndex') = ?")
      .run(iun, recIndex);
}
