/** `realign`: after the data came back from a copy, compares the journal of an ente with SEND and the payment system, and lets its runs go on. */
import { RetryLater } from "../../../engine/host/errors.ts";
import { realignEnte, type Realigned } from "../../ente/realign.ts";
import { openWriting } from "../../installation.ts";
import { formatCommand } from "../../words/hints.ts";
import { type Command, exitCodes, requireOption } from "../command.ts";
import { openForCommand, readEnteOrExplain } from "../open.ts";
import { formatCount } from "../output.ts";
import { terminal } from "../terminal.ts";

/** Safe to repeat: it asks, and writes only what the journal did not know. */
export const realignCommand: Command = {
  usage: "realign --ente C [--json]",
  summary:
    "dopo un ripristino confronta il registro di un ente con SEND e con i pagamenti, e sblocca i suoi flussi",
  details: () => `
  --json   un solo documento JSON sullo standard output
  Non invia e non annulla nulla; si può ripetere. Con «serve» in funzione va prima fermato. Esce con 4 se SEND o il
  sistema dei pagamenti non rispondono: i flussi restano fermi finché il confronto non riesce.
`,
  words: [],
  options: { ente: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const codice = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const view = await readEnteOrExplain(installation, codice);
    if (view === null) return exitCodes.usage;
    const writing = await openWriting(installation);
    try {
      const found = await realignEnte(writing, writing.openServices(view.settings));
      terminal.stdout.write(
        input.hasFlag("json") ? `${JSON.stringify(found)}\n` : `${describe(found).join("\n")}\n`,
      );
      return exitCodes.completed;
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      terminal.stderr.write(`${error.message} I flussi restano fermi: riprovare più tardi.\n`);
      return exitCodes.waiting;
    } finally {
      await writing.close();
    }
  },
};

function describe({ asked, unknown, raised, unpayable }: Realigned): readonly string[] {
  return [
    `${formatCount(asked, "verbale confrontato", "verbali confrontati")} con SEND.`,
    ...unknown.map(
      ({ key, iun }) =>
        `  ${key}: è su SEND (${iun === null ? "in esame" : `IUN ${iun}`}) e il registro non lo sapeva.`,
    ),
    ...(raised === 0
      ? []
      : [
          `${formatCount(raised, "verbale aveva", "verbali avevano")} tentativi più recenti su SEND.`,
        ]),
    ...unpayable.map(
      ({ key, state }) =>
        `  ${key}: notificato, ma la posizione non si può pagare (${positionWords[state] ?? state}). Avvisare chi gestisce i pagamenti.`,
    ),
    `I flussi dell'ente possono riprendere: ${formatCommand({ action: "list-runs" })}`,
    "Prima di annullare una posizione Postino chiede comunque a SEND, anche per i verbali che il registro non conosce.",
  ];
}

const positionWords: Readonly<Record<string, string>> = {
  cancelled: "annullata",
  expired: "scaduta",
  absent: "non c'è",
};
