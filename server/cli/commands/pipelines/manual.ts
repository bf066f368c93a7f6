/** `manual`: writes the manual as files. */
import { mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "../../../../engine/host/whole-file.ts";
import { codeOf } from "../../../../engine/host/errors.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { buildManualSite } from "../../../web/manual/static-site.tsx";
import { type Command, exitCodes } from "../../command.ts";
import { formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

/** The manual without the dashboard: for an intranet, or to be read where nothing runs. */
export const manualCommand: Command = {
  usage: "manual CARTELLA",
  summary:
    "scrive il manuale come pagine HTML con la ricerca, da leggere senza pannello e senza rete",
  details: () => `
  La cartella deve essere nuova, vuota o già di un manuale: le sue pagine si rinnovano.
  Lo stesso manuale è nel pannello, a /manuale.
`,
  words: ["CARTELLA"],
  options: {},
  async run(input) {
    const folder = input.words[0] ?? "";
    await assertOurs(folder);
    let count = 0;
    for await (const [name, content] of buildManualSite()) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, [content]);
      count += 1;
    }
    terminal.stdout.write(
      `${formatCount(count, "file scritto", "file scritti")}. Si comincia da ${join(folder, "index.html")}.\n`,
    );
    return exitCodes.completed;
  },
};

/** Nothing of anybody else is written over. */
async function assertOurs(folder: string): Promise<void> {
  try {
    const names = await readdir(folder);
    if (names.length === 0 || names.includes("cerca.html")) return;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return;
    if (code !== "ENOTDIR") throw error;
    throw new UsageError(`${folder} è un file: indicare una cartella nuova.`, {
      isWellTyped: true,
    });
  }
  throw new UsageError(
    `Nella cartella ${folder} c'è già altro: indicarne una nuova o vuota, perché nulla vada perso.`,
    { isWellTyped: true },
  );
}
