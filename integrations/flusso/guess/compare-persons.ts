/** Who is notified: names in one cell or in several, PF or PG, by what their tax codes prove. */
import { matchesName, normaliseTaxCode, personTaxCodeFault } from "../tax-code.ts";
import { foldText } from "../mapping/fold-text.ts";
import type { NameOrder } from "../mapping/split-name.ts";
import { qualities } from "../choices.ts";
import { assignTarget, hasValues, keepBest, leaveOut, listDrafts, type Draft } from "./draft.ts";

/** Settles the columns of names, of codes and of the type. */
export function comparePersons(drafts: readonly Draft[]): void {
  settleNames(drafts);
  for (const [meanings, field] of [
    [["taxCode", "taxOrVat"], "destinatario.codiceFiscale"],
    [["vat"], "destinatario.partitaIva"],
    [["body"], "destinatario.denominazione"],
    [["name"], "destinatario.nome"],
    [["pec"], "destinatario.pec"],
  ] as const)
    keepBest(listDrafts(drafts, ...meanings), field);
  settleMail(drafts);
  settleType(drafts);
  settleQuality(drafts);
}

/** The codes of the rows, where a column of them was found. */
function listCodes(drafts: readonly Draft[]): readonly string[] {
  const [codes] = listDrafts(drafts, "taxCode", "taxOrVat");
  return (codes?.column.facts.texts ?? []).map(normaliseTaxCode);
}

function settleNames(drafts: readonly Draft[]): void {
  const codes = listCodes(drafts);
  const [name] = listDrafts(drafts, "name");
  const [surname] = listDrafts(drafts, "surname", "surnameOrBody");
  const wholes = listDrafts(drafts, "fullName", "nameFirst");
  if (surname === undefined && wholes.length === 0 && name !== undefined)
    return settleLoneName(name, codes);
  if (surname !== undefined) {
    const twins = listDrafts(drafts, "surname", "surnameOrBody").slice(1);
    settleSurname(surname, name, { codes, hasBody: listDrafts(drafts, "body").some(hasValues) });
    for (const draft of twins)
      leaveOut(draft, `anche «${surname.column.header}» porta il cognome`, false);
    for (const whole of wholes)
      leaveOut(whole, "cognome e nome hanno colonne proprie", whole.isSure && name !== undefined);
    return;
  }
  for (const [at, whole] of wholes.entries())
    if (at === 0) splitWhole(whole, codes);
    else leaveOut(whole, `anche «${wholes[0]?.column.header ?? ""}» porta il nominativo`, false);
  // Beside a whole name another may only be a part of it.
  if (name !== undefined && wholes.length > 0)
    leaveOut(name, "il nominativo è già intero in un'altra colonna", false);
}

function settleLoneName(name: Draft, codes: readonly string[]): void {
  if (name.column.facts.share("fullName") < 0.5) return;
  splitWhole(name, codes);
}

interface SurnameContext {
  readonly codes: readonly string[];
  /** Bodies have a column of their own. */
  readonly hasBody: boolean;
}

function settleSurname(
  surname: Draft,
  name: Draft | undefined,
  { codes, hasBody }: SurnameContext,
): void {
  const { facts } = surname.column;
  if (name === undefined) {
    if (facts.share("fullName") + facts.share("body") < 0.5 && facts.filled > 0) {
      assignTarget(surname, "destinatario.cognome");
      surname.isSure = false;
      return;
    }
    splitWhole(surname, codes);
    return;
  }
  const isWithBodies = surname.meaning === "surnameOrBody" || (!hasBody && facts.share("body") > 0);
  assignTarget(
    surname,
    isWithBodies ? { split: "cognome-o-denominazione" } : "destinatario.cognome",
  );
  const verdict = compareWithCodes(codes, facts.texts, name.column.facts.texts);
  if (verdict === "right") {
    surname.isSure = true;
    name.isSure = true;
    surname.reason = `${surname.reason}; i codici fiscali lo confermano`;
  }
  if (verdict === "turned") {
    surname.isSure = false;
    name.isSure = false;
    surname.reason = "i codici fiscali dicono che cognome e nome sono scambiati";
    name.reason = surname.reason;
    surname.alternatives.push("destinatario.nome");
    assignTarget(surname, "destinatario.nome");
    assignTarget(name, "destinatario.cognome");
    surname.meaning = "name";
    name.meaning = "surname";
  }
}

function compareWithCodes(
  codes: readonly string[],
  surnames: readonly string[],
  names: readonly string[],
): "right" | "turned" | "unknown" {
  let right = 0;
  let turned = 0;
  let all = 0;
  for (const [row, code] of codes.entries()) {
    const [surname = "", name = ""] = [surnames[row], names[row]];
    if (personTaxCodeFault(code) !== null || surname === "" || name === "") continue;
    all += 1;
    if (matchesName(code, surname, name)) right += 1;
    else if (matchesName(code, name, surname)) turned += 1;
  }
  if (all < 2) return "unknown";
  if (right / all >= 0.6) return "right";
  return turned / all >= 0.6 ? "turned" : "unknown";
}

