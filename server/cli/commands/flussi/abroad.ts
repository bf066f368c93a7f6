/** `abroad`: the verbali that are left to the procedure for abroad, with the last day of each. */
import { writeFile } from "node:fs/promises";
import { addDays, systemClock, toRomeDay } from "../../../../engine/host/clock.ts";
import { guardDisk } from "../../../../engine/host/disk-faults.ts";
import { formatAbroadCsv, listAbroad } from "../../../history/abroad-list.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** The term is of 360 days, and an office takes its time. */
const lookBackDays = 400;

export const abroadCommand: Command = {
  usage: "abroad --ente C [--out FILE]",
  summary:
    "elenca i verbali con destinatari all'estero che SEND non raggiunge, con il termine di ciascuno",
  details: () => `
  --ente C     codice dell'ente
  --out FILE   il CSV, leggibile dal solo proprietario; altrimenti sullo standard output
  Sono i verbali scartati perché un destinatario è all'estero: vanno notificati con la procedura per l'estero, entro 360 giorni.
  Una riga per ogni destinatario all'estero; quelli che vivono in Italia si mandano con SEND senza di lui, entro i loro 90 giorni.
  Con «send: abroad: true» nel file dell'ente chi ha un codice fiscale riceve la notifica con SEND, e qui non c'è.
`,
  words: [],
  options: { ente: { type: "string" }, out: { type: "string" } },
  async run(input) {
    const ente = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const view = await readEnteOrExplain(installation, ente);
    if (view === null) return exitCodes.usage;
    const history = await openHistory(installation.config);
    try {
      const now = systemClock.now();
      const today = toRomeDay(now);
      const since = `${addDays(today, -lookBackDays)}T00:00:00.000Z`;
      const rows =
        history === null
          ? []
          : await listAbroad(history, {
              ente,
              since,
              today,
              law: view.settings.law,
              reachesCodes: view.settings.send.abroad === true,
            });
      const file = input.findValue("out");
      if (file === undefined) terminal.stdout.write(formatAbroadCsv(rows));
      else {
        await guardDisk(file, () => writeFile(file, formatAbroadCsv(rows), { mode: 0o600 }));
        terminal.stdout.write(`${file}\n`);
      }
      const [first] = rows;
      terminal.stderr.write(
        first === undefined
          ? "Nessun verbale da notificare all'estero.\n"
          : `Notifiche da fare all'estero: ${rows.length}; il primo termine è ${first.entro.split("-").toReversed().join("/")}.\n`,
      );
      return exitCodes.completed;
    } finally {
      await history?.close();
    }
  },
};
