/** What waits to be notified: the records `arrival`, a verbale as it came in or was corrected, and `standing`, where it stands; both by its number. */

/**
 * `ready`: may go; `chosen`: a person wants it in the next flusso; `wrong`: the checks reject it; `excluded`: a person put it
 * aside; `taken`: a flusso has it; `back`: that flusso ended without sending it, and a person says what becomes of it; `sent`: SEND
 * has taken it in charge.
 */
export const waitingStates = [
  "ready",
  "chosen",
  "wrong",
  "back",
  "excluded",
  "taken",
  "sent",
] as const;
export type WaitingState = (typeof waitingStates)[number];

/** Kept by `register`, and by who corrects; key: the number. */
export interface ArrivedVerbale {
  /** The fields of `steps/schemas/verbale.ts`; personal. */
  readonly verbale: Readonly<Record<string, unknown>>;
  /** What others of its file say of it; the fields of `Neighbours` in `steps/schemas/fields.ts`. */
  readonly neighbours?: Readonly<Record<string, unknown>>;
  readonly doubts?: readonly Readonly<Record<string, unknown>>[];
  /** The flusso that registered it; of a correction the one of before. */
  readonly run: string;
  /** Who corrected it and why, and what differs from the version before, in words; absent: as it came. */
  readonly correction?: {
    readonly by: string;
    readonly reason: string;
    readonly changed: readonly string[];
  };
}

/** What `validate` says of it. */
export interface WaitingFault {
  readonly code: string;
  /** For a person. */
  readonly text: string;
}

/** What of a verbale a list shows; personal. */
export interface WaitingRow {
  readonly numero: string;
  readonly protocollo: string | null;
  readonly targa: string;
  /** Whom it is for; of several the first, and how many more. */
  readonly denomination: string;
  /** Names and tax codes of all of them, to be found by. */
  readonly people: readonly string[];
  /** Day of the violation, `YYYY-MM-DD`. */
  readonly day: string;
  /** To be paid within 60 days, without SEND's costs, cents. */
  readonly amountCents: number;
}

/** Where it stands; key: the number, subject: the state, due: the day until which it has to be notified. */
export interface WaitingStanding {
  readonly state: WaitingState;
  readonly row: WaitingRow;
  /** Which version of its arrival. */
  readonly arrival: number;
  /** By what it came: the name of a file, or of what stands for one. */
  readonly origin: string;
  /** When this version of it came, ISO 8601 UTC. */
  readonly arrivedAt: string;
  /** `YYYY-MM-DD`; `null`: the checks could not tell. */
  readonly notifyBy: string | null;
  readonly faults: readonly WaitingFault[];
  readonly warnings: readonly string[];
  /** The flusso that has or had it; `null`: none so far. */
  readonly flusso: string | null;
  /** Why it came back, for a person. */
  readonly why: WaitingFault | null;
  /** Who said last what becomes of it. */
  readonly word: { readonly by: string; readonly at: string } | null;
}

/** Kept by `load-register` with what it takes; key: the flusso, subject: `open` until all that it took has its end. */
export interface Taking {
  readonly flusso: string;
}

/** The draft of where a verbale stands, found by what of it people look for. */
export function buildStanding(
  standing: WaitingStanding,
  follows: number | null,
): {
  readonly kind: "standing";
  readonly key: string;
  readonly subject: string;
  readonly dueAt: string | null;
  readonly words: string;
  readonly follows: number | null;
  readonly data: WaitingStanding;
} {
  const { state, row, notifyBy } = standing;
  const hasTerm = state !== "sent" && state !== "excluded";
  return {
    kind: "standing",
    key: row.numero,
    subject: state,
    // One whose term nobody can tell stands behind all others.
    dueAt: hasTerm ? `${notifyBy ?? "9999-12-31"}T00:00:00.000Z` : null,
    words: buildWords(standing),
    follows,
    data: standing,
  };
}

/** Stands between the words of a line: nobody types it. */
const edge = "\u001f";

function buildWords({ row, origin, faults, why, flusso }: WaitingStanding): string {
  const { numero, protocollo, targa, people, day } = row;
  const codes = [...faults, ...(why === null ? [] : [why])].map(({ code }) => code);
  return [
    "",
    ...[numero, protocollo ?? "", targa, ...people].map(foldWaiting),
    markFacet("origin", origin),
    markFacet("month", day.slice(0, 7)),
    ...new Set(codes.map((code) => markFacet("code", code))),
    ...(flusso === null ? [] : [markFacet("flusso", flusso)]),
    "",
  ].join(edge);
}

/** By what lists of those that wait are narrowed, besides their state. */
export type WaitingFacet = "origin" | "month" | "code" | "flusso";

function markFacet(facet: WaitingFacet, value: string): string {
  return `${facet}=${value}`;
}

/** What the words of a record must hold to have this; `text`: what somebody typed, every word of it somewhere. */
export function listWaitingWords(asked: {
  readonly text?: string;
  readonly facets?: Readonly<Partial<Record<WaitingFacet, string>>>;
}): readonly string[] {
  const facets = Object.entries(asked.facets ?? {}).map(
    ([facet, value]) => `${edge}${markFacet(facet as WaitingFacet, value)}${edge}`,
  );
  return [
    ...facets,
    ...foldWaiting(asked.text ?? "")
      .split(" ")
      .filter((word) => word !== ""),
  ];
}

/** Small letters without accents: how a line and what is looked for in it are written. */
function foldWaiting(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
}
