/** `realign`: after the data came back from a copy, rebuilds the ledger of an ente from SEND and the payment system, and lets its runs go on. */
import { RetryLater } from "../../../../engine/host/errors.ts";
import type { Services } from "../../../../integrations/services.ts";
import type { ResolvedPipeline } from "../../../../loader/pipeline/resolved.ts";
import type { EnteView } from "../../../ente/ente-view.ts";
import { loadKnownFile } from "../../../ente/known-file.ts";
import { realignEnte, type Realigned } from "../../../ente/realign.ts";
import {
  collectDemands,
  type Installation,
  openWriting,
  storeInput,
  type WritingInstallation,
} from "../../../installation.ts";
import { formatCommand } from "../../../words/hints.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

type Ready = Extract<EnteView, { status: "ready" }>;

/** Safe to repeat: it asks, and writes only what the journal did not know. */
export const realignCommand: Command = {
  usage: "realign --ente C [--input FILE]… [--pipeline P] [--json]",
  summary:
    "dopo un ripristino ricostruisce il registro di un ente da SEND e dai pagamenti, e sblocca i suoi flussi",
  details: () => `
  --input FILE   un flusso già mandato che il registro non conosce più: si leggono i suoi verbali, senza inviare nulla; tante volte quanti sono
  --pipeline P   la pipeline che lo aveva letto; serve solo se l'ente ne ha più d'una che invia
  --json         un solo documento JSON sullo standard output
  Non invia e non annulla nulla; si può ripetere. Con «serve» in funzione va prima fermato. Esce con 4 se SEND o il
  sistema dei pagamenti non rispondono: i flussi restano fermi finché il confronto non riesce.
`,
  act: "riallineo",
  words: [],
  options: {
    ente: { type: "string" },
    input: { type: "string", multiple: true },
    pipeline: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const codice = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const view = await readEnteOrExplain(installation, codice);
    if (view === null) return exitCodes.usage;
    const files = input.listValues("input");
    const pipeline = files.length === 0 ? null : pickPipeline(installation, view, input);
    const writing = await openWriting(installation);
    try {
      const services = writing.openServices(view.settings);
      if (pipeline !== null) await loadFiles(writing, services, pipeline, files);
      const hasStream = view.pipelines.some(
        (one) => collectDemands(one, installation.registry).stream,
      );
      const found = await realignEnte(writing, services, { hasStream });
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

/** The pipeline by which a file had been sent: the one that reads files and sends. */
function pickPipeline(
  { registry }: Installation,
  { pipelines }: Ready,
  input: CommandInput,
): ResolvedPipeline {
  const sending = pipelines.filter(
    ({ steps }) =>
      steps.some(({ uses }) => registry.get(uses)?.step.seals === true) &&
      registry.get(steps[0]?.uses ?? "")?.step.takesFile !== false,
  );
  const wanted = input.findValue("pipeline");
  const found = wanted === undefined ? sending : sending.filter(({ name }) => name === wanted);
  const [only, other] = found;
  if (only !== undefined && other === undefined) return only;
  const names = sending.map(({ name }) => name).join(", ");
  throw new UsageError(
    sending.length === 0
      ? "Nessuna pipeline dell'ente legge un file e invia: --input non serve."
      : `Dire con --pipeline quale aveva letto il file: ${names}.`,
    { isWellTyped: true },
  );
}

async function loadFiles(
  writing: WritingInstallation,
  services: Services,
  pipeline: ResolvedPipeline,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    const stored = await storeInput(writing.artifacts, path).catch((error: unknown) => {
      if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error;
      throw new UsageError(`Il file ${path} non c'è.`, { isWellTyped: true });
    });
    const run = await loadKnownFile(writing, services, pipeline, stored);
    terminal.stderr.write(`${path}: letto nel flusso ${run.id}, senza inviare nulla.\n`);
  }
}

function describe({ asked, unknown, raised, unpayable, strangers }: Realigned): readonly string[] {
  return [
    `${formatCount(asked, "verbale confrontato", "verbali confrontati")} con SEND.`,
    ...unknown.map(
      ({ key, iun, open }) =>
        `  ${key}: è su SEND (${iun === null ? "in esame" : `IUN ${iun}`}) e il registro non lo sapeva${open === null ? ": ora lo sa." : `. Da guardare: ${open}`}`,
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
    ...strangers.map(
      ({ iun, protocol }) =>
        `  IUN ${iun}${protocol === null ? "" : ` (protocollo ${protocol})`}: è su SEND, e nessun verbale letto qui gli corrisponde. Indicare il suo flusso con --input.`,
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
