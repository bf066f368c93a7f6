/** Guesses what a person meant by a word that is not known: the nearest name, or the English key for an Italian one. */

/** Italian words that people type for keys; recognised and corrected, never accepted. */
const italianKeys: Readonly<Record<string, string>> = {
  nome: "name",
  titolo: "name",
  passi: "steps",
  passo: "step",
  fasi: "steps",
  usa: "uses",
  usare: "uses",
  modulo: "uses",
  con: "with",
  riprova: "retry",
  ritenta: "retry",
  volte: "times",
  tentativi: "times",
  attesa: "wait",
  attendi: "wait",
  attesaMassima: "maxWait",
  concorrenza: "concurrency",
  entro: "within",
  scadenza: "timeout",
  approvazione: "approval",
  orario: "schedule",
  pianificazione: "schedule",
  programmazione: "schedule",
  fuso: "timezone",
  fusoOrario: "timezone",
  seMancata: "ifMissed",
  seInCorso: "ifRunning",
  parametri: "params",
  tipo: "type",
  modello: "model",
  aiuto: "help",
  descrizione: "help",
  predefinito: "default",
  obbligatorio: "required",
  seFallisce: "onFailure",
  inErrore: "onFailure",
  cambia: "change",
  modifica: "change",
  aggiungi: "add",
  rimuovi: "remove",
  togli: "remove",
  dopo: "after",
  prima: "before",
  pagamenti: "payments",
  firma: "signing",
  firmatari: "signers",
  segreto: "secret",
  attivo: "active",
  colonne: "columns",
};

export interface Suggestion {
  readonly word: string;
  /** The word was an Italian one for it: certain enough to be mended by `check --fix`. */
  readonly isSynonym: boolean;
}

/** The key that was meant by `word`, out of `known`; `null` when none is near. */
export function suggestKey(word: string, known: readonly string[]): Suggestion | null {
  const italian = Object.entries(italianKeys).find(
    ([italianKey]) => italianKey.toLowerCase() === word.toLowerCase().replace(/[_-]/g, ""),
  )?.[1];
  if (italian !== undefined && known.includes(italian)) return { word: italian, isSynonym: true };
  const near = findNearest(word, known);
  return near === null ? null : { word: near, isSynonym: false };
}

/** The nearest of `known` by typing slips (case, `_` and `-` do not count); `null` when none is near enough. */
export function findNearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = countSlips(toPlainWord(word), toPlainWord(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function toPlainWord(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

/** Damerau-Levenshtein (optimal string alignment): insert, drop, replace, swap of neighbours. */
function countSlips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
