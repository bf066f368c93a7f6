/** The act itself: its number, its day, what was violated, who established it, the notice codes to cancel. */
import { fieldSpecs } from "../fields.ts";
import { fieldByMeaning } from "./fields-by-meaning.ts";
import { assignTarget, hasValues, keepBest, leaveOut, listDrafts, type Draft } from "./draft.ts";

/** Why of a number that several rows have. */
export const comesAgain = "ma si ripete su più righe";

/** Settles these columns. */
export function compareActs(drafts: readonly Draft[]): void {
  settleNumber(drafts);
  settleDay(drafts);
  settleArticle(drafts);
  settleAgent(drafts);
  settleCodes(drafts);
  for (const meaning of single)
    keepBest(listDrafts(drafts, meaning), fieldByMeaning[meaning] ?? "");
}

/** Meanings that one column has and that depend on no other. */
const single: readonly string[] = Object.keys(fieldByMeaning).filter((meaning) =>
  /^(?:protocol|time|plate|description|vehicle|points|speed|device|decree|calibration|census|prefect|driver|declarations|responsible|photographs|reduction|iupd|pendenza|case201|reason|immediate)/.test(
    meaning,
  ),
);

function settleNumber(drafts: readonly Draft[]): void {
  const numbers = listDrafts(drafts, "number");
  const [number, second] = numbers;
  const [year, ...years] = listDrafts(drafts, "year");
  const [series, ...others] = listDrafts(drafts, "series");
  keepBest(numbers, "numero");
  for (const draft of [...years, ...others]) leaveOut(draft, `${draft.reason}: non serve`, false);
  for (const draft of listDrafts(drafts, "register"))
    leaveOut(
      draft,
      "un registro interno: il verbale ha già il suo numero",
      number !== undefined && false,
    );
  if (number === undefined) {
    if (year !== undefined) leaveOut(year, "manca il numero del verbale", false);
    if (series !== undefined) leaveOut(series, "manca il numero del verbale", false);
    return;
  }
  const { texts, distinct, filled } = number.column.facts;
  const isUnique = distinct === filled;
  if (number.column.isVague && (second !== undefined || !isUnique)) number.isSure = false;
  if (number.column.isVague && isUnique && second === undefined && hasValues(number))
    number.isSure = true;
  const isWithin = (part: Draft | undefined): boolean =>
    part !== undefined &&
    texts.every((text, row) => {
      const own = part.column.facts.texts[row] ?? "";
      return text === "" || own === "" || text.includes(own);
    });
  if (!isUnique && year === undefined && series === undefined) {
    number.isSure = false;
    number.reason = `${number.reason}; ${comesAgain}`;
  }
  for (const part of [series, year]) {
    if (part === undefined) continue;
    if (!hasValues(part) || isWithin(part)) {
      leaveOut(part, hasValues(part) ? "è già nel numero del verbale" : "la colonna è vuota", true);
      continue;
    }
    assignTarget(number, { to: "numero", join: "/" });
    assignTarget(part, { to: "numero", join: "/" }, "con il numero fa il numero unico del verbale");
    part.isSure = false;
    part.alternatives.push(null);
  }
}

function settleDay(drafts: readonly Draft[]): void {
  const ranks = ["date", "moment", "date.finding", "date.record"];
  const exact = listDrafts(drafts, "date", "moment").filter(
    (draft) => !draft.column.isVague && hasValues(draft),
  );
  const vague = listDrafts(drafts, "date", "moment").filter((draft) => !exact.includes(draft));
  const findings = listDrafts(drafts, "date.finding");
  const records = listDrafts(drafts, "date.record");
  const all = [...exact, ...findings, ...vague, ...records];
  const [day] = all;
  if (day === undefined) return;
  const isAlone = all.length === 1;
  const hasFinding = ranks.includes(day.meaning) && day.meaning.startsWith("date.");
  if (exact.length > 1 && !isSame(exact[0], exact[1])) day.isSure = false;
  if (!exact.includes(day)) {
    // `Data` alone, or the day on which it was established: nothing else says when it was.
    day.isSure = isAlone
      ? !day.column.isVague || day.column.roles.size === 0
      : hasFinding && day.meaning === "date.finding" && vague.length === 0;
    if (day.meaning === "date.record" && !isAlone) day.isSure = false;
    if (isAlone && day.column.header === "") day.isSure = false;
  }
  const finding = fieldSpecs.has("dataAccertamento") ? "dataAccertamento" : null;
  for (const other of all) {
    if (other === day) continue;
    if (other.meaning === "date.finding" && finding !== null) {
      assignTarget(other, finding);
      continue;
    }
    const isExact =
      exact.includes(day) && (other.meaning === "date.finding" || other.meaning === "date.record");
    other.alternatives.push("dataViolazione");
    leaveOut(
      other,
      `il giorno della violazione è in «${day.column.header}»`,
      isExact || (day.meaning === "date.finding" && other.meaning === "date.record"),
    );
  }
  settleMoment(day, listDrafts(drafts, "time"));
}

