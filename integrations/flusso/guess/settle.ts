/** What one column holds, by its name and by its cells, before the others are looked at. */
import type { ColumnFacts } from "./column-facts.ts";
import { judgeFit, readContent } from "./expectations.ts";
import { readHeaderName, type HeaderRole } from "./header-name.ts";

export interface Settled {
  readonly index: number;
  readonly header: string;
  /** See `NameReading`; `unknown`: neither name nor cells say anything. */
  readonly meaning: string;
  readonly roles: ReadonlySet<HeaderRole>;
  readonly isSure: boolean;
  /** 0 to 1, to choose among columns that mean the same. */
  readonly weight: number;
  /** The name alone does not say it. */
  readonly isVague: boolean;
  /** Italian: why. */
  readonly reason: string;
  /** What it may be instead. */
  readonly others: readonly string[];
  readonly facts: ColumnFacts;
}

/** Columns whose name promises one of these may be told apart by their cells better than by their name. */
const addresses = new Set(["town", "townProvince", "capTown", "wholeAddress", "street", "home"]);

/** Settles one column. */
export function settleColumn(index: number, header: string, facts: ColumnFacts): Settled {
  const name = readHeaderName(header);
  const content = readContent(facts);
  const base = { index, header, roles: name.roles, facts, isVague: name.isVague };
  const named = name.meaning;
  if (named === null) return settleByContent(base, content);
  const fit = judgeFit(named, facts);
  const words = header.trim();
  const isVagueNone = name.isVague && named === "none";
  const isOther =
    content !== null && (isVagueNone ? isProof(content.meaning) : !isAkin(named, content.meaning));
  if (name.isVague && isOther && (isProof(content.meaning) || fit === "maybe"))
    return settleByContent({ ...base, isVague: true }, content);
  // A cell that holds more than its name says: `Comune` with its province, `Indirizzo` with all of it.
  if (content !== null && isMore(named, content.meaning))
    return {
      ...base,
      meaning: content.meaning,
      isSure: !name.isVague || named === "home",
      weight: 1,
      reason: content.why,
      others: [named],
    };
  if (fit !== "no")
    return {
      ...base,
      meaning: named,
      isSure: !name.isVague && !(isOther && isTelling(content.meaning)),
      weight: name.score + (fit === "maybe" ? 0 : 0.3) + (name.isVague ? -0.4 : 0),
      reason: describeNamed(words, fit, facts),
      others: isOther ? [content.meaning] : [],
    };
  if (content === null)
    return {
      ...base,
      // A name that says little is not held against what stands there.
      meaning: name.isVague ? "none" : named,
      isSure: false,
      weight: name.score - 0.5,
      reason: `il nome «${words}» lo dice, i valori no`,
      others: name.isVague ? [named] : ["none"],
    };
  return {
    ...base,
    meaning: content.meaning,
    isSure: false,
    weight: 0.5,
    reason: `${content.why}, il nome «${words}» dice altro`,
    others: [named],
  };
}

function isMore(named: string, content: string): boolean {
  const parts = ["wholeAddress", "capTown", "townProvince"];
  if (named === "home") return addresses.has(content);
  return addresses.has(named) && parts.includes(content) && named !== content;
}

/** By check digits, or by a form that nothing else has. */
function isProof(content: string): boolean {
  return [
    "taxCode",
    "taxOrVat",
    "vat",
    "plate",
    "pec",
    "notice",
    "moment",
    "wholeAddress",
  ].includes(content);
}

/** So, or by a form that other things rarely have. */
function isTelling(content: string): boolean {
  const forms = ["street", "date", "time", "email", "capTown", "townProvince"];
  return isProof(content) || forms.includes(content);
}

/** What the cells are may be what the name says, in other words or as a part of it. */
function isAkin(named: string, content: string): boolean {
  if (named === content || (addresses.has(named) && addresses.has(content))) return true;
  const group = kin.find((words) => words.includes(named));
  return (
    group?.includes(content) === true ||
    (named === "none" && !["plate", "notice", "pec"].includes(content))
  );
}

const kin: readonly (readonly string[])[] = [
  ["taxCode", "taxOrVat", "vat"],
  ["pec", "email"],
  ["date", "date.finding", "date.record", "moment", "calibration.date", "decree.date"],
  ["place", "street", "streetName", "town", "wholeAddress", "hamlet", "townProvince"],
  [
    "town",
    "hamlet",
    "surname",
    "name",
    "fullName",
    "body",
    "description",
    "agent",
    "careOf",
    "details",
  ],
  ["province", "state", "series", "letter", "suffix", "type", "vehicle.country"],
];

function describeNamed(words: string, fit: string, facts: ColumnFacts): string {
  if (facts.filled === 0) return `il nome «${words}»; la colonna è vuota`;
  if (fit === "proved") return `il nome «${words}» e le cifre di controllo dei valori`;
  return fit === "fits" ? `il nome «${words}» e i valori` : `il nome «${words}»`;
}

function settleByContent(
  base: Pick<Settled, "index" | "header" | "roles" | "facts" | "isVague">,
  content: ReturnType<typeof readContent>,
): Settled {
  if (content === null)
    return {
      ...base,
      meaning: "unknown",
      isSure: base.facts.filled === 0 && base.header === "",
      weight: 0,
      reason:
        base.facts.filled === 0
          ? "la colonna è vuota"
          : "né il nome né i valori dicono che cosa sia",
      others: [],
    };
  const proofs = ["taxCode", "taxOrVat", "plate", "pec", "notice"];
  return {
    ...base,
    meaning: content.meaning,
    isSure: proofs.includes(content.meaning),
    weight: 0.7,
    reason: content.why,
    others: ["none"],
  };
}
