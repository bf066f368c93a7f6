/** What a table of CAPs says of an address: right, wrong for sure, doubtful, or unknown; with what may have been meant. */
import { countEdits } from "../faults.ts";
import type { PostalTable, PostalVerdict, PostalPlace } from "../port.ts";

export interface PostalRow {
  readonly cap: string;
  readonly town: string;
  readonly province: string;
}

/** PagoPA's list has some 17,000 rows. */
const completeFrom = 10_000;

/** How much of Italy so many rows are, for a table that an operator imports. */
export function estimateExtent(rows: number): PostalTable["extent"] {
  return rows >= completeFrom ? "all" : "some";
}

interface Index {
  readonly byCap: ReadonlyMap<string, readonly PostalRow[]>;
  /** By name and sigla. */
  readonly byTown: ReadonlyMap<string, readonly PostalRow[]>;
  readonly byProvince: ReadonlyMap<string, readonly PostalRow[]>;
  readonly names: ReadonlySet<string>;
  /** Towns with several CAPs: cities divided into zones. */
  readonly cities: ReadonlySet<string>;
}

/** A table in memory. */
export function buildPostalTable(
  rows: readonly PostalRow[],
  date: string,
  extent: PostalTable["extent"] = estimateExtent(rows.length),
): PostalTable {
  const index: Index = {
    byCap: Map.groupBy(rows, ({ cap }) => cap),
    byTown: Map.groupBy(rows, ({ town, province }) => `${normaliseTown(town)};${province}`),
    byProvince: Map.groupBy(rows, ({ province }) => province),
    names: new Set(rows.map(({ town }) => normaliseTown(town))),
    cities: findCities(rows),
  };
  return {
    date,
    rows: rows.length,
    extent,
    hasTown: (name) => listSpellings(name).some((spelling) => index.names.has(spelling)),
    suggest: (place) => suggestPlaces(index, toAsked(place)),
    judge: (place) => judge(index, extent, toAsked(place)),
  };
}

function findCities(rows: readonly PostalRow[]): ReadonlySet<string> {
  const caps = Map.groupBy(rows, ({ town, province }) => `${normaliseTown(town)};${province}`);
  const cities = [...caps].filter(([, own]) => new Set(own.map(({ cap }) => cap)).size > 1);
  return new Set(cities.map(([name]) => name.slice(0, name.indexOf(";"))));
}

interface Asked {
  readonly cap: string;
  readonly names: readonly string[];
  readonly sigla: string;
}

function toAsked({ cap, comune, provincia }: PostalPlace): Asked {
  return {
    cap: cap.trim(),
    names: listSpellings(comune),
    sigla: provincia.trim().toUpperCase(),
  };
}

const suggestedAtMost = 6;

/** The town with its own CAPs, towns of almost this name, this name in other provinces, then the towns of the CAP. */
function suggestPlaces(index: Index, asked: Asked): readonly PostalPlace[] {
  const here = index.byCap.get(asked.cap) ?? [];
  const isNamed = ({ town }: PostalRow): boolean => asked.names.includes(normaliseTown(town));
  if (here.some((row) => row.province === asked.sigla && isNamed(row))) return [];
  const own = asked.names.flatMap((name) => index.byTown.get(`${name};${asked.sigla}`) ?? []);
  const rows = [...here.filter(isNamed), ...own, ...findNearTowns(index, asked), ...here];
  const places = rows.map(({ cap, town, province }) => ({
    cap,
    comune: town,
    provincia: province,
  }));
  return [...new Map(places.map((place) => [Object.values(place).join(), place])).values()].slice(
    0,
    suggestedAtMost,
  );
}

