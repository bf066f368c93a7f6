/** What is wrong with a model of the notice: pagoPA's limits, fixed texts, the second language. */
import type { NoticeTextName } from "./model.ts";
import {
  checkNeverEmpty,
  checkLetters,
  toLoose,
  checkTemplate,
  walkTexts,
  verbaleValues,
  type KnownValues,
  type Loose,
  type ModelFault,
  type PlacedText,
} from "./model-faults.ts";

/** Source: AVV, AVVISO.OGGETTO. */
export const longestSubject = 90;
/** Source: AVV, ENTE.INFO. */
export const longestInfo = 100;

/** Texts that pagoPA does not give in every language and that stay in Italian without a loss. */
const italianOnly: ReadonlySet<string> = new Set<NoticeTextName>([
  "codiceFiscale",
  "euro",
  "bollettino",
  "bollettinoIstruzioni",
  "contoCorrente",
  "intestato",
  "tipo",
  "pagina",
]);

export interface NoticeParts {
  /** The model with the ente's changes. */
  readonly model: Loose;
  /** Languages in which the texts come with Postino. */
  readonly languages: readonly string[];
  /** Default: those of a verbale of the Codice della Strada. */
  readonly known?: KnownValues;
}

/** All faults, tolerant of parts that the schema refuses. */
export function checkNoticeModel({
  model,
  languages,
  known = verbaleValues,
}: NoticeParts): ModelFault[] {
  const faults: ModelFault[] = [];
  for (const key of ["title", "subject", "info"])
    for (const placed of walkTexts(model[key], [key])) faults.push(...checkTemplate(placed, known));
  for (const key of ["title", "subject"])
    for (const placed of walkTexts(model[key], [key]))
      faults.push(...checkNeverEmpty(placed, known));
  for (const placed of walkTexts(model["subject"], ["subject"]))
    faults.push(...checkSubject(placed));
  for (const placed of walkTexts(model["texts"], ["texts"])) faults.push(...checkFixedText(placed));
  for (const placed of walkTexts(toLoose(model["second"])["texts"], ["second", "texts"]))
    faults.push(...checkFixedText(placed));
  return [...faults, ...checkSecondLanguage(model, languages)];
}

/** The fixed texts are set once for all verbali: they name no values. */
function checkFixedText({ path, text }: PlacedText): ModelFault[] {
  const brace = /\{[^{}]*\}|[{}]/.exec(text)?.[0];
  const faults = checkLetters({ path, text: text.replaceAll(/[{}]/g, "") });
  if (brace !== undefined)
    faults.push({
      path,
      word: brace,
      message: "i testi fissi dell'avviso non hanno valori tra graffe",
      remedy: "i valori stanno in subject e in info",
    });
  if (text.trim() === "")
    faults.push({
      path,
      message: "il testo è vuoto",
      remedy: "togli la chiave: vale il testo di pagoPA",
    });
  return faults;
}

/** Source: AVV, AVVISO.OGGETTO: initial capital, not all in capitals, at most 90 characters. */
function checkSubject({ path, text }: PlacedText): ModelFault[] {
  const faults: ModelFault[] = [];
  const fixed = text.replaceAll(/\{[^{}]*\}/g, "").replaceAll("**", "");
  const letters = fixed.replaceAll(/[^\p{L}]/gu, "");
  const values = text.match(/\{[^{}]*\}/g)?.length ?? 0;
  if (text.includes("**"))
    faults.push({ path, word: "**", message: "l'oggetto dell'avviso non ha parti in evidenza" });
  if (text.trim() === "") faults.push({ path, message: "l'oggetto dell'avviso è vuoto" });
  if (fixed.length + values > longestSubject)
    faults.push({
      path,
      message: `l'oggetto dell'avviso ha almeno ${fixed.length + values} caratteri, pagoPA ne ammette ${longestSubject}`,
      remedy: "accorcia il testo",
    });
  if (letters.length > 8 && letters === letters.toUpperCase())
    faults.push({
      path,
      message: "l'oggetto dell'avviso è tutto in maiuscole",
      why: "pagoPA vuole maiuscola la sola iniziale",
    });
  if (/^\s*\p{Ll}/u.test(text))
    faults.push({
      path,
      message: "l'oggetto dell'avviso comincia con una minuscola",
      why: "pagoPA vuole l'iniziale maiuscola",
    });
  return faults;
}

function checkSecondLanguage(model: Loose, languages: readonly string[]): ModelFault[] {
  const second = toLoose(model["second"]);
  const { language } = second;
  if (typeof language !== "string") return [];
  const given = toLoose(second["texts"]);
  const choice = { wrong: language, title: "lingue", names: languages };
  if (Object.keys(given).length === 0)
    return [
      {
        path: ["second", "language"],
        message: `il modello dell'avviso non ha testi in «${language}»`,
        remedy: "scegli un'altra lingua, oppure scrivi i testi in second.texts",
        choice,
      },
    ];
  const missing = Object.keys(toLoose(model["texts"])).filter(
    (name) => given[name] === undefined && !italianOnly.has(name),
  );
  if (missing.length === 0) return [];
  return [
    {
      path: ["second", "language"],
      severity: "warning",
      message: `in «${language}» mancano i testi ${missing.join(", ")}`,
      why: "restano solo in italiano",
      remedy: "scrivili in second.texts",
    },
  ];
}
