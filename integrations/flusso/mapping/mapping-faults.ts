/** What is wrong with the mapping of an ente file whatever the file that comes. */
import { readValue, verbaleFields, type FieldKind, type FieldTable } from "../fields.ts";
import { findNearestName } from "../faults.ts";
import { isAmountForm, isDateForm, type Notation } from "../notation/notation.ts";
import type { FlussoSettings } from "../settings.ts";
import type { ColumnRule } from "./column-rule.ts";
import { foldText } from "./fold-text.ts";
import { fedBySplit } from "./split-fields.ts";

/** Something in the `flusso:` part that would refuse every file. */
export interface MappingFault {
  /** Keys that lead to it from `flusso`. */
  readonly path: readonly string[];
  /** Italian, without the place. */
  readonly message: string;
  readonly remedy: string;
}

/** Fields that do not exist, pairs the wrong way round, fields that are fed twice, rules that say nothing or too much. */
export function listMappingFaults(settings: FlussoSettings): readonly MappingFault[] {
  const faults: MappingFault[] = [];
  const feeds = new Map<string, Feed>();
  for (const [header, target] of Object.entries(settings.columns ?? {})) {
    const rule: ColumnRule = typeof target === "string" ? { to: target } : target;
    const path = ["columns", header];
    const own = listRuleFaults(header, rule, settings);
    faults.push(...own.map((fault) => ({ ...fault, path: [...path, ...fault.path] })));
    if (own.length > 0) continue;
    const isJoined = rule.join !== undefined;
    const fields = listFields(rule);
    const taken = fields.find((field) => {
      const other = feeds.get(field);
      return other !== undefined && !(isJoined && other.isJoined);
    });
    if (taken === undefined) for (const field of fields) feeds.set(field, { header, isJoined });
    else faults.push({ path, ...twiceFault(taken, [feeds.get(taken)?.header ?? "", header]) });
  }
  faults.push(
    ...listConstantFaults(settings, feeds),
    ...listSkipFaults(settings),
    ...listRecipientFaults(settings, feeds),
  );
  return faults;
}

/** Other recipients come from columns of their own or from rows of their own. */
function listRecipientFaults(
  { sameNumber, constants = {} }: FlussoSettings,
  feeds: ReadonlyMap<string, Feed>,
): readonly MappingFault[] {
  if (sameNumber !== "recipients") return [];
  const fields = [...feeds.keys(), ...Object.keys(constants)];
  const other = fields.find((field) => field.startsWith("destinatari."));
  if (other === undefined) return [];
  return [
    {
      path: ["sameNumber"],
      message: `gli altri destinatari vengono dalle righe con lo stesso numero e anche dal campo ${other}.`,
      remedy: "lasciare uno dei due modi.",
    },
  ];
}

interface Feed {
  readonly header: string;
  readonly isJoined: boolean;
}

function listFields({ to, split }: ColumnRule): readonly string[] {
  if (split !== undefined && split !== "first") return fedBySplit[split];
  return to === undefined ? [] : [to];
}

function twiceFault(
  field: string,
  [first, second]: readonly [string, string],
): Omit<MappingFault, "path"> {
  return {
    message: `le colonne «${first}» e «${second}» portano tutte e due il campo ${field}.`,
    remedy: "lasciarne una sola, l'altra va in flusso.ignore.",
  };
}

function isText(kind: FieldKind): boolean {
  return kind === "text" || kind === "code" || kind === "words";
}

function listRuleFaults(
  header: string,
  rule: ColumnRule,
  settings: FlussoSettings,
): readonly MappingFault[] {
  const { to, split, join, format } = rule;
  const fed = split === undefined || split === "first" ? [] : fedBySplit[split];
  if (fed.length > 0) {
    if (to !== undefined)
      return [
        {
          path: ["to"],
          message: `la colonna «${header}» con split: ${split} porta già ai campi ${fed.join(", ")}.`,
          remedy: "togliere to.",
        },
      ];
    if (join !== undefined || rule.values !== undefined)
      return [
        {
          path: [join === undefined ? "values" : "join"],
          message: `la colonna «${header}» non può avere insieme split e ${join === undefined ? "values" : "join"}.`,
          remedy: "lasciare uno dei due.",
        },
      ];
    return format === undefined || (split === "data-ora" && isDateForm(format))
      ? []
      : [wrongFormatFault(header, format, "una data")];
  }
  if (to === undefined)
    return [
      {
        path: [],
        message: `la colonna «${header}» non dice a quale campo porta.`,
        remedy: "scrivere to: e il campo, oppure mettere la colonna in flusso.ignore.",
      },
    ];
  const { table = verbaleFields } = settings;
  const spec = table.find(to);
  if (spec === undefined) return [unknownFieldFault(header, to, table)];
  const { kind } = spec;
  if (join !== undefined && !isText(kind))
    return [
      {
        path: ["join"],
        message: `il campo ${to} non è un testo: più colonne non si possono unire.`,
        remedy: "togliere join.",
      },
    ];
  if (format !== undefined) {
    const fits = kind === "day" ? isDateForm(format) : kind === "cents" && isAmountForm(format);
    if (!fits)
      return [wrongFormatFault(header, format, kind === "cents" ? "un importo" : "una data")];
  }
  return listValueFaults(header, rule, kind, settings);
}

