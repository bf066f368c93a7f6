/** Whose a column is, where a file has several persons or several places. */
import type { HeaderRole } from "./header-name.ts";
import type { Settled } from "./settle.ts";

/** Where an address lies: of the recipient, of the violation, of something that nobody needs. */
export type GroupPlace = "home" | "violation" | "elsewhere";

export interface Belonging {
  readonly place: GroupPlace;
  /** Of the person who is notified. */
  readonly isRecipient: boolean;
  readonly isSure: boolean;
  /** Italian; `null`: nothing to say. */
  readonly reason: string | null;
}

/** What was found of the persons of a file. */
export interface Persons {
  /** Roles that bear names of their own, the one that is notified first; fewer than two: no choice. */
  readonly roles: readonly HeaderRole[];
  readonly isSure: boolean;
}

const streets = new Set(["street", "streetName", "streetType", "wholeAddress", "home", "place"]);
const addresses = new Set([
  ...streets,
  ..."streetNumber suffix details careOf cap town townProvince capTown hamlet province state".split(
    " ",
  ),
]);
const identities = new Set(
  "surname name fullName nameFirst surnameOrBody body taxCode taxOrVat vat".split(" "),
);
const personal = new Set([...identities, ..."pec email type quality".split(" ")]);
const persons: readonly HeaderRole[] = ["recipient", "owner", "tenant", "driver"];
const elsewhere: readonly HeaderRole[] = [
  "birth",
  "officer",
  "license",
  "device",
  "vehicle",
  "payment",
  "notice",
  "calibration",
];

function findPerson({ roles }: Settled): HeaderRole | null {
  return persons.find((role) => roles.has(role)) ?? null;
}

function isIdentity({ meaning }: Settled): boolean {
  return identities.has(meaning);
}

/** The roles that have a name or a code of their own; `wanted`: the one that somebody has chosen. */
export function findPersons(columns: readonly Settled[], wanted: HeaderRole | null): Persons {
  const named = new Map<HeaderRole, number>();
  for (const column of columns) {
    const role = findPerson(column);
    if (role === null || !isIdentity(column)) continue;
    named.set(role, Math.max(named.get(role) ?? 0, column.facts.filled));
  }
  const found = persons.filter((role) => named.has(role));
  const first = wanted !== null && named.has(wanted) ? wanted : found[0];
  if (first === undefined) return { roles: [], isSure: true };
  const others = found.filter((role) => role !== first);
  const own = named.get(first) ?? 0;
  const isSure =
    wanted !== null ||
    first === "recipient" ||
    others.every((role) => (named.get(role) ?? 0) < own * 0.2);
  return { roles: [first, ...others], isSure };
}

/** Says of each column whose it is. */
export function assignBelongings(
  columns: readonly Settled[],
  found: Persons,
): readonly Belonging[] {
  const belongings = assignOwners(columns, found);
  const open = listOpenStreets(columns);
  return belongings.map((own, index) =>
    open.has(index)
      ? { ...own, isSure: false, reason: "due indirizzi: quale è della violazione?" }
      : own,
  );
}

/** Streets of which no name says whether they are of the violation or of the recipient, where there are two. */
function listOpenStreets(columns: readonly Settled[]): ReadonlySet<number> {
  const all = columns.filter(({ meaning }) => /^(?:street|wholeAddress|home)$/.test(meaning));
  const hasPlace = columns.some(
    (column) => column.meaning === "place" || (streets.has(column.meaning) && saysPlace(column)),
  );
  if (all.length < 2 || hasPlace) return new Set();
  return new Set(all.filter((column) => !saysHome(column)).map(({ index }) => index));
}

function saysHome({ roles }: Settled): boolean {
  return roles.has("home") || persons.some((role) => roles.has(role));
}

function assignOwners(columns: readonly Settled[], found: Persons): readonly Belonging[] {
  const places = assignPlaces(columns);
  const [main, ...others] = found.roles;
  const repeated = columns.some(
    (column) =>
      isIdentity(column) &&
      findPerson(column) === null &&
      columns.some((other) => other.meaning === column.meaning && findPerson(other) !== null),
  );
  let nearest: HeaderRole | null = null;
  return columns.map((column, index) => {
    const place = places[index] ?? "home";
    const isPersonal =
      personal.has(column.meaning) || (addresses.has(column.meaning) && place === "home");
    if (!isPersonal) return { place, isRecipient: true, isSure: true, reason: null };
    const own = findPerson(column);
    if (own !== null && found.roles.includes(own)) nearest = own;
    if (main === undefined) return { place, isRecipient: true, isSure: true, reason: null };
    if (others.length === 0) {
      // `Cognome` beside `Cognome conducente`: the names without a role are of another.
      const isOther = repeated && (main === "driver" || main === "tenant") && own === main;
      const isUnnamed = repeated && main !== "driver" && main !== "tenant" && own === null;
      return {
        place,
        isRecipient: !isOther && !(isUnnamed && isIdentity(column)),
        isSure: true,
        reason: null,
      };
    }
    const role = own ?? nearest ?? main;
    return {
      place,
      isRecipient: role === main,
      isSure: found.isSure,
      reason: found.isSure
        ? null
        : "nel file ci sono più persone: chi va notificato lo dice una persona",
    };
  });
}

function assignPlaces(columns: readonly Settled[]): readonly GroupPlace[] {
  const placed: GroupPlace[] = [];
  const hasPlace = columns.some(({ meaning, isVague }) => meaning === "place" && !isVague);
  for (const [index, column] of columns.entries())
    placed.push(assignPlace(column, { index, columns, placed, hasPlace }));
  return placed;
}

interface Around {
  readonly index: number;
  readonly columns: readonly Settled[];
  readonly placed: readonly GroupPlace[];
  readonly hasPlace: boolean;
}

function assignPlace(column: Settled, around: Around): GroupPlace {
  const { meaning, roles } = column;
  if (!addresses.has(meaning)) return "home";
  if (roles.has("violation") || roles.has("finding") || roles.has("record")) return "violation";
  if (meaning === "place") return "violation";
  if (roles.has("home") || persons.some((role) => roles.has(role))) return "home";
  if (elsewhere.some((role) => roles.has(role))) return "elsewhere";
  if (meaning === "cap" || meaning === "capTown") return "home";
  const { index, columns, placed } = around;
  const twins = columns.filter((other) => other.meaning === meaning && !saysPlace(other));
  if (streets.has(meaning)) {
    const others = columns.filter(
      (other) => other !== column && /^(?:street|wholeAddress|home)$/.test(other.meaning),
    );
    if (!around.hasPlace && others.some(saysHome)) return "violation";
    if (twins.length < 2) return "home";
    return hasCapBehind(index, columns) || around.hasPlace ? "home" : "violation";
  }
  const left = columns.slice(0, index).findLastIndex((other) => streets.has(other.meaning));
  if (left === -1) return "home";
  const isClose = index - left <= 2;
  if (placed[left] !== "violation" || !isClose) return "home";
  if (meaning === "streetNumber" || meaning === "suffix") return "violation";
  return twins.length > 1 ? "violation" : "home";
}

function saysPlace({ roles }: Settled): boolean {
  return roles.has("violation") || roles.has("finding");
}

/** Behind the street, before the next one, stands a CAP. */
function hasCapBehind(index: number, columns: readonly Settled[]): boolean {
  for (const { meaning } of columns.slice(index + 1)) {
    if (meaning === "cap" || meaning === "capTown") return true;
    if (streets.has(meaning)) return false;
  }
  return false;
}
