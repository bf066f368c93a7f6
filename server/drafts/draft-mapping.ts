/** How the columns of a draft's file are read: the guess, what a person chose for each, and the writing of it into the ente's file. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { replaceFile } from "../../engine/host/whole-file.ts";
import { fieldSpecs, findFieldSpec } from "../../integrations/flusso/fields.ts";
import {
  listTargetFields,
  type ColumnGuess,
  type Target,
} from "../../integrations/flusso/guess/column-guess.ts";
import { listMappingFaults } from "../../integrations/flusso/mapping/mapping-faults.ts";
import type { RowFault } from "../../integrations/flusso/port.ts";
import { openPostal } from "../../integrations/flusso/postal/postal.ts";
import type { FlussoSettings } from "../../integrations/flusso/settings.ts";
import { locateEnteFolder } from "../ente/ente-view.ts";
import type { Installation } from "../installation.ts";
import { readEarlierMapping } from "../mapping/answers-file.ts";
import { proposeMapping, type Proposal, type ShownRow } from "../mapping/propose.ts";
import { putFlussoBlock } from "../mapping/yaml-block.ts";
import { formatCents, formatDay } from "../words/format.ts";
import type { FlussoDraft } from "./draft-store.ts";
import type { FlussoDrafts } from "./flusso-drafts.ts";
import { nameField } from "./name-field.ts";
import { openFlussoFile } from "./read-columns.ts";

/** What a person chose so far; nothing chosen: the guess. */
export interface MappingChoice {
  /** By the name of the column, a `value` of its options. */
  readonly columns: ReadonlyMap<string, string>;
  /** By field: one value for every verbale. */
  readonly constants: ReadonlyMap<string, string>;
  /** Who is notified, where the file has several persons. */
  readonly recipient: string | null;
}

export interface MappingOption {
  readonly value: string;
  readonly label: string;
}

export interface MappedColumn extends Pick<ColumnGuess, "name" | "header" | "reason" | "isSure"> {
  readonly chosen: string;
  /** What is proposed and what else it may be stand first. */
  readonly options: readonly MappingOption[];
  /** Some of its cells; personal. */
  readonly examples: readonly string[];
}

/** A mapping as far as it is known. */
export interface DraftMapping {
  readonly proposal: Proposal;
  readonly columns: readonly MappedColumn[];
  /** Fields that no column gives, with what was said of them. */
  readonly missing: readonly {
    readonly field: string;
    readonly label: string;
    readonly value: string;
  }[];
  /** The first rows as they are understood: fields and values in words; personal. */
  readonly rows: readonly Pick<ShownRow, "line" | "notes" | "fields">[];
  /** Why it cannot be written; Italian. */
  readonly faults: readonly string[];
}

export interface DraftMappings {
  /** A fault of the whole file where nobody can read it at all. */
  propose(draft: FlussoDraft, choice: MappingChoice): Promise<DraftMapping | RowFault>;
  /** Writes it into the ente's file, whose comments stay. The reason why not is Italian; `null`: written. */
  save(draft: FlussoDraft, mapping: DraftMapping): Promise<string | null>;
}

export function openDraftMappings(
  installation: Installation,
  drafts: Pick<FlussoDrafts, "locate">,
): DraftMappings {
  const { config, clock } = installation;
  const locateEnte = ({ ente }: FlussoDraft): string =>
    join(locateEnteFolder(installation), `${ente}.yaml`);

  async function propose(
    draft: FlussoDraft,
    choice: MappingChoice,
  ): Promise<DraftMapping | RowFault> {
    const text = (await allowMissing(readFile(locateEnte(draft), "utf8"))) ?? "";
    const options = {
      file: openFlussoFile(drafts.locate(draft)),
      towns: await openPostal(config.dataFolder),
      clock,
      ...(choice.recipient !== null && { recipient: choice.recipient }),
      earlier: readEarlierMapping(text),
    };
    const guessed = await proposeMapping({ ...options, known: {} });
    if ("code" in guessed) return guessed;
    const known = toKnown(guessed, choice);
    const proposal = await proposeMapping({ ...options, known });
    if ("code" in proposal) return proposal;
    return {
      proposal,
      columns: guessed.columns
        .filter(({ header, target }) => header !== "" || target !== null)
        .map((column) => buildColumn(column, guessed, choice)),
      missing: guessed.guess.missing
        .concat(proposal.guess.missing)
        .concat([...choice.constants.keys()])
        .filter((field, at, all) => all.indexOf(field) === at && !isFed(proposal, field))
        .map((field) => ({
          field,
          label: nameField(field),
          value: choice.constants.get(field) ?? "",
        })),
      rows: proposal.shown.map(({ line, notes, fields }) => ({
        line,
        notes,
        fields: fields.map(([field, value]) => [nameField(field), formatValue(field, value)]),
      })),
      faults: listFaults(proposal),
    };
  }

  return {
    propose,
    async save(draft, { proposal, faults }) {
      if (faults[0] !== undefined) return faults[0];
      const path = locateEnte(draft);
      const text = await allowMissing(readFile(path, "utf8"));
      if (text === null) return `L'ente «${draft.ente}» non ha più il suo file.`;
      await guardDisk(path, () => replaceFile(path, [Buffer.from(putFlussoBlock(text, proposal))]));
      return null;
    },
  };
}