function wrongFormatFault(header: string, format: string, what: string): MappingFault {
  return {
    path: ["format"],
    message: `la colonna «${header}» ha il formato ${format}, che non è di ${what}.`,
    remedy: "usare un formato adatto, o togliere format.",
  };
}

/** What the table and the default give must be values of the field, and each word may stand there once. */
function listValueFaults(
  header: string,
  rule: ColumnRule,
  kind: FieldKind,
  settings: FlussoSettings,
): readonly MappingFault[] {
  const { format = "" } = rule;
  const notation: Notation = {
    dates: isDateForm(format) ? format : settings.dates,
    amounts: isAmountForm(format) ? format : settings.amounts,
  };
  const faults: MappingFault[] = [];
  const words = new Map<string, string>();
  for (const [word, value] of Object.entries(rule.values ?? {})) {
    const read = readValue(kind, value, notation);
    if ("fault" in read)
      faults.push({
        path: ["values", word],
        message: `la tabella della colonna «${header}» dà «${value}» a «${word}»: ${read.fault.message}`,
        remedy: read.fault.remedy,
      });
    const other = words.get(foldText(word));
    if (other !== undefined)
      faults.push({
        path: ["values", word],
        message: `la tabella della colonna «${header}» ha «${other}» e «${word}», che sono lo stesso testo.`,
        remedy: "lasciarne uno.",
      });
    words.set(foldText(word), word);
  }
  if (rule.default !== undefined) {
    const read = readValue(kind, rule.default, notation);
    if ("fault" in read)
      faults.push({
        path: ["default"],
        message: `la colonna «${header}» ha il valore «${rule.default}» per le celle vuote: ${read.fault.message}`,
        remedy: read.fault.remedy,
      });
  }
  return faults;
}

function listConstantFaults(
  settings: FlussoSettings,
  feeds: ReadonlyMap<string, Feed>,
): readonly MappingFault[] {
  const { table = verbaleFields } = settings;
  return Object.entries(settings.constants ?? {}).flatMap(([field, value]): MappingFault[] => {
    const path = ["constants", field];
    const spec = table.find(field);
    if (spec === undefined) {
      const near = findNearestName(field, [...table.specs.keys()]);
      return [
        {
          path,
          message: `«${field}» non è un campo del verbale.`,
          remedy:
            near === null ? "usare uno dei campi del verbale." : `forse si intendeva ${near}.`,
        },
      ];
    }
    const feed = feeds.get(field);
    if (feed !== undefined)
      return [
        {
          path,
          message: `il campo ${field} ha un valore fisso e anche la colonna «${feed.header}».`,
          remedy: "togliere uno dei due; per le sole celle vuote c'è default nella colonna.",
        },
      ];
    if (field === "numero")
      return [
        {
          path,
          message: "il numero del verbale non può essere uguale per tutti.",
          remedy: "indicare la colonna che lo porta.",
        },
      ];
    const read = readValue(spec.kind, value, settings);
    return "fault" in read
      ? [{ path, message: `il campo ${field}: ${read.fault.message}`, remedy: read.fault.remedy }]
      : [];
  });
}

function listSkipFaults({ skip = [] }: FlussoSettings): readonly MappingFault[] {
  return skip.flatMap((rule, index): MappingFault[] => {
    const said = [rule.is, rule.begins, rule.empty].filter((part) => part !== undefined).length;
    const path = ["skip", String(index)];
    if (said !== 1)
      return [
        {
          path,
          message: `una regola di skip dice ${said === 0 ? "né is né begins né empty" : "più di una cosa"}.`,
          remedy: "scrivere una sola fra is, begins ed empty.",
        },
      ];
    return rule.empty === true && rule.column === undefined
      ? [
          {
            path,
            message: "una regola di skip con empty non dice quale colonna dev'essere vuota.",
            remedy: "aggiungere column.",
          },
        ]
      : [];
  });
}

function unknownFieldFault(header: string, field: string, { specs }: FieldTable): MappingFault {
  const message = `la colonna «${header}» porta al campo «${field}», che non esiste.`;
  if (specs.has(header))
    return {
      path: [],
      message,
      remedy: `la coppia è rovesciata, prima viene la colonna: «${field}: ${header}».`,
    };
  if (field.startsWith("extra."))
    return {
      path: [],
      message,
      remedy:
        "dopo extra. scrivere un nome di sole lettere e cifre, minuscola la prima: extra.codiceVarco.",
    };
  const near = findNearestName(field, [...specs.keys()]);
  return {
    path: [],
    message,
    remedy: near === null ? "usare uno dei campi del verbale." : `forse si intendeva ${near}.`,
  };
}
