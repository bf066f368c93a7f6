/** Guesses what each column of an export is, by its name, by its cells and by the other columns; says what it is not sure of. Knows no terminal. */
import { fieldSpecs } from "../fields.ts";
import type { ColumnRule } from "../mapping/column-rule.ts";
import type { FlussoSettings } from "../settings.ts";
import type { TownBook } from "./cell-tests.ts";
import { collectColumnFacts } from "./column-facts.ts";
import { comesAgain, compareActs } from "./compare-acts.ts";
import { compareAddresses } from "./compare-addresses.ts";
import { compareAmounts } from "./compare-amounts.ts";
import { comparePersons } from "./compare-persons.ts";
import { listTargetFields, type ColumnGuess, type Target } from "./column-guess.ts";
import { assignTarget, leaveOut, type Draft } from "./draft.ts";
import { fieldByMeaning } from "./fields-by-meaning.ts";
import { assignBelongings, findPersons, type Persons } from "./groups.ts";
import { guessNotation } from "./guess-notation.ts";
import { guessSkips } from "./guess-skips.ts";
import { guessSharedNumbers } from "./shared-numbers.ts";
import { settleByNeighbours } from "./neighbours.ts";
import { reviveColumns } from "./revive.ts";
import type { Sample } from "./sample.ts";
import { settleColumn } from "./settle.ts";

export interface Guess {
  readonly columns: readonly ColumnGuess[];
  /** The `flusso:` part that follows from it; `check` accepts it once what is missing is said. */
  readonly settings: Partial<FlussoSettings>;
  /** Fields that every verbale needs and no column gives. */
  readonly missing: readonly string[];
  readonly persons: Persons;
  /** Of the file, not of a column: Italian sentences on what a person should look at. */
  readonly doubts: readonly string[];
}

export interface GuessOptions {
  readonly towns: TownBook;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** What somebody has said already: a column that it names is settled. */
  readonly known?: Partial<FlussoSettings>;
  /** Who is notified, where the file has several persons: `owner`, `driver`. */
  readonly recipient?: string;
}

/** Guesses the mapping of a sample. Pure. */
export function guessMapping(sample: Sample, options: GuessOptions): Guess {
  const columns = settleByNeighbours(
    sample.headers.map((header, index) =>
      settleColumn(index, header, collectColumnFacts(sample, index, options.towns)),
    ),
  );
  const persons = findPersons(columns, options.recipient ?? null);
  const belongings = assignBelongings(columns, persons);
  const drafts = columns.map((column, index): Draft => {
    const belonging = belongings[index] ?? {
      place: "home",
      isRecipient: true,
      isSure: true,
      reason: null,
    };
    return {
      column,
      belonging,
      meaning: column.meaning,
      target: fieldByMeaning[column.meaning] ?? null,
      isSure: column.isSure && belonging.isSure,
      reason: belonging.reason ?? column.reason,
      alternatives: column.others.flatMap((meaning) => fieldByMeaning[meaning] ?? []),
    };
  });
  for (const draft of drafts) dismissOthers(draft, persons);
  compareAmounts(drafts);
  compareActs(drafts);
  comparePersons(drafts);
  compareAddresses(drafts);
  reviveColumns(drafts, listMissing(drafts, options.known));
  const guesses = drafts.map((draft) => finishDraft(draft, sample, options.known));
  return assembleGuess(guesses, { drafts, sample, persons, options });
}

/** Columns of other persons, of officers, and those that nobody needs. */
function dismissOthers(draft: Draft, persons: Persons): void {
  const { column, belonging } = draft;
  if (!belonging.isRecipient) {
    const driver = findDriverField(draft);
    if (driver !== null) {
      draft.meaning = "none";
      assignTarget(draft, driver, belonging.reason ?? `${column.reason}: di chi guidava`);
      return;
    }
    leaveOut(
      draft,
      belonging.reason ?? "è di un'altra persona, che non va notificata",
      belonging.isSure && column.isSure,
    );
    return;
  }
  const isOfficer =
    column.roles.has("officer") && /^(?:surname|name|fullName|surnameOrBody)$/.test(column.meaning);
  if (isOfficer) draft.meaning = "agent";
  const isElsewhere =
    (column.roles.has("birth") || column.roles.has("license")) &&
    column.meaning !== "none" &&
    column.meaning !== "points" &&
    !column.meaning.startsWith("driver.");
  if (isElsewhere) leaveOut(draft, `${column.reason}: non serve`, column.isSure);
  if (column.meaning === "none")
    leaveOut(draft, `${column.reason}: non serve`, column.isSure && persons.roles.length >= 0);
}

