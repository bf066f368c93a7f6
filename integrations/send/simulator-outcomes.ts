/** What becomes of an accepted notification in the simulated SEND, chosen by the address tokens of SEND's own test environment. */
import type { SimulatorStore, StoredRequest } from "./simulator-store.ts";
import { record, type TimelineEvent } from "./simulator-timeline.ts";
import type { WireRequest } from "./wire.ts";

/** One stage of an outcome: how many days after acceptance, and what is told then. */
interface Stage {
  readonly day: number;
  readonly category: string;
  readonly newStatus?: string;
  readonly kind: "send" | "feedback-ok" | "feedback-ko" | "plain" | "refinement";
}

const sending: Stage = {
  day: 1,
  category: "SEND_ANALOG_DOMICILE",
  newStatus: "DELIVERING",
  kind: "send",
};
const refinement: Stage = {
  day: 15,
  category: "REFINEMENT",
  newStatus: "EFFECTIVE_DATE",
  kind: "refinement",
};
const delivered: readonly Stage[] = [
  sending,
  { day: 5, category: "SEND_ANALOG_FEEDBACK", newStatus: "DELIVERED", kind: "feedback-ok" },
  refinement,
];
const unreachable: readonly Stage[] = [
  sending,
  { day: 5, category: "SEND_ANALOG_FEEDBACK", kind: "feedback-ko" },
  { day: 10, category: "COMPLETELY_UNREACHABLE", newStatus: "UNREACHABLE", kind: "plain" },
  { ...refinement, day: 20 },
];
const returned: readonly Stage[] = [
  sending,
  {
    day: 5,
    category: "SEND_ANALOG_FEEDBACK",
    newStatus: "RETURNED_TO_SENDER",
    kind: "feedback-ko",
  },
];

/** The stages of a token such as `@OK_890` or `@FAIL-Irreperibile_890`; none without a token. */
export function stagesOf(address: string): readonly Stage[] {
  const token = /@([A-Za-z]+)(?:-([A-Za-z0-9]+))?_/.exec(address);
  if (token === null) return [];
  const [, outcome = "", cause = ""] = token;
  if (outcome.toUpperCase() === "OK") return delivered;
  if (outcome.toUpperCase() !== "FAIL") return [];
  return /deceduto|deceased/i.test(cause) ? returned : unreachable;
}

/** Writes down what will be told of an accepted notification, and when. */
export function planOutcome(
  store: SimulatorStore,
  request: StoredRequest,
  acceptedAt: number,
  dayMs: number,
): void {
  const body = JSON.parse(request.body) as WireRequest;
  const [recipient] = body.recipients;
  for (const stage of stagesOf(recipient?.physicalAddress?.address ?? "")) {
    const event: TimelineEvent = {
      category: stage.category,
      at: acceptedAt + stage.day * dayMs,
      ...(stage.newStatus === undefined ? {} : { newStatus: stage.newStatus }),
      details: detailsOf(stage, body),
    };
    store.db
      .query("INSERT INTO planned (iun, at, event) VALUES (?, ?, ?)")
      .run(request.iun, event.at, JSON.stringify(event));
  }
}

function detailsOf({ kind }: Stage, body: WireRequest): Readonly<Record<string, unknown>> {
  const letter = {
    recIndex: 0,
    physicalAddress: body.recipients[0]?.physicalAddress,
    serviceLevel: body.physicalCommunicationType,
    sentAttemptMade: 0,
  };
  const details: Readonly<Record<Stage["kind"], Readonly<Record<string, unknown>>>> = {
    // 10.50 euro: what a letter of the test environment costs.
    send: { ...letter, productType: "890", analogCost: 1050 },
    "feedback-ok": { ...letter, responseStatus: "OK" },
    "feedback-ko": { ...letter, responseStatus: "KO" },
    refinement: { recIndex: 0, notificationCost: 100 },
    plain: { recIndex: 0 },
  };
  return details[kind];
}

interface PlannedRow {
  readonly seq: number;
  readonly iun: string;
  readonly event: string;
}

/** Tells what is due. */
export function playOut(store: SimulatorStore, now: number): void {
  const due = store.db
    .query<PlannedRow, [number]>(
      "SELECT seq, iun, event FROM planned WHERE at <= ? ORDER BY at, seq",
    )
    .all(now);
  if (due.length === 0) return;
  store.db.transaction(() => {
    for (const { seq, iun, event } of due) {
      store.db.query("DELETE FROM planned WHERE seq = ?").run(seq);
      const request = store.byIun(iun);
      if (request !== null) record(store, request, JSON.parse(event) as TimelineEvent);
    }
  })();
}

/** A cancelled notification goes no further. */
export function dropPlans(store: SimulatorStore, iun: string): void {
  store.db.query("DELETE FROM planned WHERE iun = ?").run(iun);
}
