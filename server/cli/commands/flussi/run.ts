/** `run`, `answer`, `cancel`: what makes runs move from the command line. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { toInstant } from "../../../../engine/host/clock.ts";
import type { UploadedFile } from "../../../../engine/host/files.ts";
import type { Answer } from "../../../../engine/step/context.ts";
import { codeOf } from "../../../../engine/host/errors.ts";
import type { ResolvedPipeline } from "../../../../loader/pipeline/resolved.ts";
import { unwantedFileFault } from "../../../history/catalog.ts";
import { cancelForGood } from "../../../running/held-files.ts";
import { createRun, storeInput, type WritingInstallation } from "../../../installation.ts";
import { limitToFirst } from "../../../running/ahead.ts";
import { type Command, type CommandInput, exitCodes, requireOption } from "../../command.ts";
import type { AuditAction } from "../../../people/audit.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { driveInForeground } from "../../drive.ts";
import { formatCount } from "../../output.ts";
import { parseFirst } from "../../first.ts";
import { holdJournal, parseWait, workOnRun } from "../../run-work.ts";
import { openForCommand, parseParams, resolveOrExplain } from "../../open.ts";
import { readInputLine, terminal } from "../../terminal.ts";
import { endedRunStates } from "../../../../engine/journal/states.ts";

/** Starts a run and follows it. */
export const runCommand: Command = {
  usage:
    "run <pipeline> --ente <codice> [--input FILE] [--first N] [--param k=v]… [--wait 10m] [--json]",
  summary: "avvia un flusso e lo segue fino in fondo",
  details: () => `
  --input FILE   il file dei verbali; se manca, il più vecchio della cartella di arrivo dell'ente
  --first N      solo i primi N verbali del file; gli altri partono poi con resume --rest
  --param k=v    un parametro della pipeline, tante volte quanti sono
  --wait 10m     quanto aspettare i verbali in attesa (30s, 10m, 2h); poi il comando esce con 4 e si continua con resume
  --json         un solo documento JSON sullo standard output
`,
  act: "avvio",
  words: ["pipeline"],
  options: {
    ente: { type: "string" },
    input: { type: "string" },
    first: { type: "string" },
    param: { type: "string", multiple: true },
    wait: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const waitMs = parseWait(input);
    const params = parseParams(input);
    const first = parseFirst(input);
    const installation = await openForCommand();
    const ente = requireOption(input, "ente", "borgolieto");
    const whole = await resolveOrExplain(installation, {
      pipeline: input.words[0] ?? "",
      ente,
      params,
    });
    if (whole === null) return exitCodes.usage;
    const resolved = first === null ? whole : requireFirst(installation, whole, first);
    const fault =
      input.findValue("input") === undefined
        ? null
        : unwantedFileFault(installation.registry, resolved);
    if (fault !== null) throw new UsageError(`${fault} Togliere --input.`, { isWellTyped: true });
    return await holdJournal(installation, async (writing) => {
      const stored = await storeGivenInput(writing, input.findValue("input"));
      const isJson = input.hasFlag("json");
      let code: number = exitCodes.completed;
      // Every file of the inbox has a run of its own, the oldest first; a document is of one run.
      for (;;) {
        let others: readonly string[] = [];
        const run = await createRun(writing, resolved, {
          trigger: "manual",
          input: stored,
          params,
        });
        const onMore = (names: readonly string[]): void => void (others = names);
        const ended = await driveInForeground(writing, run.id, { isJson, waitMs, onMore });
        if (code === exitCodes.completed) code = ended;
        if (others.length === 0 || ended === exitCodes.blocked) return code;
        // Who tries the first of a file means that file.
        if (isJson || first !== null) {
          terminal.stderr.write(describeOthers(others));
          return code;
        }
      }
    });
  },
};

function nameAnswer(input: CommandInput): AuditAction {
  if (input.hasFlag("approve")) return "benestare";
  return input.findValue("files") === undefined ? "otp" : "firmati";
}

/** A person's answer to a waiting run. */
export const answerCommand: Command = {
  usage: "answer <flusso> [--otp - | --files CARTELLA | --approve] [--wait 10m] [--json]",
  summary: "dà a un flusso in attesa la risposta di una persona",
  details: () => `
  --otp -            il codice si scrive dopo, seguito da Invio: mai tra gli argomenti
  --files CARTELLA   i PDF firmati altrove, anche in ZIP; i nomi non contano
  --approve          il benestare prima di un passo
  --wait 10m         quanto aspettare i verbali in attesa
  --json             un solo documento JSON sullo standard output
`,
  act: nameAnswer,
  words: ["flusso"],
  options: {
    otp: { type: "string" },
    files: { type: "string" },
    approve: { type: "boolean" },
    wait: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const waitMs = parseWait(input);
    const answer = await readGivenAnswer(input);
    return await workOnRun(input, async (writing, run) => {
      const [ask] = await writing.journal.listAsks(run.id);
      if (ask === undefined || ask.kind !== answer.kind) {
        const wanted =
          ask === undefined ? "non aspetta risposte." : `aspetta un'altra risposta: ${ask.prompt}`;
        terminal.stderr.write(`Il flusso ${run.id} ${wanted}\n`);
        return exitCodes.usage;
      }
      const isLate = ask.deadline < toInstant(writing.clock.now());
      if (isLate)
        terminal.stderr.write("Il tempo per rispondere era scaduto: la richiesta viene rifatta.\n");
      const answers = isLate ? new Map<string, Answer>() : new Map([[ask.step, answer]]);
      return await driveInForeground(writing, run.id, {
        isJson: input.hasFlag("json"),
        waitMs,
        answers,
      });
    });
  },
};