function judge(index: Index, extent: PostalTable["extent"], asked: Asked): PostalVerdict {
  const here = index.byCap.get(asked.cap) ?? [];
  const isTogether = here.some(
    ({ town, province }) => province === asked.sigla && asked.names.includes(normaliseTown(town)),
  );
  if (isTogether) return { status: "ok" };
  const own = asked.names.flatMap((name) => index.byTown.get(`${name};${asked.sigla}`) ?? []);
  const near = own.length > 0 ? [] : findNearTowns(index, asked);
  const certainty = judgeCertainty(extent, { index, asked, here, own, near });
  if (certainty === "unknown") return { status: "unknown" };
  return {
    status: "mismatch",
    isSure: certainty === "sure",
    towns: pickFirstFew(here.map(({ town, province }) => `${town} (${province})`)),
    near: pickFirstFew(near.map(({ cap, town, province }) => `${cap} ${town} (${province})`)),
    caps: pickFirstFew(own.map(({ cap }) => cap)),
  };
}

interface Evidence {
  readonly index: Index;
  readonly asked: Asked;
  /** Rows of this CAP. */
  readonly here: readonly PostalRow[];
  /** Rows of this town in this province. */
  readonly own: readonly PostalRow[];
  /** Rows of towns with almost this name. */
  readonly near: readonly PostalRow[];
}

/**
 * A table of the comuni alone does not have the names of their parts, which SEND takes too, and is of another day than SEND's:
 * measured against PagoPA's list, what is called sure here was never wrong, what is doubtful was in one of 45 right addresses.
 */
function judgeCertainty(
  extent: PostalTable["extent"],
  { index, asked, here, own, near }: Evidence,
): "sure" | "doubtful" | "unknown" {
  if (extent === "all") return "sure";
  if (extent === "some") return here.length === 0 ? "unknown" : "doubtful";
  if (here.length > 0 && here.every(({ province }) => province !== asked.sigla)) return "sure";
  if (own.length > 0) {
    // A CAP that ends in 0 is shared by many comuni, and lists of different years differ about which.
    return here.length > 0 && asked.cap.endsWith("0") ? "doubtful" : "sure";
  }
  // No part of a comune bears the name of a city of another province.
  if (asked.names.some((name) => index.cities.has(name))) return "sure";
  if (here.length === 0) return "unknown";
  const isElsewhere = asked.names.some((name) => index.names.has(name));
  return isElsewhere || near.some(({ cap }) => cap === asked.cap) ? "doubtful" : "unknown";
}

/** Towns of this CAP, or of this province, whose name differs by one letter, long names by two; those of the CAP first. */
function findNearTowns(index: Index, { cap, names, sigla }: Asked): readonly PostalRow[] {
  const candidates = [...(index.byCap.get(cap) ?? []), ...(index.byProvince.get(sigla) ?? [])];
  return candidates.filter(({ town }) =>
    names.some((name) => {
      const other = normaliseTown(town);
      const most = name.length > 6 ? 2 : 1;
      return (
        name !== other &&
        Math.abs(name.length - other.length) <= most &&
        countEdits(name, other) <= most
      );
    }),
  );
}

const shownAtMost = 3;

/** The first few, and how many more there are. */
function pickFirstFew(texts: readonly string[]): readonly string[] {
  const unique = [...new Set(texts)];
  const more = unique.length - shownAtMost;
  if (more <= 1) return unique;
  return [...unique.slice(0, shownAtMost), `e altri ${more}`];
}

/** Official names and those of the postal table. */
const otherNames: Readonly<Record<string, string>> = {
  "REGGIO NELL EMILIA": "REGGIO EMILIA",
  "REGGIO DI CALABRIA": "REGGIO CALABRIA",
};

/** The ways in which a town may stand in the table: bilingual names by each half, `S.` written out. */
function listSpellings(town: string): readonly string[] {
  const halves = town.includes("/") ? town.split("/") : [];
  return [town, ...halves].map(normaliseTown).flatMap((name) => {
    if (!name.startsWith("S ")) return [name];
    return [name, ...saints.map((saint) => name.replace(/^S /, `${saint} `))];
  });
}

const saints = ["SAN", "SANTA", "SANT", "SANTO", "SANTI"];

/** Capitals without accents; apostrophes and other signs as one blank; the postal name where there are two. */
function normaliseTown(text: string): string {
  const name = text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, " ")
    .trim();
  return otherNames[name] ?? name;
}
