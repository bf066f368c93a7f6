/** `fascicolo`: the case file of a verbale for a judge. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readDocuments } from "../../../store/documents-place.ts";
import { guardDisk } from "../../../../engine/host/disk-faults.ts";
import { replaceFile } from "../../../../engine/host/whole-file.ts";
import { readCaseTrust } from "../../../fascicolo/case-trust.ts";
import { findCases } from "../../../fascicolo/collect.ts";
import { writeCase } from "../../../fascicolo/write-case.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** One PDF/A and one ZIP for each notification of the verbale. */
export const fascicoloCommand: Command = {
  usage: "fascicolo <NUMERO> --ente C [--to CARTELLA]",
  summary:
    "scrive il fascicolo di un verbale: racconto, atti, prove e verifica, in un PDF/A e uno ZIP",
  details: () => `
  NUMERO          numero del verbale, o IUN di una sua notifica
  --ente C        codice dell'ente
  --to CARTELLA   dove scrivere; se manca, data/outbox/<ente>/fascicoli
  L'archivio si verifica senza Postino: sha256sum -c impronte.txt. Se un file manca, o è alterato qui o prima di arrivare, il comando lo dice ed esce con 3.
`,
  act: "fascicolo",
  words: ["NUMERO"],
  options: { ente: { type: "string" }, to: { type: "string" } },
  async run(input) {
    const ente = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const { config, clock } = installation;
    const view = await readEnteOrExplain(installation, ente);
    if (view === null) return exitCodes.usage;
    const name = input.words[0] ?? "";
    const history = await openHistory(config);
    const cases = history === null ? [] : await findCases(history, ente, name);
    await history?.close();
    if (cases.length === 0) {
      terminal.stderr.write(
        `Nessuna notifica del verbale «${name}» per l'ente ${ente}. Cercarlo: postino find ${name}\n`,
      );
      return exitCodes.usage;
    }
    const artifacts = await readDocuments(config, installation);
    const folder = input.findValue("to") ?? join(config.dataFolder, "outbox", ente, "fascicoli");
    await guardDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    let isWhole = true;
    const base = join(config.pipelinesFolder, "enti");
    const trust = await readCaseTrust(view.settings, { base, nowMs: clock.now() });
    for (const one of cases) {
      const enteName = view.settings.ente.nome;
      const written = await writeCase(one, { artifacts, clock, enteName, trust });
      for (const [path, content] of [
        [join(folder, `${written.name}.pdf`), [written.pdf]],
        [join(folder, `${written.name}.zip`), written.openZip()],
      ] as const) {
        await guardDisk(folder, () => replaceFile(path, content));
        terminal.stdout.write(`${path}\n`);
      }
      for (const { path, verdict } of written.faults)
        terminal.stderr.write(`Attenzione: ${path}. ${verdict}\n`);
      isWhole &&= written.faults.length === 0;
    }
    return isWhole ? exitCodes.completed : exitCodes.rejections;
  },
};