/** Ends a run. */
export const cancelCommand: Command = {
  usage: "cancel <flusso>",
  summary: "annulla ciò che resta di un flusso",
  details: () => `
  Ciò che SEND ha già preso in carico non torna indietro: per quello c'è la pipeline annulla.
`,
  act: "annullo",
  words: ["flusso"],
  options: {},
  run: (input) =>
    workOnRun(input, async (writing, run) => {
      if (endedRunStates.includes(run.state)) {
        terminal.stderr.write(`Il flusso ${run.id} è già concluso.\n`);
        return exitCodes.usage;
      }
      const ended = await cancelForGood(writing, run.id);
      const { cancelled, inDoubt } = ended.counts;
      terminal.stdout.write(
        `Flusso ${run.id} annullato: ${formatCount(cancelled, "verbale fermato", "verbali fermati")}${inDoubt > 0 ? `, ${inDoubt} in dubbio` : ""}.\n${ended.note === null || ended.note === run.note ? "" : `${ended.note}\n`}`,
      );
      return inDoubt > 0 ? exitCodes.inDoubt : exitCodes.completed;
    }),
};

/** What a document of one run leaves in the inbox. */
function describeOthers(names: readonly string[]): string {
  const told = names.length === 1 ? "Resta" : "Restano";
  return `${told} nella cartella di arrivo, uno per flusso: ${names.join(", ")}. Ripetere il comando finché ne restano; senza --json si leggono tutti di seguito.\n`;
}

/** Throws UsageError where the pipeline reads no flusso. */
function requireFirst(
  { registry }: Awaited<ReturnType<typeof openForCommand>>,
  pipeline: ResolvedPipeline,
  first: number,
): ResolvedPipeline {
  const limited = limitToFirst(pipeline, registry, first);
  if (limited !== null) return limited;
  throw new UsageError(
    `La pipeline «${pipeline.name}» non legge un file di verbali: --first non vale.`,
    { isWellTyped: true },
  );
}

async function storeGivenInput(writing: WritingInstallation, path: string | undefined) {
  if (path === undefined) return null;
  try {
    return await storeInput(writing.artifacts, path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT")
      throw new UsageError(`Il file ${path} non esiste.`, { isWellTyped: true });
    if (code === "EISDIR" || code === "EACCES")
      throw new UsageError(`Il file ${path} non si può leggere.`, { isWellTyped: true });
    throw error;
  }
}

async function readGivenAnswer(input: CommandInput): Promise<Answer> {
  const [otp, files, isApproval] = [
    input.findValue("otp"),
    input.findValue("files"),
    input.hasFlag("approve"),
  ];
  const given = [otp !== undefined, files !== undefined, isApproval].filter(Boolean).length;
  if (given !== 1)
    throw new UsageError("Dire una sola risposta: --otp -, --files CARTELLA oppure --approve.");
  if (isApproval)
    return { kind: "approval", by: terminal.environment["USER"] ?? "riga di comando" };
  if (files !== undefined) return { kind: "files", files: await listFiles(files) };
  if (otp !== "-")
    throw new UsageError(
      "L'OTP non si scrive negli argomenti: usare «--otp -», poi scrivere il codice e premere Invio.",
    );
  if (terminal.stdin.isTTY) terminal.stderr.write("OTP: ");
  const text = (await readInputLine()).trim();
  if (text === "") throw new UsageError("Nessun OTP: scriverlo dopo il comando e premere Invio.");
  return { kind: "otp", otp: text };
}

async function listFiles(folder: string): Promise<readonly UploadedFile[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    throw new UsageError(`La cartella ${folder} non si può leggere.`, { isWellTyped: true });
  }
  if (names.length === 0)
    throw new UsageError(`Nella cartella ${folder} non c'è alcun file.`, { isWellTyped: true });
  return names.toSorted().map((path) => ({
    name: path.slice(folder.length).replace(/^[/\\]/, ""),
    size: Bun.file(path).size,
    slice: async (start, end) => await Bun.file(path).slice(start, end).bytes(),
  }));
}