function isSame(left: Draft | undefined, right: Draft | undefined): boolean {
  return (
    left !== undefined &&
    right !== undefined &&
    left.column.facts.texts.every((text, row) =>
      text.startsWith(right.column.facts.texts[row] ?? ""),
    )
  );
}

/** A day with its time in one cell, where no other column has the time. */
function settleMoment(day: Draft, times: readonly Draft[]): void {
  const hasTime = day.column.facts.share("moment") > 0.5;
  const isMidnight = day.column.facts.values.every((text) => /[T ]0{1,2}[:.]00/.test(text));
  if (hasTime && !isMidnight && !times.some(hasValues)) {
    assignTarget(day, { split: "data-ora" });
    for (const time of times) leaveOut(time, "la colonna è vuota, l'ora è nella data", true);
    return;
  }
  assignTarget(day, "dataViolazione");
}

function settleArticle(drafts: readonly Draft[]): void {
  const articles = listDrafts(drafts, "article");
  keepBest(articles, "articolo");
  const [article] = articles;
  for (const [meaning, joint] of [
    ["comma", ", c. "],
    ["letter", ", lett. "],
  ] as const) {
    const [part, ...more] = listDrafts(drafts, meaning);
    for (const other of more) leaveOut(other, "c'è già una colonna così", false);
    if (part === undefined) continue;
    if (article === undefined || !hasValues(part)) {
      leaveOut(
        part,
        article === undefined ? "manca l'articolo" : "la colonna è vuota",
        article !== undefined,
      );
      continue;
    }
    const isWhole = article.column.facts.values.some((text) =>
      /\bc(?:\.|omma|omm[ai])/i.test(text),
    );
    if (isWhole) {
      leaveOut(part, "l'articolo dice già il comma", false);
      continue;
    }
    if (typeof article.target === "string") assignTarget(article, { to: "articolo", join: " " });
    assignTarget(
      part,
      { to: "articolo", join: joint },
      `si aggiunge all'articolo: 7${joint}${meaning === "comma" ? "1" : "a"}`,
    );
    part.alternatives.push(null);
  }
  // `Violazione` may be a short name beside a description in full.
}

function settleAgent(drafts: readonly Draft[]): void {
  const agents = listDrafts(drafts, "agent");
  const seconds = listDrafts(drafts, "agent.second");
  const ids = listDrafts(drafts, "agent.id");
  keepBest(agents, "agente");
  const [agent] = agents;
  if (agent !== undefined && seconds.length > 0) {
    assignTarget(agent, { to: "agente", join: ", " });
    for (const second of seconds) assignTarget(second, { to: "agente", join: ", " });
  } else keepBest(seconds, "agente");
  for (const [at, id] of ids.entries())
    if (agent === undefined && at === 0) {
      assignTarget(id, "agente");
      id.isSure = !id.column.isVague;
    } else {
      id.alternatives.push({ to: "agente", join: ", matr. " });
      leaveOut(id, `l'agente è in «${agent?.column.header ?? ""}»`, false);
    }
}

function settleCodes(drafts: readonly Draft[]): void {
  const notices = listDrafts(drafts, "notice");
  for (const notice of notices)
    assignTarget(
      notice,
      notices.length === 1 ? "posizioni.numeroAvviso" : { to: "posizioni.numeroAvviso", join: " " },
    );
  for (const iuv of listDrafts(drafts, "iuv"))
    leaveOut(
      iuv,
      notices.length > 0
        ? "il codice avviso contiene già lo IUV"
        : "Postino cancella le posizioni per IUPD, pendenza o codice avviso, non per IUV",
      notices.length > 0,
    );
}