const driverFields: Readonly<Record<string, string>> = {
  surname: "conducente.cognome",
  name: "conducente.nome",
  taxCode: "conducente.codiceFiscale",
  taxOrVat: "conducente.codiceFiscale",
};

/** What the act says of a driver who is not the one notified; `null`: the column is of somebody else, or not needed. */
function findDriverField({ column }: Draft): string | null {
  if (!column.roles.has("driver")) return null;
  return driverFields[column.meaning] ?? null;
}

/** What every verbale needs and no column gives, nor a person has said. */
function listMissing(
  drafts: readonly Draft[],
  known: Partial<FlussoSettings> | undefined,
): readonly string[] {
  const said = Object.values(known?.columns ?? {}).flatMap(listTargetFields);
  const given = new Set([
    ...drafts.flatMap(({ target }) => listTargetFields(target)),
    ...said,
    ...Object.keys(known?.constants ?? {}),
  ]);
  return [...fieldSpecs]
    .filter(([field, spec]) => spec.isNeeded && !given.has(field))
    .map(([field]) => field);
}

/** Why of a column of which somebody has said what it is. */
const saidBefore = "già indicato: nel file dell'ente o in una risposta";

function finishDraft(
  draft: Draft,
  sample: Sample,
  known: Partial<FlussoSettings> | undefined,
): ColumnGuess {
  const { index, header, weight } = draft.column;
  const name = sample.names[index] ?? "";
  const said = findSaid(name, known);
  const target = said === undefined ? draft.target : said;
  const isSure = said !== undefined || draft.isSure;
  const own = JSON.stringify(target);
  const alternatives = [...draft.alternatives, null].filter(
    (other, at, all) =>
      JSON.stringify(other) !== own &&
      all.findIndex((same) => JSON.stringify(same) === JSON.stringify(other)) === at,
  );
  return {
    index,
    header,
    name: restoreName(name, header),
    target,
    isSure,
    confidence: isSure ? Math.min(1, Math.max(0.85, weight)) : Math.min(0.7, Math.max(0.1, weight)),
    reason: said === undefined ? draft.reason : saidBefore,
    alternatives,
  };
}

/** `indirizzo (2)` with the letters that the file has. */
function restoreName(name: string, header: string): string {
  const words = header.trim().replaceAll(/\s+/g, " ");
  return words === "" ? name : `${words}${name.slice(words.length)}`;
}

function findSaid(name: string, known: Partial<FlussoSettings> | undefined): Target | undefined {
  const fold = (text: string): string => text.trim().replaceAll(/\s+/g, " ").toLowerCase();
  for (const [header, target] of Object.entries(known?.columns ?? {}))
    if (fold(header) === name) return target;
  return (known?.ignore ?? []).some((header) => fold(header) === name) ? null : undefined;
}

interface Assembly {
  readonly drafts: readonly Draft[];
  readonly sample: Sample;
  readonly persons: Persons;
  readonly options: GuessOptions;
}

