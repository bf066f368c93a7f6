/** `find`: any verbale that a run ever had, by whatever a person knows of it. */
import type { JournalReader } from "../../../../engine/journal/journal.ts";
import { readChain } from "../../../../integrations/register/chain.ts";
import { createRegisterReader } from "../../../../integrations/register/register.ts";
import { formatChain } from "../../../words/chain-words.ts";
import { formatDateTime, formatNumber } from "../../../words/format.ts";
import { readConfig } from "../../../config.ts";
import { openSeals } from "../../../store/keys.ts";
import { locateSearch, openHistory } from "../../../store/journal-reader.ts";
import { type FindResult, openSearch } from "../../../search/search.ts";
import { describeKinds } from "../../../words/search-words.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { itemStateWords } from "../../../words/words.ts";
import { type Command, exitCodes } from "../../command.ts";
import { formatColumns } from "../../output.ts";
import { readInputLine, terminal } from "../../terminal.ts";

const mostVerbali = 200;
/** From here on a person wants to know why it takes time. */
const largeIndex = 20_000;

/** The verbali that fit. */
export const findCommand: Command = {
  usage: "find <testo…> [--ente C] [--limit N] [--json]",
  summary: "cerca un verbale fra tutti quelli di ogni flusso",
  details: () => `
  testo        numero, protocollo, IUV, codice avviso, IUN, token di SEND, codice fiscale, targa, o parole del nome; maiuscole, spazi e accenti non contano
               se nulla si chiama così per intero, vale anche come inizio o fine di un codice (almeno 4 caratteri)
  -            il testo si legge dallo standard input: un codice fiscale non resta fra i comandi dati
  --ente C     solo i verbali di questo ente
  --limit N    quanti al massimo: 20 se non si dice, fino a ${mostVerbali}
  --json       un solo documento JSON sullo standard output
`,
  act: "ricerca",
  words: ["testo…"],
  options: { ente: { type: "string" }, limit: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const limit = parseLimit(input.findValue("limit"));
    const ente = input.findValue("ente");
    const text = await readText(input.words);
    const config = readConfig(terminal.environment);
    const history = await openHistory(config);
    if (history === null) {
      await writeResult(
        { verbali: [], isPart: false, isCut: false, isTooWide: false },
        input.hasFlag("json"),
      );
      return exitCodes.completed;
    }
    const search = openSearch(history, locateSearch(config), await openSeals(config));
    try {
      await search.catchUp(tellProgress);
      const result = await search.find({ text, limit, ...(ente !== undefined && { ente }) });
      await writeResult(result, input.hasFlag("json"));
      if (!input.hasFlag("json")) await tellChains(result, history);
      return exitCodes.completed;
    } finally {
      search.close();
      await history.close();
    }
  },
};

function parseLimit(given = "20"): number {
  const limit = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > mostVerbali)
    throw new UsageError(`--limit vuole un numero da 1 a ${mostVerbali}, non «${given}».`);
  return limit;
}

async function readText(words: readonly string[]): Promise<string> {
  if (words.length === 1 && words[0] === "-" && terminal.stdin.isTTY)
    terminal.stderr.write("Da cercare: ");
  const text = (words.join(" ") === "-" ? await readInputLine() : words.join(" ")).trim();
  if (text === "") throw new UsageError("Manca il testo da cercare.");
  return text;
}

function tellProgress(items: number): void {
  if (items >= largeIndex && items % largeIndex === 0)
    terminal.stderr.write(`Preparo l'indice: ${formatNumber(items)} verbali.\n`);
}

/** So many verbali are looked at for what was notified before or after them. */
const mostChains = 20;

/** The story of those that were notified more than once, each story once. */
async function tellChains({ verbali }: FindResult, history: JournalReader): Promise<void> {
  const told = new Set<string>();
  for (const { ente, iun, numero } of verbali.slice(0, mostChains)) {
    const links = await readChain(createRegisterReader(history, ente), iun ?? numero);
    const text = formatChain(links);
    if (told.has(text)) continue;
    told.add(text);
    terminal.stdout.write(text);
  }
}

async function writeResult(result: FindResult, isJson: boolean): Promise<void> {
  if (isJson) {
    terminal.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { verbali, isPart, isCut, isTooWide } = result;
  if (verbali.length === 0) {
    terminal.stdout.write("Nessun verbale trovato.\n");
    if (isTooWide)
      terminal.stderr.write("Troppi codici iniziano o finiscono così: scriverne di più.\n");
    return;
  }
  if (isPart)
    terminal.stderr.write(
      "Nulla si chiama così per intero: ecco i codici che iniziano o finiscono così.\n",
    );
  const rows = verbali.map((verbale) => [
    verbale.numero,
    verbale.ente,
    describeKinds(verbale.kinds),
    itemStateWords[verbale.item.state],
    verbale.run.id,
    formatDateTime(verbale.run.createdAt),
    verbale.iun ?? "",
  ]);
  const head = ["VERBALE", "ENTE", "TROVATO PER", "STATO", "FLUSSO", "DEL", "IUN"];
  terminal.stdout.write(`${formatColumns(head, rows, { isTerminal: terminal.stdout.isTTY })}\n`);
  if (isCut) terminal.stderr.write("Ce ne sono altri: scrivere di più, o alzare --limit.\n");
}
