/** Rows of one number as one act: each brings a recipient, all else must be the same. */
import type { RowContent } from "./csv-rows.ts";
import type { RowDoubt, RowFault, RowNeighbours } from "../port.ts";
import { mostMates, type SpooledRow } from "./spool.ts";

type Fields = Readonly<Record<string, unknown>>;

/** SEND's own limit. */
const mostRecipients = 15;

/** What is not compared: what each row has for itself, and the number, which is the same however it is typed. */
const ofRow: ReadonlySet<string> = new Set(["numero", "destinatario", "destinatari", "posizioni"]);

/** The row with what its mates bring, or with every fault of any of them. `nameField`: how a person finds a field in the file. */
export function joinRows(row: SpooledRow, nameField: (field: string) => string): SpooledRow {
  const { mates } = row;
  if (mates.length === 0) return row;
  const contents = [row, ...mates].map(({ line, content }) => ({ line, content }));
  const faults = contents.flatMap(({ content }) => ("faults" in content ? content.faults : []));
  const read = contents.flatMap(({ line, content }) =>
    "verbale" in content ? [{ line, ...content }] : [],
  );
  const [first, ...others] = read;
  if (first === undefined) return { ...row, content: { faults } };
  const joined = joinActs(first.verbale, others);
  const found = [
    ...faults,
    ...others.flatMap((other) => listDifferences(first, other, nameField)),
    ...checkCount(row, joined),
  ];
  const doubts = read.flatMap(({ doubts: own = [] }) => own);
  return {
    ...row,
    content: found.length > 0 ? { faults: found } : toContent(joined, doubts),
    neighbours: joinNeighbours([row, ...mates].map(({ neighbours }) => neighbours)),
  };
}

function toContent(verbale: Record<string, unknown>, doubts: readonly RowDoubt[]): RowContent {
  return doubts.length === 0 ? { verbale } : { verbale, doubts };
}

function joinActs(
  first: Fields,
  others: readonly { readonly verbale: Fields }[],
): Record<string, unknown> {
  const recipients = [first, ...others.map(({ verbale }) => verbale)].flatMap(listRecipients);
  const positions = [first, ...others.map(({ verbale }) => verbale)].flatMap(listPositions);
  // One position of all of them is named in each row.
  const unique = new Map(positions.map((position) => [JSON.stringify(position), position]));
  const { posizioni: _, ...act } = first;
  return {
    ...act,
    destinatario: recipients[0],
    destinatari: recipients.slice(1),
    ...(unique.size > 0 && { posizioni: [...unique.values()] }),
  };
}

function listRecipients({ destinatario, destinatari = [] }: Fields): readonly unknown[] {
  return [destinatario, ...(destinatari as readonly unknown[])];
}

function listPositions({ posizioni = [] }: Fields): readonly unknown[] {
  return posizioni as readonly unknown[];
}

interface Read {
  readonly line: number;
  readonly verbale: Fields;
}

function listDifferences(
  first: Read,
  other: Read,
  nameField: (field: string) => string,
): readonly RowFault[] {
  const own = flattenAct(first.verbale);
  const theirs = flattenAct(other.verbale);
  const fields = new Set([...own.keys(), ...theirs.keys()]);
  return [...fields]
    .filter((field) => own.get(field) !== theirs.get(field))
    .map((field) => ({
      line: other.line,
      column: 0,
      header: nameField(field),
      code: "FLUSSO_ROWS_DIFFER",
      message: `il valore non è quello della riga ${first.line}, che ha lo stesso numero: le due righe non sono lo stesso atto.`,
      remedy:
        "correggere il numero, o il valore, nel gestionale ed esportare di nuovo; ciò che è del solo destinatario e non si stampa: chiedere al tecnico di non leggerne la colonna.",
    }));
}

/** By dotted name, as texts to compare; what is empty is as what is not there. */
function flattenAct(act: Fields, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(act)) {
    if (prefix === "" && ofRow.has(name)) continue;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [field, text] of flattenAct(value as Fields, `${prefix}${name}.`))
        found.set(field, text);
    else if (value !== "" && value !== undefined) found.set(prefix + name, JSON.stringify(value));
  }
  return found;
}

function checkCount(
  { line, mates }: Pick<SpooledRow, "line" | "mates">,
  { destinatari }: Fields,
): readonly RowFault[] {
  const count = 1 + (destinatari as readonly unknown[]).length;
  if (count <= mostRecipients) return [];
  const told = mates.length === mostMates ? `più di ${mostRecipients}` : String(count);
  return [
    {
      line,
      column: 0,
      header: null,
      code: "FLUSSO_RECIPIENTS",
      message: `le righe con questo numero portano ${told} destinatari: SEND ne prende ${mostRecipients} per atto.`,
      remedy: "dividere l'atto, o correggere il numero delle righe che sono di un altro.",
    },
  ];
}

/** Of all rows together; `null`: none of them has any. */
function joinNeighbours(all: readonly (RowNeighbours | null)[]): RowNeighbours | null {
  const found = all.filter((each) => each !== null);
  if (found.length === 0) return null;
  const join = (name: Exclude<keyof RowNeighbours, "sameReason">): string[] =>
    [...new Set(found.flatMap((each) => each[name] ?? []))].slice(0, 3);
  const reasons = Math.max(0, ...found.map(({ sameReason = 0 }) => sameReason));
  const similar = join("similar");
  const sameViolation = join("sameViolation");
  const sameHour = join("sameHour");
  const sameProtocol = join("sameProtocol");
  const samePosition = join("samePosition");
  return {
    ...(similar.length > 0 && { similar }),
    ...(sameViolation.length > 0 && { sameViolation }),
    ...(sameHour.length > 0 && { sameHour }),
    ...(reasons > 0 && { sameReason: reasons }),
    ...(sameProtocol.length > 0 && { sameProtocol }),
    ...(samePosition.length > 0 && { samePosition }),
  };
}
