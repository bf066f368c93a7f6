/** What follows from a notification and has to be done again after SEND corrected it. */
import type { Followed, RedoKind } from "../../integrations/register/followed.ts";
import type { SentElement } from "../../integrations/send/desk-port.ts";
import type { TakenBack } from "./valid-elements.ts";

type Correction = Followed["corrections"][number];

/**
 * `terms`: the day of perfezionamento moved. `costs`: a letter was taken back or sent anew. `evidence`: proofs belong to
 * elements that do not hold. `reported`: what the office was told is not so any more.
 */
export function listRedo(
  { correction, before }: TakenBack,
  days: { readonly before: string | undefined; readonly now: string | undefined },
): RedoKind[] {
  const taken = correction.invalidated ?? [];
  const isMoved = days.before !== days.now;
  const hasLetters = taken.some(({ category }) => letters.has(category));
  const isProof = ({ legalFacts = [], attachments = [], aarId }: SentElement): boolean =>
    legalFacts.length > 0 || attachments.length > 0 || aarId !== undefined;
  // Within a correction SEND may shorten its elements: what stood before it is looked at too.
  const ids = new Set(taken.map(({ elementId }) => elementId));
  const hasProofs = [...taken, ...before.filter(({ elementId }) => ids.has(elementId))].some(
    isProof,
  );
  return [
    ...(isMoved ? (["terms"] as const) : []),
    ...(hasLetters ? (["costs"] as const) : []),
    ...(hasProofs ? (["evidence"] as const) : []),
    ...(taken.length > 0 ? (["reported"] as const) : []),
  ];
}

const letters: ReadonlySet<string> = new Set(["SEND_ANALOG_DOMICILE"]);

/** What has to be done again of a kind since a record of it was kept; `keptAt`: ISO 8601 UTC, by our clock as SEND's. */
export function findRedoSince(
  { corrections }: Followed,
  kind: RedoKind,
  keptAt: string,
): readonly Correction[] {
  return corrections.filter(
    ({ at, redo = [] }) => redo.includes(kind) && Date.parse(at) > Date.parse(keptAt),
  );
}
