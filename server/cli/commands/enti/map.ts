/** `map`: understands an export and writes how it is read into the ente's file. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../../../engine/host/errors.ts";
import { replaceFile } from "../../../../engine/host/whole-file.ts";
import { locateEnteFolder, unknownEnteError } from "../../../ente/ente-view.ts";
import type { Installation } from "../../../installation.ts";
import { readEarlierMapping } from "../../../mapping/answers-file.ts";
import type { Proposal } from "../../../mapping/propose.ts";
import { listQuestions } from "../../../mapping/questions.ts";
import { buildFlussoBlock, putFlussoBlock } from "../../../mapping/yaml-block.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import {
  collectAnswers,
  mappingOptions,
  settleMapping,
  showProposal,
  tellFault,
  tellOpen,
} from "../../mapping-dialog.ts";
import { openAsker } from "../../asker.ts";
import { formatCount } from "../../output.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** An export understood. */
export const mapCommand: Command = {
  usage: "map FILE --ente C [--print] [--yes] [--answers FILE] [--recipient R] [--json]",
  summary:
    "capisce un'esportazione: che cosa contiene ogni colonna, e lo scrive nel file dell'ente",
  details: () => `
  --print            stampa la parte flusso: senza scrivere nulla
  --yes              accetta le proposte senza chiedere; ciò che è incerto resta segnato «da verificare»
  --answers FILE     risposte già date: un pezzo del file di un ente (flusso: columns: …, constants: …)
  --recipient R      chi va notificato, se nel file ci sono più persone: owner, tenant, driver
  --json             un solo documento JSON, senza scrivere nulla

  Su un terminale chiede solo ciò che è incerto; senza terminale dice che cosa chiederebbe ed esce con 4.
  Esce con 0 se ha scritto (o stampato) e non resta nulla da chiedere, con 4 se resta, con 2 se il file non si capisce.
`,
  words: ["FILE"],
  options: {
    ente: { type: "string" },
    print: { type: "boolean" },
    json: { type: "boolean" },
    ...mappingOptions,
  },
  async run(input) {
    const [path = ""] = input.words;
    const isShown = input.hasFlag("print") || input.hasFlag("json");
    const codice = isShown
      ? (input.findValue("ente") ?? null)
      : requireOption(input, "ente", "borgonuovo");
    const installation = await openForCommand();
    const text = codice === null ? null : await readEnteText(installation, codice);
    const asker = isShown || input.hasFlag("yes") ? null : await openAsker();
    const proposal = await settleMapping({
      path,
      dataFolder: installation.config.dataFolder,
      answers: {
        ...(await collectAnswers(input)).answers,
        ...(text === null ? {} : { earlier: readEarlierMapping(text) }),
      },
      asker,
    });
    if (proposal === null) return tellLeft();
    if ("code" in proposal) return tellFault(path, proposal);
    if (input.hasFlag("json")) return printJson(proposal);
    showProposal(proposal, asker !== null);
    const block = buildFlussoBlock(proposal);
    say(block);
    const open = listQuestions(proposal);
    const isOpen =
      open.length > 0 && !(input.hasFlag("yes") && proposal.guess.missing.length === 0);
    if (isOpen) tellOpen(proposal);
    if (isShown || codice === null || text === null)
      return isOpen ? exitCodes.waiting : exitCodes.completed;
    if (isOpen) {
      say("Nulla è stato scritto.");
      return exitCodes.waiting;
    }
    if (
      asker !== null &&
      (await asker.confirm(`Scrivere questa parte nel file dell'ente ${codice}?`)) !== true
    )
      return tellLeft();
    await replaceFile(locateEnteFile(installation, codice), [
      Buffer.from(putFlussoBlock(text, proposal)),
    ]);
    say(
      `Scritta la parte flusso: di ${join(installation.config.pipelinesFolder, "enti", `${codice}.yaml`)}.`,
    );
    if (open.length > 0)
      say(
        `${formatCount(open.length, "risposta da verificare, segnata", "risposte da verificare, segnate")} nel file.`,
      );
    say(`Per provare: postino try ${path} --ente ${codice}`);
    return exitCodes.completed;
  },
};

function locateEnteFile(installation: Installation, codice: string): string {
  return join(locateEnteFolder(installation), `${codice}.yaml`);
}

async function readEnteText(installation: Installation, codice: string): Promise<string> {
  const text = await allowMissing(readFile(locateEnteFile(installation, codice), "utf8"));
  if (text === null) throw unknownEnteError(codice, []);
  return text;
}

function say(text: string): void {
  terminal.stdout.write(`${text}\n`);
}

function tellLeft(): number {
  say("Interrotto: nulla è stato scritto.");
  return exitCodes.waiting;
}

function printJson(proposal: Proposal): number {
  const { sample, columns, settings, guess, rows, faulty, doubtful } = proposal;
  const questions = listQuestions(proposal);
  const document = {
    file: sample.name,
    encoding: sample.encoding,
    delimiter: sample.delimiter,
    sheet: sample.sheet,
    headerLine: sample.headerLine,
    rows,
    faulty,
    doubtful,
    columns,
    missing: guess.missing,
    doubts: guess.doubts,
    questions,
    flusso: settings,
  };
  say(JSON.stringify(document, null, 2));
  return questions.length > 0 ? exitCodes.waiting : exitCodes.completed;
}
