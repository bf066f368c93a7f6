/** What `check` says of the file of a kind of act that no schema can: fields that are not there, terms from no day, checks that ask nothing; asked of the validate step. */
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import { taxonomyCodes } from "../../integrations/send/port.ts";
import { type ActCheck, type ActKind, toEnteSettings } from "../../integrations/services.ts";
import { checks } from "../checks/catalogue.ts";
import { compilePattern } from "./judge.ts";
import { findTitle, findValueKind, listValueNames } from "./values.ts";

type Fault = Omit<SettingFault, "within">;

export function inspectActChecks({ settings }: InspectContext): readonly SettingFault[] {
  if (settings === null) return [];
  const { act, atti } = toEnteSettings(settings);
  if (act === undefined) return [];
  const faults: Fault[] = [
    ...inspectFields(act),
    ...inspectTaxonomy(act),
    ...inspectNotification(act),
    ...Object.entries(act.checks ?? {}).flatMap(([code, check]) => inspectCheck(act, code, check)),
  ];
  return [
    ...faults.map((fault) => ({ ...fault, within: "act" as const })),
    ...inspectSeverity(act, Object.keys(atti?.[act.name]?.severity ?? {})),
  ];
}

/** Names that mean something else in every act. */
function inspectFields(act: ActKind): Fault[] {
  const common = [
    ...listValueNames({ fields: {} }).map((name) => name.split(".")[0] ?? name),
    "destinatari",
    "posizioni",
    "extra",
    "atto",
    "dati",
  ];
  return Object.keys(act.fields)
    .filter((name) => common.includes(name))
    .map((name) => ({
      path: ["fields", name],
      isAboutKey: true,
      message: `il campo «${name}» c'è già in ogni atto`,
      remedy: "togli la riga, oppure dai al campo un altro nome",
    }));
}

function inspectTaxonomy({ send }: ActKind): Fault[] {
  const code = send?.taxonomyCode;
  if (code === undefined || taxonomyCodes.has(code)) return [];
  return [
    {
      path: ["send", "taxonomyCode"],
      message: `"${code}" non è un codice tassonomico di SEND`,
      choice: { wrong: code, title: "codici dei comuni", names: listTownCodes() },
    },
  ];
}

/** Those of a comune begin so. */
function listTownCodes(): readonly string[] {
  return [...taxonomyCodes].filter((code) => code.startsWith("01"));
}

function inspectNotification(act: ActKind): Fault[] {
  if (act.notification === undefined) return [];
  const { from } = act.notification;
  if (findValueKind(act, from) === "day") return [];
  return [
    {
      path: ["notification", "from"],
      message: `«${from}» non è un campo di tipo day: il termine non avrebbe un giorno da cui decorrere`,
      choice: { wrong: from, title: "campi", names: listOfKind(act, "day") },
    },
  ];
}

function listOfKind(act: ActKind, kind: string): readonly string[] {
  return listValueNames(act).filter((name) => findValueKind(act, name) === kind);
}

const tests = [
  "required",
  "pattern",
  "min",
  "max",
  "after",
  "notBefore",
  "before",
  "notAfter",
  "sumOf",
  "oneOf",
  "table",
] as const;
const orders = ["after", "notBefore", "before", "notAfter"] as const;

function inspectCheck(act: ActKind, code: string, check: ActCheck): Fault[] {
  const path = ["checks", code];
  const faults: Fault[] = [...inspectNames(act, path, check)];
  if (Object.hasOwn(checks, code))
    faults.push({
      path,
      isAboutKey: true,
      message: `${code} è già un controllo di Postino`,
      remedy: `dagli un codice dell'atto: ${act.name.toUpperCase().replaceAll("-", "_")}_…`,
    });
  if (tests.every((name) => check[name] === undefined))
    faults.push({
      path,
      isAboutKey: true,
      message: `il controllo ${code} non chiede nulla: nessun atto può sbagliare`,
      remedy: `scrivi almeno uno di questi: ${tests.join(", ")}`,
    });
  if (check.pattern !== undefined && !canCompile(check.pattern))
    faults.push({
      path: [...path, "pattern"],
      message: "l'espressione regolare è sbagliata",
      remedy: "chiudi le parentesi e le quadre che hai aperto; la forma è quella di JavaScript",
    });
  const kind = findValueKind(act, check.field);
  const fits = (name: (typeof tests)[number], ...kinds: string[]): void => {
    if (check[name] === undefined || kinds.includes(kind)) return;
    faults.push({
      path: [...path, name],
      isAboutKey: true,
      message: `«${name}» non vale per «${check.field}», che è di tipo ${kind}`,
      remedy: `vale per i campi di tipo ${kinds.join(", ")}`,
    });
  };
  for (const name of orders) fits(name, "day");
  fits("min", "cents", "whole", "number", "text", "words");
  fits("max", "cents", "whole", "number", "text", "words");
  fits("sumOf", "cents", "whole");
  const { min, max } = check;
  if (min !== undefined && max !== undefined && min > max)
    faults.push({
      path: [...path, "min"],
      message: `il minimo ${min} è più del massimo ${max}: nessun valore passerebbe`,
      remedy: "scambia min e max",
    });
  return faults;
}

function canCompile(pattern: string): boolean {
  try {
    compilePattern(pattern);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Every field that a check names is one, and a day is compared with days. */
function inspectNames(act: ActKind, path: readonly string[], check: ActCheck): Fault[] {
  const named: (readonly [path: readonly string[], name: string])[] = [
    [[...path, "field"], check.field],
    ...(check.when === undefined ? [] : [[[...path, "when", "field"], check.when.field] as const]),
    ...(check.sumOf ?? []).map((name, at) => [[...path, "sumOf", String(at)], name] as const),
    ...(check.table === undefined ? [] : [[[...path, "table", "by"], check.table.by] as const]),
  ];
  const unknown = named.filter(([, name]) => findTitle(act, name) === null);
  const days = orders.flatMap((order): Fault[] => {
    const name = check[order];
    if (name === undefined || name === "today" || /^\d{4}-\d{2}-\d{2}$/.test(name)) return [];
    if (findValueKind(act, name) === "day") return [];
    const names = ["today", ...listOfKind(act, "day")];
    return [
      {
        path: [...path, order],
        message: `«${name}» non è una data: né un campo di tipo day, né today, né AAAA-MM-GG`,
        choice: { wrong: name, title: "date", names },
      },
    ];
  });
  return [
    ...unknown.map(([at, name]) => ({
      path: at,
      message: `l'atto non ha il campo «${name}»`,
      choice: { wrong: name, title: "campi", names: listValueNames(act) },
    })),
    ...days,
  ];
}

/** What the ente changes of a check that the kind has not. */
function inspectSeverity(act: ActKind, codes: readonly string[]): readonly SettingFault[] {
  const known = Object.keys(act.checks ?? {});
  return codes
    .filter((code) => !known.includes(code))
    .map((code) => ({
      within: "ente" as const,
      path: ["atti", act.name, "severity", code],
      isAboutKey: true,
      message: `l'atto «${act.name}» non ha il controllo ${code}`,
      choice: { wrong: code, title: "controlli dell'atto", names: known },
    }));
}
