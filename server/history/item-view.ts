/** A verbale as it is shown everywhere: its row of the journal with the codes, files and warnings that its data hold. */
import type { StoredArtifact } from "../../engine/host/files.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import { toFields, toList, toText } from "./fields.ts";
import type { RunStep } from "./run-spec.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Without the data themselves: a table holds thousands. */
export interface ItemView extends Omit<ItemRow, "step" | "data"> {
  /** The step that comes next, or at which the item ended; `null` = it passed them all. */
  readonly step: RunStep | null;
  readonly iuv: readonly string[];
  readonly noticeCodes: readonly string[];
  /** The first of its recipients, surname first or as a company is called; `null` = not said. */
  readonly recipient: string | null;
  /** The fine with its costs, not discounted; `null` = not known. */
  readonly amountCents: number | null;
  /** SEND's notificationRequestId; `null` = not transmitted. */
  readonly token: string | null;
  readonly iun: string | null;
  /** Day on which it was notified to the first of its recipients; `null` = not yet, or nobody asked the register. */
  readonly notifiedOn: string | null;
  /** What the checks found worth a look: Italian sentences; later notes do not replace them. */
  readonly warnings: readonly string[];
  /** As rendered, before the signature. */
  readonly unsigned: readonly StoredArtifact[];
  readonly signed: readonly StoredArtifact[];
  /** The archive that holds them; several items may share one. */
  readonly archive: StoredArtifact | null;
}

/** Reads the known fields of an item, whatever subset it has; `steps` are those of the run's pipeline. */
export function buildItemView(item: ItemRow, steps: readonly RunStep[]): ItemView {
  const { data, ...row } = item;
  // An item that follows a notification carries what was sent as one field.
  const act = toFields(data["act"]);
  const options = toList(toFields(data["payment"] ?? act["payment"])["options"]).map(toFields);
  const archive = toFields(data["archive"]);
  const verbale = toFields(data["verbale"] ?? act["verbale"]);
  return {
    ...row,
    step: steps[item.step] ?? null,
    iuv: pickDistinct(options.map(({ iuv }) => iuv)),
    noticeCodes: pickDistinct(options.map(({ noticeCode }) => noticeCode)),
    recipient: findRecipient(verbale),
    amountCents: findAmount(verbale, options),
    token: toText(toFields(data["notification"] ?? act)["notificationRequestId"]),
    iun: toText(data["iun"]),
    notifiedOn: null,
    warnings: listWarnings(data),
    unsigned: toStoredFiles(data["documents"]),
    signed: toStoredFiles(data["signedDocuments"]),
    archive: toStoredFile(archive["archive"]) ?? toStoredFile(archive),
  };
}

function findRecipient({ destinatario, destinatari }: Fields): string | null {
  const { denominazione, cognome, nome } = toFields(destinatario ?? toList(destinatari)[0]);
  const person = [cognome, nome].map(toText).filter((name) => name !== null);
  return toText(denominazione) ?? (person.length === 0 ? null : person.join(" "));
}

/** Of the codes the dearest; before there are any, what the verbale says. */
function findAmount(verbale: Fields, options: readonly Fields[]): number | null {
  const asked = options
    .map(({ amountCents }) => toCents(amountCents))
    .filter((one) => one !== null);
  if (asked.length > 0) return Math.max(...asked);
  const fine = toCents(verbale["importoRidottoCents"]);
  return fine === null ? null : fine + (toCents(verbale["speseCents"]) ?? 0);
}

function toCents(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}

/** All items of a run in file order, read a page at a time. */
export async function* readItemViews(
  journal: JournalReader,
  runId: string,
  steps: readonly RunStep[],
): AsyncGenerator<ItemView, void, undefined> {
  for await (const page of readItemPages(journal, runId))
    for (const item of page) yield buildItemView(item, steps);
}

/** The item's files as they count at the end: signed ones where there are, else unsigned, and the archive. */
export function pickFinalFiles({ unsigned, signed, archive }: ItemView): readonly StoredArtifact[] {
  const documents = signed.length > 0 ? signed : unsigned;
  return archive === null ? documents : [...documents, archive];
}

/** Every file of the item: what a download may ask for. */
export function listItemFiles({ unsigned, signed, archive }: ItemView): readonly StoredArtifact[] {
  return [...signed, ...unsigned, ...(archive === null ? [] : [archive])];
}

const warners = ["validation", "payment", "notification", "terms", "clocks"] as const;

function listWarnings(data: Fields): readonly string[] {
  const found: unknown[] = [];
  for (const name of warners) found.push(...toList(toFields(data[name])["warnings"]));
  return pickDistinct(found);
}

function pickDistinct(values: readonly unknown[]): readonly string[] {
  // Most have none or one, and a table holds thousands.
  if (values.length === 0) return [];
  const [only] = values;
  if (values.length === 1) return typeof only === "string" && only !== "" ? [only] : [];
  return [...new Set(values.map(toText).filter((value) => value !== null))];
}

function toStoredFiles(value: unknown): readonly StoredArtifact[] {
  return toList(value)
    .map(toStoredFile)
    .filter((file) => file !== null);
}

function toStoredFile(value: unknown): StoredArtifact | null {
  const { name, sha256, bytes } = toFields(value);
  if (typeof name !== "string" || typeof sha256 !== "string" || typeof bytes !== "number")
    return null;
  return /^[0-9a-f]{64}$/.test(sha256) ? { name, sha256, bytes } : null;
}
