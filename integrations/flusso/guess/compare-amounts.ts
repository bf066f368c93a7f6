/** Which of the amounts is which, by what they come to beside each other. */
import { assignTarget, leaveOut, listDrafts, type Draft } from "./draft.ts";
import { readEuro } from "./notation-guess.ts";

const amounts = ["amount.reduced", "amount.discounted", "amount.total", "amount.max", "fees"];

/** The discounted one is seven tenths of the reduced one, a total is the sum of others: this proves more than a name. */
export function compareAmounts(drafts: readonly Draft[]): void {
  const columns = listDrafts(drafts, ...amounts).filter(({ column }) => column.facts.filled > 0);
  const pair = findPair(columns);
  if (pair !== null) {
    const [reduced, discounted] = pair;
    settle(reduced, "amount.reduced", "l'altro importo è il 70 % di questo");
    settle(discounted, "amount.discounted", "è il 70 % dell'altro importo");
    const fees = listDrafts(drafts, "fees").filter(
      (draft) => draft !== reduced && draft !== discounted,
    );
    for (const draft of columns) {
      if (draft === reduced || draft === discounted) continue;
      if (isSum(draft, reduced, fees) || isSum(draft, discounted, fees))
        leaveOut(draft, "è la somma di altri importi", true);
    }
  }
  for (const draft of listDrafts(drafts, "amount.total", "amount.max"))
    leaveOut(draft, `${draft.reason}: non serve`, draft.isSure);
  for (const [meaning, field] of [
    ["amount.reduced", "importoRidottoCents"],
    ["amount.discounted", "importoScontatoCents"],
    ["fees", "speseCents"],
  ] as const)
    keepOne(listDrafts(drafts, meaning), field, pair);
}

function settle(draft: Draft, meaning: string, reason: string): void {
  draft.meaning = meaning;
  draft.isSure = true;
  draft.reason = reason;
}

/** Of several amounts of a kind the one that was proved, else the one named best. */
function keepOne(columns: readonly Draft[], field: string, pair: readonly Draft[] | null): void {
  const proved = columns.find((draft) => pair?.includes(draft) === true);
  const [best = null] = proved === undefined ? columns : [proved];
  for (const draft of columns) {
    if (draft === best) {
      assignTarget(draft, field);
      // An amount without a word beside it is the one that is owed, where it is alone.
      const isAlone = columns.length === 1 && draft.column.facts.filled > 0;
      if (isAlone && field === "importoRidottoCents" && draft.column.weight > 0.8)
        draft.isSure = true;
      if (columns.length > 1 && proved === undefined) draft.isSure = false;
      continue;
    }
    draft.alternatives.push(field);
    leaveOut(draft, `anche «${best?.column.header ?? ""}» è un importo di questo genere`, false);
  }
}

function findPair(columns: readonly Draft[]): readonly [Draft, Draft] | null {
  const usual = columns.filter(({ meaning }) => meaning !== "fees");
  for (const reduced of usual)
    for (const discounted of usual) {
      if (reduced === discounted) continue;
      // A total with its fees may come near it too: the names decide then.
      if (reduced.meaning === "amount.total" && discounted.meaning === "amount.total") continue;
      if (
        countFitting(
          reduced,
          discounted,
          (whole, part) => Math.abs(part - whole * 0.7) <= whole * 0.0002 + 0.011,
        ) >= 0.9
      )
        return [reduced, discounted];
    }
  return null;
}

function countFitting(
  left: Draft,
  right: Draft,
  fits: (left: number, right: number) => boolean,
): number {
  let both = 0;
  let fitting = 0;
  for (const [row, text] of left.column.facts.texts.entries()) {
    const one = readEuro(text);
    const other = readEuro(right.column.facts.texts[row] ?? "");
    if (one === null || other === null || one === 0 || other === 0) continue;
    both += 1;
    if (fits(one, other)) fitting += 1;
  }
  return both < 2 ? 0 : fitting / both;
}

function isSum(total: Draft, part: Draft, fees: readonly Draft[]): boolean {
  if (fees.length === 0) return false;
  const { texts } = total.column.facts;
  let both = 0;
  let fitting = 0;
  for (const [row, text] of texts.entries()) {
    const sum = readEuro(text);
    const one = readEuro(part.column.facts.texts[row] ?? "");
    if (sum === null || one === null) continue;
    let rest = 0;
    for (const fee of fees) rest += readEuro(fee.column.facts.texts[row] ?? "") ?? 0;
    both += 1;
    if (rest > 0 && Math.abs(one + rest - sum) < 0.011) fitting += 1;
  }
  return both >= 2 && fitting / both >= 0.9;
}
