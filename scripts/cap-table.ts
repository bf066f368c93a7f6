/** Writes data/reference/cap.csv, the table of CAPs that ships, from the package italian-locations: `bun scripts/cap-table.ts FOLDER`, where FOLDER is the package unpacked. */
import { join } from "node:path";
import { Glob } from "bun";

/** What the table is made of; the day is that which the package gives for its data. */
const source = { name: "italian-locations", version: "1.2.1", day: "2025-06-30" };

interface Place {
  readonly cap: string;
  readonly denominazione_ita: string;
  /** German, French or Slovene name; empty where there is none. */
  readonly denominazione_altra: string;
  readonly sigla_provincia: string;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: bun scripts/cap-table.ts FOLDER");
const { version } = (await Bun.file(join(folder, "package.json")).json()) as { version: string };
if (version !== source.version)
  throw new Error(`expected ${source.name} ${source.version}, got ${version}`);
const [file] = [...new Glob("dist/gi_comuni_cap-*.json").scanSync(folder)];
if (file === undefined) throw new Error("the package has no dist/gi_comuni_cap-*.json");

const rows = new Set<string>();
for (const place of (await Bun.file(join(folder, file)).json()) as readonly Place[])
  for (const name of [place.denominazione_ita, place.denominazione_altra])
    if (name !== "") rows.add(`${place.cap};${toPostalName(name)};${place.sigla_provincia}`);
const sorted = [...rows].toSorted();
const target = join(import.meta.dir, "../data/reference/cap.csv");
await Bun.write(target, `CAP;localita;provincia;${source.day}\n${sorted.join("\n")}\n`);
process.stdout.write(`${sorted.length} rows of ${source.name} ${source.version}\n`);

/** Capitals; an accent at the end of a word is an apostrophe, as on an envelope. */
function toPostalName(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}+(?![\p{L}\p{M}])/gu, "'")
    .replace(/\p{M}/gu, "")
    .toUpperCase();
}
