/** SEND's status of a notification, by its elements. Source: pn-timeline-service StateMap; knowledge base, workflow: several recipients. */

export interface StatusElement {
  readonly category: string;
  /** Absent: of the whole notification. */
  readonly recIndex?: number;
}

interface Told {
  readonly status: string;
  /** How the way to each recipient ended. */
  readonly ends: ReadonlyMap<number, "reached" | "lost" | "dead">;
}

export const firstStatus: Told = { status: "", ends: new Map() };

const ends: Readonly<Record<string, "reached" | "lost" | "dead">> = {
  // A failed digital route counts as one that has ended well: the deposit of the notice stands for it.
  DIGITAL_DELIVERY_CREATION_REQUEST: "reached",
  DIGITAL_SUCCESS_WORKFLOW: "reached",
  DIGITAL_FAILURE_WORKFLOW: "reached",
  ANALOG_SUCCESS_WORKFLOW: "reached",
  COMPLETELY_UNREACHABLE: "lost",
  ANALOG_WORKFLOW_RECIPIENT_DECEASED: "dead",
};

const plain: Readonly<Record<string, string>> = {
  SENDER_ACK_CREATION_REQUEST: "IN_VALIDATION",
  REQUEST_ACCEPTED: "ACCEPTED",
  REQUEST_REFUSED: "REFUSED",
  NOTIFICATION_CANCELLED: "CANCELLED",
};

/** What the status is once this element is there too. */
export function addElement(
  before: Told,
  { category, recIndex }: StatusElement,
  recipients: number,
): Told {
  const own = plain[category];
  if (own !== undefined) return { ...before, status: own };
  if (before.status === "CANCELLED") return before;
  if (/^SEND_(?:DIGITAL|ANALOG)_DOMICILE$/.test(category))
    return before.status === "ACCEPTED" ? { ...before, status: "DELIVERING" } : before;
  if (category === "NOTIFICATION_VIEWED") return { ...before, status: "VIEWED" };
  if (category === "REFINEMENT")
    return before.status === "VIEWED" ? before : { ...before, status: "EFFECTIVE_DATE" };
  const end = ends[category];
  if (end === undefined || recIndex === undefined) return before;
  const known = new Map(before.ends).set(recIndex, end);
  return { status: judgeEnds(before.status, known, recipients), ends: known };
}

/** Only once the way to each has ended. */
function judgeEnds(status: string, ended: Told["ends"], recipients: number): string {
  if (ended.size < recipients) return status;
  const all = [...ended.values()];
  if (all.every((end) => end === "dead"))
    return status === "EFFECTIVE_DATE" ? status : "RETURNED_TO_SENDER";
  if (status !== "ACCEPTED" && status !== "DELIVERING") return status;
  return all.includes("reached") ? "DELIVERED" : "UNREACHABLE";
}