function formatValue(field: string, value: string): string {
  const kind = findFieldSpec(field)?.kind;
  if (kind === "cents") return formatCents(Number(value));
  return kind === "day" ? formatDay(value) : value;
}

function isFed({ settings }: Proposal, field: string): boolean {
  if (settings.deduce?.some((deduced) => deduced === field) === true) return true;
  return Object.values(settings.columns ?? {}).some((target) =>
    listTargetFields(target).includes(field),
  );
}

function listFaults({ guess, settings }: Proposal): readonly string[] {
  const missing = guess.missing.map(
    (field) =>
      `Nessuna colonna porta «${nameField(field)}»: scegliere la colonna, o scrivere un valore uguale per tutti.`,
  );
  const wrong = listMappingFaults({
    delimiter: "auto",
    encoding: "auto",
    dates: "GG/MM/AAAA",
    amounts: "1.234,56",
    ...settings,
  }).map(({ message, remedy }) => `${message} Rimedio: ${remedy}`);
  return [...missing, ...wrong];
}

const notRead = "-";

function toKnown({ columns }: Proposal, choice: MappingChoice): Partial<FlussoSettings> {
  const said: Record<string, NonNullable<Target>> = {};
  const ignore: string[] = [];
  for (const column of columns) {
    const value = choice.columns.get(column.name);
    if (value === undefined) continue;
    const target = findTarget(column, value);
    if (target === undefined) continue;
    if (target === null) ignore.push(column.name);
    else said[column.name] = target;
  }
  const constants = [...choice.constants].filter(
    ([field, value]) => value !== "" && findFieldSpec(field) !== undefined,
  );
  return {
    ...(Object.keys(said).length > 0 && { columns: said }),
    ...(ignore.length > 0 && { ignore }),
    ...(constants.length > 0 && { constants: Object.fromEntries(constants) }),
  };
}

/** `undefined`: no option of the column. */
function findTarget({ target, alternatives }: ColumnGuess, value: string): Target | undefined {
  if (value === notRead) return null;
  const own = [target, ...alternatives].find((one) => one !== null && toValue(one) === value);
  if (own !== undefined) return own;
  return findFieldSpec(value) === undefined ? undefined : value;
}

/** Of a rule a mark that is the same each time the same file is asked about. */
function toValue(target: Target): string {
  if (target === null) return notRead;
  return typeof target === "string"
    ? target
    : `regola:${Bun.hash(JSON.stringify(target)).toString(36)}`;
}

function buildColumn(
  column: ColumnGuess,
  { sample }: Proposal,
  choice: MappingChoice,
): MappedColumn {
  const { name, header, reason, isSure, target, alternatives, index } = column;
  const proposed = [target, ...alternatives].map((one) => ({
    value: toValue(one),
    label: describeTarget(one),
  }));
  const others = [...fieldSpecs.keys()].map((field) => ({
    value: field,
    label: nameField(field),
  }));
  const options = [...proposed, { value: notRead, label: describeTarget(null) }, ...others];
  const given = choice.columns.get(name);
  const unique = options.filter(
    ({ value }, at) => options.findIndex((other) => other.value === value) === at,
  );
  return {
    name,
    header,
    reason,
    isSure: isSure || given !== undefined,
    chosen: unique.some(({ value }) => value === given) ? (given ?? "") : toValue(target),
    options: unique,
    examples: sample.rows
      .map(({ cells }) => cells[index] ?? "")
      .filter((cell, at, all) => cell !== "" && all.indexOf(cell) === at)
      .slice(0, 3),
  };
}

const splitWords: Readonly<Record<string, string>> = {
  "cognome-nome": "Cognome e nome insieme",
  "nome-cognome": "Nome e cognome insieme",
  "cognome-o-denominazione": "Cognome o ragione sociale",
  "via-civico": "Via e numero civico insieme",
  indirizzo: "Indirizzo intero",
  "cap-comune-provincia": "CAP, comune e provincia insieme",
  "cap-comune": "CAP e comune insieme",
  "comune-provincia": "Comune e provincia insieme",
  "data-ora": "Data e ora insieme",
  first: "il primo valore",
};

function describeTarget(target: Target): string {
  if (target === null) return "Non serve";
  if (typeof target === "string") return nameField(target);
  const { to, split, join: glue, values, format } = target;
  const parts = [
    ...(to === undefined ? [] : [nameField(to)]),
    ...(split === undefined ? [] : [splitWords[split] ?? split]),
    ...(glue === undefined ? [] : ["unita alle altre dello stesso dato"]),
    ...(values === undefined ? [] : [Object.keys(values).join(", ")]),
    ...(format === undefined ? [] : [`scritto ${format}`]),
  ];
  return parts.join(" · ");
}