function assembleGuess(
  guesses: readonly ColumnGuess[],
  { drafts, sample, persons, options }: Assembly,
): Guess {
  const { known = {} } = options;
  const notation = guessNotation(drafts, guesses, options.today);
  const columns = guesses.map((guess) => withFormat(guess, notation.formats.get(guess.index)));
  const used = columns.filter(({ target }) => target !== null);
  const ignored = columns.filter(({ target, header }) => target === null && header !== "");
  const unnamed = columns.filter(
    ({ target, header, index }) =>
      target === null && header === "" && (drafts[index]?.column.facts.filled ?? 0) > 0,
  );
  const fed = new Set(used.flatMap(({ target }) => listTargetFields(target)));
  const deduce = !fed.has("destinatario.tipo") || isTypeOpen(columns, drafts);
  const empty = listEmptyWords(drafts, used);
  const skip = guessSkips(sample, columns);
  const shared = guessSharedNumbers(sample, columns);
  const settings: Partial<FlussoSettings> = {
    ...describeFile(sample),
    dates: notation.dates,
    amounts: notation.amounts,
    ...(empty.length > 0 && { empty: [...empty] }),
    ...(skip.length > 0 && { skip: [...skip] }),
    ...(deduce && { deduce: ["destinatario.tipo"] }),
    ...(shared.areRecipients && { sameNumber: "recipients" as const }),
    columns: Object.fromEntries(used.map(({ name, target }) => [name, target ?? ""])),
    ...(ignored.length + unnamed.length > 0 && {
      ignore: [...ignored, ...unnamed].map(({ name }) => name),
    }),
    ...(known.constants !== undefined && { constants: known.constants }),
    ...pickSaid(known),
  };
  const given = new Set([
    ...fed,
    ...Object.keys(known.constants ?? {}),
    ...(deduce ? ["destinatario.tipo"] : []),
  ]);
  const missing = [...fieldSpecs]
    .filter(([field, spec]) => spec.isNeeded && !given.has(field))
    .map(([field]) => field);
  return {
    columns: shared.areRecipients ? columns.map(settleNumber) : columns,
    settings,
    missing,
    persons,
    doubts: [...notation.doubts, ...describeDoubts(sample), ...shared.doubts],
  };
}

/** That the number comes again is what such a file is like. */
function settleNumber(column: ColumnGuess): ColumnGuess {
  if (!column.reason.endsWith(comesAgain)) return column;
  const reason = column.reason.replace(comesAgain, "si ripete, una riga per destinatario");
  return { ...column, isSure: true, confidence: Math.max(0.85, column.confidence), reason };
}

/** What somebody has said of the file as a whole wins. */
function pickSaid(known: Partial<FlussoSettings>): Partial<FlussoSettings> {
  const { columns: _columns, ignore: _ignore, constants: _constants, ...rest } = known;
  return rest;
}

function withFormat(guess: ColumnGuess, format: ColumnRule["format"] | undefined): ColumnGuess {
  if (format === undefined || guess.target === null || guess.reason === saidBefore) return guess;
  const rule: ColumnRule = typeof guess.target === "string" ? { to: guess.target } : guess.target;
  return { ...guess, target: { ...rule, format } };
}

/** Some rows have no type. */
function isTypeOpen(columns: readonly ColumnGuess[], drafts: readonly Draft[]): boolean {
  const type = columns.find(({ target }) => listTargetFields(target).includes("destinatario.tipo"));
  const facts = type === undefined ? undefined : drafts[type.index]?.column.facts;
  return facts !== undefined && facts.texts.some((text) => text === "");
}

function listEmptyWords(drafts: readonly Draft[], used: readonly ColumnGuess[]): readonly string[] {
  const words = used.flatMap(({ index }) => drafts[index]?.column.facts.emptyWords ?? []);
  const seen = new Map(words.map((word) => [word.toLowerCase(), word]));
  return [...seen.values()];
}

/** What the file itself needs said: only what the reader would not find alone. */
function describeFile(sample: Sample): Partial<FlussoSettings> {
  const isOddEncoding = sample.otherEncodings.length > 0;
  const pages = ["windows-1252", "iso-8859-15", "cp850"] as const;
  const page = pages.find((known) => known === sample.encoding);
  const first = sample.sheets[0];
  return {
    ...(isOddEncoding && page !== undefined && { encoding: page }),
    ...(sample.delimiter !== null && {
      delimiter: sample.delimiter === "\t" ? ("tab" as const) : sample.delimiter,
    }),
    ...(sample.sheet !== null && sample.sheet !== first && { sheet: sample.sheet }),
  };
}

function describeDoubts(sample: Sample): readonly string[] {
  const doubts: string[] = [];
  if (sample.otherEncodings.length > 0)
    doubts.push(
      `Le lettere accentate si leggono anche in ${sample.otherEncodings.join(" e in ")}.`,
    );
  if (sample.isSheetUnsure)
    doubts.push(`Anche altri fogli hanno colonne di verbali: si è letto «${sample.sheet ?? ""}».`);
  return doubts;
}
