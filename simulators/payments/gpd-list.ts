/** What the simulated GPD answers to a list: its filters, their limits, what they hide, and states as its jobs have written them. Source: GPD getOrganizationDebtPositions, checkDatesInterval, helm/values-prod. */
import { buildBaseAnswer } from "./gpd-answers.ts";
import { computeStatus } from "./gpd-changes.ts";
import type { StoredPosition } from "./gpd-position.ts";
import { parseGpdInstant } from "./gpd-rules.ts";

type Json = Record<string, unknown>;
type Query = Readonly<Record<string, string>>;

const day = 86_400_000;
const hour = 3_600_000;
/** GPD: max.days.interval. */
const longestIntervalDays = 30;
const mostOnPage = 50;

/** PaymentPositionsInfo of a query, or why GPD refuses it. `positions`: oldest first. */
export function buildListAnswer(
  positions: readonly StoredPosition[],
  query: Query,
  nowMs: number,
): Json | { readonly fault: string } {
  const limit = Number(query["limit"] ?? "10");
  const page = Number(query["page"] ?? "0");
  if (!Number.isInteger(limit) || limit < 1 || limit > mostOnPage)
    return { fault: `limit: 1 to ${mostOnPage}` };
  if (!Number.isInteger(page) || page < 0) return { fault: "page: 0 or more" };
  const due = parseInterval(query["due_date_from"], query["due_date_to"]);
  const paid = parseInterval(query["payment_date_from"], query["payment_date_to"]);
  if (due === "bad" || paid === "bad")
    return {
      fault:
        "Debt positions cannot be recovered. Verify that due_date_to >= due_date_from and that the interval between the two dates not exceed the maximum number of days allowed",
    };
  if (due !== null && paid !== null)
    return {
      fault: "Dates congruence error: due date and payment date filters exclude each other",
    };
  const order = orderBys.get(query["orderby"] ?? "INSERTED_DATE");
  if (order === undefined) return { fault: "orderby: INSERTED_DATE, IUPD, STATUS, COMPANY_NAME" };
  const fitting = positions
    .map((position) => ({ ...position, status: readListedStatus(position, nowMs) }))
    .filter((position) => {
      if (query["status"] !== undefined && position.status !== query["status"]) return false;
      if (paid !== null && !isWithin(paid, position.paymentDate)) return false;
      return due === null || position.paymentOption.some((option) => isWithin(due, option.dueDate));
    })
    .toSorted((one, other) => compareText(order(one), order(other)));
  const ordered = query["ordering"] === "ASC" ? fitting : fitting.toReversed();
  return {
    payment_position_list: ordered
      .slice(page * limit, (page + 1) * limit)
      .map((position) => buildBaseAnswer(hideOptions(position, due))),
    page_info: {
      page,
      limit,
      items_found: Math.max(0, Math.min(limit, ordered.length - page * limit)),
      total_pages: Math.ceil(ordered.length / limit),
    },
  };
}

const orderBys: ReadonlyMap<string, (position: StoredPosition) => string> = new Map([
  ["INSERTED_DATE", ({ insertedDate }: StoredPosition) => insertedDate],
  ["IUPD", ({ iupd }: StoredPosition) => iupd],
  ["STATUS", ({ status }: StoredPosition) => status],
  ["COMPANY_NAME", ({ companyName }: StoredPosition) => companyName],
]);

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** GPD: with a due date filter only the options that fit it are loaded. */
function hideOptions(position: StoredPosition, due: Interval | null): StoredPosition {
  if (due === null) return position;
  return {
    ...position,
    paymentOption: position.paymentOption.filter((option) => isWithin(due, option.dueDate)),
  };
}

/** A list shows what is stored: jobs write VALID at 11:00 and 21:00, EXPIRED at 11:30 and 21:30, UTC. */
function readListedStatus(position: StoredPosition, nowMs: number): StoredPosition["status"] {
  const becameValid = computeStatus(position, findLastJob(nowMs, 0)) !== position.status;
  const status = becameValid && position.status === "PUBLISHED" ? "VALID" : position.status;
  const aged = computeStatus({ ...position, status }, findLastJob(nowMs, hour / 2));
  return aged === "EXPIRED" ? "EXPIRED" : status;
}

function findLastJob(nowMs: number, pastHourMs: number): number {
  const today = Math.floor(nowMs / day) * day;
  const jobs = [-3, 11, 21].map((hours) => today + hours * hour + pastHourMs);
  return jobs.findLast((at) => at <= nowMs) ?? today;
}

interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of one bound alone the other is 30 days away. */
function parseInterval(from: string | undefined, to: string | undefined): Interval | null | "bad" {
  if (from === undefined && to === undefined) return null;
  const longest = longestIntervalDays * day;
  const fromMs =
    from === undefined
      ? parseGpdInstant(`${to}T00:00:00`) - longest
      : parseGpdInstant(`${from}T00:00:00`);
  const toMs =
    to === undefined ? fromMs + longest + day - 1 : parseGpdInstant(`${to}T23:59:59.999`);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return "bad";
  return toMs < fromMs || toMs - fromMs >= longest + day ? "bad" : { fromMs, toMs };
}

function isWithin({ fromMs, toMs }: Interval, dateTime: string | null): boolean {
  if (dateTime === null) return false;
  const ms = parseGpdInstant(dateTime);
  return ms >= fromMs && ms <= toMs;
}