/** The order is the one that the codes prove; without codes the name of the column says it. */
function splitWhole(whole: Draft, codes: readonly string[]): void {
  const { texts } = whole.column.facts;
  const count = (order: NameOrder): number => countSplits(texts, codes, order);
  const [surnameFirst, nameFirst] = [count("surname-first"), count("name-first")];
  const isTurned =
    surnameFirst + nameFirst === 0 ? whole.meaning === "nameFirst" : nameFirst > surnameFirst;
  assignTarget(whole, { split: isTurned ? "nome-cognome" : "cognome-nome" });
  whole.alternatives.push(
    { split: isTurned ? "cognome-nome" : "nome-cognome" },
    "destinatario.denominazione",
  );
  if (surnameFirst + nameFirst > 0)
    whole.reason = `${whole.reason}; i codici fiscali dicono l'ordine di cognome e nome`;
  else if (whole.column.facts.share("body") < 1) {
    whole.isSure = whole.isSure && whole.column.header.match(/cog/i) !== null;
    whole.reason = `${whole.reason}; prima il cognome?`;
  }
}

/** Names whose order a code proves, of two different words at least. */
function countSplits(texts: readonly string[], codes: readonly string[], order: NameOrder): number {
  let count = 0;
  for (const [row, text] of texts.entries()) {
    const code = codes[row] ?? "";
    if (text === "" || personTaxCodeFault(code) !== null) continue;
    const words = text.split(/[ ,]+/);
    const ways = words
      .slice(1)
      .map((_, at) => [words.slice(0, at + 1).join(" "), words.slice(at + 1).join(" ")]);
    const fits = ways.some(([head = "", tail = ""]) =>
      order === "surname-first" ? matchesName(code, head, tail) : matchesName(code, tail, head),
    );
    if (fits) count += 1;
  }
  return count;
}

function settleMail(drafts: readonly Draft[]): void {
  const [pec] = listDrafts(drafts, "pec");
  if (pec !== undefined && pec.column.facts.values.some((text) => /@.*[;,\s]+\S*@/.test(text))) {
    assignTarget(pec, { to: "destinatario.pec", split: "first" });
    pec.alternatives.push("destinatario.pec");
    pec.reason = `${pec.reason}; alcune celle hanno più indirizzi: si prende il primo`;
    pec.isSure = false;
  }
  for (const mail of listDrafts(drafts, "email")) {
    const isPec = pec === undefined && mail.column.facts.share("pec") > 0.5;
    if (isPec) {
      assignTarget(mail, "destinatario.pec", "molti indirizzi sono di PEC");
      mail.isSure = false;
    } else leaveOut(mail, "è posta ordinaria, non PEC", mail.column.facts.share("pec") === 0);
  }
}

/** What programs write for PF and PG. */
const types: readonly (readonly [RegExp, "PF" | "PG"])[] = [
  [
    /^(?:pf|p\.f\.?|f|fis|fisica|persona fisica|pers\.? ?fis\w*\.?|persona|ditta individuale|individuo)$/,
    "PF",
  ],
  [
    /^(?:pg|p\.g\.?|g|giur|giuridica|persona giuridica|pers\.? ?giur\w*\.?|societa'?|società|azienda|ente|ditta|soc\.?|impresa)$/,
    "PG",
  ],
];

function settleType(drafts: readonly Draft[]): void {
  const [type, ...others] = listDrafts(drafts, "type");
  for (const other of others)
    leaveOut(other, `anche «${type?.column.header ?? ""}» porta il tipo`, false);
  if (type === undefined) return;
  const values: Record<string, string> = {};
  const unknown: string[] = [];
  for (const text of type.column.facts.values) {
    const known = types.find(([pattern]) => pattern.test(foldText(text)))?.[1];
    if (known === undefined) unknown.push(text);
    else if (text.toUpperCase() !== known) values[text] = known;
  }
  if (unknown.length === type.column.facts.distinct && unknown.length > 0) {
    leaveOut(
      type,
      "i valori non dicono se è una persona fisica o giuridica",
      !type.isSure && false,
    );
    return;
  }
  const isMapped = Object.keys(values).length > 0;
  assignTarget(type, isMapped ? { to: "destinatario.tipo", values } : "destinatario.tipo");
  if (unknown.length > 0) {
    type.isSure = false;
    type.reason = `${type.reason}; che cosa è «${unknown[0] ?? ""}»?`;
  } else if (type.column.facts.filled > 0) type.isSure = true;
}

const qualityWords: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:propr\w*\.?|proprietario|obbligato in solido|obbl\.? ?(?:in )?sol\w*\.?|intestatario|solidale|responsabile in solido|obbligato)$/,
    "proprietario",
  ],
  [/^(?:trasgr\w*\.?|conducente|autore)$/, "trasgressore"],
  [/^(?:locat\w*\.?|noleggi\w*\.?)$/, "locatario"],
  [/^(?:usufr\w*\.?)$/, "usufruttuario"],
];

function settleQuality(drafts: readonly Draft[]): void {
  for (const draft of listDrafts(drafts, "quality")) {
    const values: Record<string, string> = {};
    let isKnown = draft.column.facts.filled > 0;
    for (const text of draft.column.facts.values) {
      const word = foldText(text);
      if (qualities.some((own) => own === word)) continue;
      const known = qualityWords.find(([pattern]) => pattern.test(word))?.[1];
      if (known === undefined) isKnown = false;
      else values[text] = known;
    }
    if (!isKnown && draft.column.facts.filled > 0) {
      leaveOut(draft, "i valori non sono quelli che il verbale conosce", false);
      continue;
    }
    assignTarget(
      draft,
      Object.keys(values).length > 0
        ? { to: "destinatario.qualita", values }
        : "destinatario.qualita",
    );
  }
}
