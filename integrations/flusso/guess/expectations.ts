/** Whether the cells of a column are what its name promises. */
import type { ColumnFacts } from "./column-facts.ts";
import type { ContentKind } from "./cell-tests.ts";

/** `proved`: by check digits or by a form that nothing else has; `no`: they are something else. */
export type Fit = "proved" | "fits" | "maybe" | "no";

type Judge = (facts: ColumnFacts) => Fit;

function rate(share: number, enough: number, least: number, best: Fit = "fits"): Fit {
  if (share >= enough) return best;
  return share >= least ? "maybe" : "no";
}

const byShare =
  (kind: ContentKind, enough: number, least: number, best: Fit = "fits"): Judge =>
  (facts) =>
    rate(facts.share(kind), enough, least, best);

/** Days, also as the numbers that a spreadsheet counts. */
export function shareDays(facts: ColumnFacts): number {
  return Math.max(
    facts.share("day"),
    facts.share("moment"),
    facts.days / Math.max(1, facts.filled),
  );
}

/** Every cell is a number of days since 1900 that falls into these years. */
export function isSerialDays(facts: ColumnFacts): boolean {
  return (
    facts.filled > 0 &&
    facts.values.every(
      (text) => /^\d{5}$/.test(text) && Number(text) > 40_000 && Number(text) < 60_000,
    )
  );
}

const judgeDay: Judge = (facts) =>
  isSerialDays(facts) ? "fits" : rate(shareDays(facts), 0.95, 0.8);

export function shareMoney(facts: ColumnFacts): number {
  return facts.share("comma-money") + facts.share("dot-money") + facts.share("whole");
}

const judgeMoney: Judge = (facts) => rate(shareMoney(facts), 0.95, 0.8);

const judgeText: Judge = (facts) => {
  const isOther =
    shareDays(facts) > 0.8 || facts.share("taxCode") > 0.5 || facts.share("email") > 0.5;
  return isOther ? "no" : rate(facts.share("letters"), 0.8, 0.3);
};

const judgeName: Judge = (facts) => {
  if (judgeText(facts) === "no" || facts.share("street") > 0.5 || facts.share("plate") > 0.5)
    return "no";
  return rate(facts.share("oneName") + facts.share("body"), 0.6, 0.3);
};

const judgeFullName: Judge = (facts) => {
  if (judgeText(facts) === "no" || facts.share("street") > 0.5) return "no";
  return rate(facts.share("fullName") + facts.share("body"), 0.6, 0.3);
};

const judgeFigure: Judge = (facts) =>
  rate(facts.share("whole") + facts.share("comma-money") + facts.share("dot-money"), 0.9, 0.8);

const judgeTaxCode: Judge = (facts) => {
  const sum = facts.share("taxCode") + facts.share("vat");
  if (facts.share("taxCode") >= 0.5 && sum >= 0.8) return "proved";
  return rate(sum, 0.7, 0.35);
};

const judgeFew =
  (most: number): Judge =>
  (facts) =>
    facts.distinct <= most && shareDays(facts) < 0.5 ? "maybe" : "no";

const judgeNumber: Judge = (facts) => {
  const hasDigits =
    facts.values.filter((text) => /\d/.test(text)).length / Math.max(1, facts.distinct);
  if (shareDays(facts) > 0.8 || facts.share("email") + facts.share("taxCode") > 0.5) return "no";
  if (hasDigits < 0.9) return "no";
  return facts.distinct / Math.max(1, facts.filled) >= 0.98 ? "fits" : "maybe";
};

const judgeStreet: Judge = (facts) => {
  if (facts.share("street") >= 0.5) return "fits";
  return judgeText(facts) === "no" ? "no" : "maybe";
};

/** Numbers of a spreadsheet lose their first zeros. */
const judgeCap: Judge = (facts) => {
  if (facts.share("cap") >= 0.9) return "fits";
  const short = facts.values.filter((text) => /^\d{3,5}$/.test(text)).length;
  return short / Math.max(1, facts.distinct) >= 0.7 ? "maybe" : "no";
};

const judgeTown: Judge = (facts) => {
  if (facts.share("town") >= 0.6) return "fits";
  const isMore = facts.share("townProvince") + facts.share("capTown") > 0.4;
  return isMore || judgeText(facts) === "no" ? "no" : "maybe";
};

const countries =
  /^(?:I|IT|ITA|ITALIA|ITALY|Z\d{3}|[A-Z]{2,3}|FRANCIA|GERMANIA|SVIZZERA|AUSTRIA|SPAGNA|ROMANIA|POLONIA|SLOVENIA|CROAZIA|ALBANIA|REGNO UNITO|SAN MARINO|PORTOGALLO|BELGIO|PAESI BASSI|UNGHERIA|BULGARIA|GRECIA|UCRAINA|MAROCCO)$/i;

/** `Stato` is a country, or how far a verbale has come. */
const judgeState: Judge = (facts) => {
  const fitting = facts.values.filter((text) => countries.test(text)).length;
  return rate(fitting / Math.max(1, facts.distinct), 0.8, 0.8);
};

