/** `bun scripts/mistakes.ts`: the slips of a technician, what is said of each, and whether one edit by the message alone mends it. */
import { readConfig } from "../server/config.ts";
import { openInstallation } from "../server/installation.ts";
import { allMistakes, tryMistake } from "../test/support/mistakes/tally.ts";
import { formatMarkdownTable } from "./markdown-table.ts";

const installation = await openInstallation(readConfig({}));
const rows: string[][] = [];
let mended = 0;
for (const mistake of allMistakes) {
  const { told, way, count } = await tryMistake(mistake, installation);
  if (way !== null) mended += 1;
  const place =
    told === null ? "" : `${told.file.split("/").at(-1) ?? ""}:${told.line}:${told.column}`;
  const cause =
    told === null ? "" : `${told.code} ${told.message}${count > 1 ? ` (+${count - 1})` : ""}`;
  const remedy = told?.remedy ?? told?.maybe ?? told?.options?.slice(0, 60) ?? "";
  rows.push([mistake.name, place, cause, remedy, way ?? "no"]);
}
console.log(formatMarkdownTable(["slip", "place", "cause", "remedy", "mended by"], rows));
console.log(`\n${mended} of ${allMistakes.length} mended in one edit`);
