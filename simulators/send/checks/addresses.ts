/** What the simulated SEND knows of places: the CAP table and the countries; decides NOT_VALID_ADDRESS. */
import type { CapRow, SendSimulatorOptions } from "../options.ts";
import type { WireAddress } from "../../../integrations/send/wire.ts";

export interface AddressBook {
  /** The detail of NOT_VALID_ADDRESS, or `null` when the address can be mailed. */
  findFault(address: WireAddress): string | null;
}

const domestic: ReadonlySet<string> = new Set(["", "ITALIA", "ITALY", "ITA", "IT"]);

/** PagoPA's list has 16,911 rows; a table much shorter than that does not know every place. */
const completeRows = 10_000;

/** Reads the tables that the options name. Without a CAP table the triple is not matched, without countries any is known. */
export async function openAddressBook({
  capTable,
  countries,
}: SendSimulatorOptions): Promise<AddressBook> {
  const rows = typeof capTable === "string" ? await readCapTable(capTable) : capTable;
  const byCap = rows === undefined ? null : Map.groupBy(rows, ({ cap }) => cap);
  const towns = new Set((rows ?? []).map(({ locality }) => normaliseText(locality)));
  const isComplete = (rows ?? []).length >= completeRows || typeof capTable !== "string";
  const names = typeof countries === "string" ? await readFirstColumn(countries) : countries;
  const states = names === undefined ? null : new Set(names.map(normaliseText));

  return {
    findFault(address) {
      const state = normaliseText(address.foreignState ?? "");
      // San Marino and the Vatican are printed as five domestic rows and stand in no table of Italian places.
      if (isEnclave(state, address)) return null;
      if (!domestic.has(state))
        return states === null || states.has(state)
          ? null
          : notValidFault(`Country not found: [${address.foreignState ?? ""}]`);
      const cap = (address.zip ?? "").trim();
      const province = normaliseText(address.province ?? "");
      if (cap === "" || province === "" || address.municipality.trim() === "")
        return notValidFault("Cap, city and Province are mandatory");
      if (byCap === null) return null;
      const town = normaliseText(address.municipality);
      const isKnown = (byCap.get(cap) ?? []).some(
        (row) =>
          normaliseText(row.locality) === town &&
          // A province spelled out is matched by CAP and town alone: SEND's normaliser knows its letters.
          (province.length > 2 || normaliseText(row.province) === province),
      );
      if (isKnown) return null;
      // A partial table contradicts only what it knows: a CAP and a town that it lists apart from each other.
      if (!isComplete && !(byCap.has(cap) && towns.has(town))) return null;
      return notValidFault(
        `Invalid Address, Cap, City and Province: [${cap}, ${address.municipality}, ${address.province ?? ""}]`,
      );
    },
  };
}

const enclaves = /\b(?:S(?:AN)? MARINO|VATICAN(?:O)?|HOLY SEE|SANTA SEDE)\b/;

/** By the name of the state, or in Italian form by the CAP: 00120 is the Vatican, 4789x San Marino. */
function isEnclave(state: string, { zip = "" }: WireAddress): boolean {
  return domestic.has(state) ? /^(?:00120|4789\d)$/.test(zip.trim()) : enclaves.test(state);
}

function notValidFault(reason: string): string {
  return `Validation failed, address is not valid. Error=${reason}`;
}

/** Upper case, without accents, apostrophes and other signs as one blank. */
function normaliseText(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/[\u0300-\u036F]/g, "")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, " ")
    .trim();
}

async function readCapTable(path: string): Promise<readonly CapRow[]> {
  const rows: CapRow[] = [];
  for (const line of (await Bun.file(path).text()).split(/\r?\n/).slice(1)) {
    const [cap, locality, province] = line.split(";");
    if (cap !== undefined && locality !== undefined && province !== undefined)
      rows.push({ cap, locality, province });
  }
  return rows;
}

async function readFirstColumn(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const line of (await Bun.file(path).text()).split(/\r?\n/).slice(1)) {
    const name = /^"([^"]*)"|^([^;,]+)/.exec(line);
    if (name !== null) names.push(name[1] ?? name[2] ?? "");
  }
  return names;
}