const judges: Readonly<Record<string, Judge>> = {
  number: judgeNumber,
  year: (facts) =>
    rate(
      facts.values.filter((text) => /^(?:20)?[0-4]\d$/.test(text)).length /
        Math.max(1, facts.distinct),
      0.95,
      0.9,
    ),
  series: (facts) => (facts.longest <= 8 ? "maybe" : "no"),
  protocol: judgeNumber,
  date: judgeDay,
  "date.finding": judgeDay,
  "date.record": judgeDay,
  moment: (facts) => rate(facts.share("moment"), 0.5, 0.1),
  time: (facts) => rate(facts.share("time"), 0.9, 0.7),
  place: judgeText,
  plate: byShare("plate", 0.7, 0.4),
  article: (facts) =>
    shareDays(facts) > 0.5 || facts.share("plate") > 0.9 || facts.share("taxCode") > 0.5
      ? "no"
      : rate(facts.share("article"), 0.7, 0),
  comma: (facts) => (facts.longest <= 20 && shareDays(facts) < 0.5 ? "fits" : "no"),
  letter: (facts) => (facts.longest <= 10 ? "fits" : "no"),
  description: (facts) =>
    judgeText(facts) === "no" || facts.share("plate") > 0.5
      ? "no"
      : rate(facts.share("letters"), 0.8, 0.3),
  agent: (facts) => (judgeText(facts) === "no" && shareDays(facts) > 0.5 ? "no" : "maybe"),
  "amount.reduced": judgeMoney,
  "amount.discounted": judgeMoney,
  fees: judgeMoney,
  type: (facts) => (facts.distinct > 6 ? "no" : rate(facts.share("type"), 0.95, 0)),
  quality: judgeFew(10),
  surname: judgeName,
  surnameOrBody: judgeName,
  name: judgeName,
  fullName: judgeFullName,
  nameFirst: judgeFullName,
  body: judgeText,
  taxCode: judgeTaxCode,
  taxOrVat: judgeTaxCode,
  vat: byShare("vat", 0.8, 0.5, "proved"),
  pec: byShare("email", 0.8, 0.5),
  email: byShare("email", 0.8, 0.5),
  street: judgeStreet,
  wholeAddress: byShare("wholeAddress", 0.6, 0.1),
  streetName: judgeText,
  streetType: (facts) => (facts.longest <= 25 ? judgeText(facts) : "no"),
  streetNumber: byShare("streetNumber", 0.8, 0.4),
  suffix: (facts) => (facts.longest <= 8 ? "fits" : "no"),
  cap: judgeCap,
  town: judgeTown,
  townProvince: byShare("townProvince", 0.5, 0.3, "proved"),
  capTown: byShare("capTown", 0.5, 0.3, "proved"),
  hamlet: judgeText,
  state: judgeState,
  careOf: (facts) => (facts.share("street") > 0.5 ? "no" : judgeText(facts)),
  province: byShare("province", 0.9, 0.6),
  points: judgeFigure,
  "speed.limit": judgeFigure,
  "speed.measured": judgeFigure,
  "speed.charged": judgeFigure,
  "calibration.date": judgeDay,
  "decree.date": judgeDay,
  "prefect.date": judgeDay,
  notice: byShare("notice", 0.8, 0.5, "proved"),
  immediate: byShare("flag", 0.95, 0.8),
};

/** How the cells fit a meaning; an empty column fits any. */
export function judgeFit(meaning: string, facts: ColumnFacts): Fit {
  if (facts.filled === 0) return "maybe";
  return judges[meaning]?.(facts) ?? "maybe";
}

/** What the cells are by their form and check digits alone; `null`: they do not say. */
export function readContent(
  facts: ColumnFacts,
): { readonly meaning: string; readonly why: string } | null {
  if (facts.filled < 2) return null;
  const share = (kind: ContentKind): number => facts.share(kind);
  const isCode = share("taxCode") >= 0.3 && share("taxCode") + share("vat") >= 0.8;
  if (isCode)
    return {
      meaning: share("vat") > 0 ? "taxOrVat" : "taxCode",
      why: "le lettere di controllo sono quelle di codici fiscali",
    };
  if (share("vat") >= 0.9)
    return { meaning: "vat", why: "le cifre di controllo sono quelle di partite IVA" };
  if (share("pec") >= 0.5) return { meaning: "pec", why: "i valori sono indirizzi di PEC" };
  if (share("email") >= 0.8) return { meaning: "email", why: "i valori sono indirizzi di posta" };
  if (share("notice") >= 0.9)
    return { meaning: "notice", why: "i valori hanno le 18 cifre di un codice avviso" };
  if (share("plate") >= 0.85 && share("newPlate") >= 0.4 && facts.distinct > 1)
    return { meaning: "plate", why: "i valori hanno la forma di targhe" };
  if (share("wholeAddress") >= 0.6)
    return { meaning: "wholeAddress", why: "i valori sono indirizzi con il CAP" };
  if (share("capTown") >= 0.6)
    return { meaning: "capTown", why: "i valori sono un CAP e un comune" };
  if (share("townProvince") >= 0.6)
    return { meaning: "townProvince", why: "i valori sono un comune e una provincia" };
  if (share("street") >= 0.7) return { meaning: "street", why: "i valori sono vie" };
  if (share("moment") >= 0.9) return { meaning: "moment", why: "i valori sono date con l'ora" };
  if (share("day") >= 0.95) return { meaning: "date", why: "i valori sono date" };
  if (share("time") >= 0.95 && share("dot-money") < 1)
    return { meaning: "time", why: "i valori sono ore" };
  if (
    share("type") >= 0.95 &&
    facts.distinct <= 4 &&
    facts.values.some((text) => /PF|PG|FIS|GIUR/i.test(text))
  )
    return { meaning: "type", why: "i valori sono PF e PG" };
  if (share("town") >= 0.85 && facts.longest > 3 && share("letters") > 0.9)
    return { meaning: "town", why: "i valori sono nomi di comuni" };
  if (share("province") >= 0.95 && facts.distinct > 1)
    return { meaning: "province", why: "i valori sono sigle di province" };
  return null;
}
