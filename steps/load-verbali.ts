/** The source of most pipelines: reads a flusso, the run's own or the oldest of the ente's inbox, and makes one item per verbale. */
import { Type } from "typebox";
import { isLostArtifact } from "../engine/host/files.ts";
import { ItemRejected, PipelineError, RunBlocked } from "../engine/host/errors.ts";
import type { RunInput, SourceContext } from "../engine/step/context.ts";
import type { SourceRow } from "../engine/step/outcome.ts";
import { type Services, sourceStep } from "../integrations/services.ts";
import {
  refusedFlussoError,
  type FlussoFile,
  type FlussoRow,
  type Inspection,
  type RowFault,
  type WonFile,
} from "../integrations/flusso/port.ts";
import { inspectFirst, inspectQuery } from "./loading/inspect.ts";
import { type Doubts, type Neighbours, ReadVerbaleField } from "./schemas/fields.ts";
import type { Verbale } from "./schemas/verbale.ts";

/** So many faults are written out; the others are counted. */
const shownFaults = 100;

export default sourceStep({
  title: "Lettura del flusso",
  summary:
    "Legge il flusso dei verbali (CSV, XLSX o righe JSON) con i nomi delle colonne dell'ente: il file del lancio o il più vecchio della cartella di arrivo",
  needs: ["flusso"],
  config: Type.Object(
    {
      from: Type.Union([Type.Literal("file"), Type.Literal("sql")], {
        default: "file",
        description:
          "Da dove, quando il lancio non porta un file. file: la cartella di arrivo; sql: la base dati del gestionale (flusso: database: del file dell'ente)",
      }),
      values: Type.Optional(
        Type.Record(Type.String({ pattern: "^[a-zA-Z_][a-zA-Z0-9_]*$" }), Type.String(), {
          description:
            'Con from: sql, i valori della query: { dal: "2026-11-01" } dove la query dice :dal',
        }),
      ),
      inbox: Type.Optional(
        Type.String({
          minLength: 1,
          description: "Cartella sotto data/inbox; se manca, il codice dell'ente",
        }),
      ),
      pattern: Type.String({
        default: "*.csv",
        minLength: 1,
        description: 'Quali file della cartella, tra virgolette: "*.csv"',
      }),
      onInvalidRow: Type.Union([Type.Literal("refuse"), Type.Literal("reject")], {
        default: "refuse",
        description:
          "Righe che non si leggono. refuse: il file intero è rifiutato prima di cominciare; reject: si scartano quelle righe",
      }),
      first: Type.Optional(
        Type.Integer({
          minimum: 1,
          description:
            "Solo per un lancio, mai in un file: quanti verbali prendere dall'inizio del flusso; gli altri partono con un altro lancio",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  adds: ReadVerbaleField,
  examples: [
    "{}",
    "from: sql\n",
    'inbox: borgolieto\npattern: "*.csv"\n',
    'pattern: "verbali-*.jsonl"\nonInvalidRow: reject\n',
  ],
  inspect: (config, ctx) =>
    Promise.resolve([...inspectFirst(config), ...inspectQuery(config, ctx)]),
  // Its rows in the journal to the end of the run, and the flusso itself.
  leavesBytes: 15_000,
  async *run(ctx) {
    const { flusso } = ctx.services;
    const inbox = ctx.config.inbox ?? ctx.ente;
    const found = ctx.input === null ? await takeArrived(ctx, inbox) : readAgain(ctx, ctx.input);
    if (found === null) return;
    const { file, input } = found;
    const inspection = await inspectWhole(ctx, found);
    if (isRefused(inspection, ctx.config.onInvalidRow)) {
      const error = refusedFlussoError(file.name, inspection);
      await setAside(ctx, inbox, file.name, error);
      throw error;
    }
    for (const note of inspection.notes ?? []) await ctx.tell(note);
    const { first = Number.POSITIVE_INFINITY } = ctx.config;
    if (inspection.rows > first) await ctx.tell(describeFirst(first, inspection.rows));
    let taken = 0;
    for await (const row of flusso.readRows(file)) {
      if (taken === first) break;
      taken += 1;
      yield toSourceRow(file.name, row);
    }
    const { sha256, bytes } = input.artifact;
    const isArchived = await flusso.archive(inbox, { name: input.name, sha256, bytes }, ctx.runId);
    if (isArchived) ctx.log.info("flusso archived", { inbox, sha256 });
  },
});

function describeFirst(first: number, rows: number): string {
  const left = rows - first;
  const took = first === 1 ? "Preso il primo verbale" : `Presi i primi ${first} verbali`;
  return `${took} di ${rows}: ${left === 1 ? "l'altro non è partito" : `gli altri ${left} non sono partiti`}.`;
}

type OnInvalidRow = "refuse" | "reject";
type Context = SourceContext<
  {
    readonly from: "file" | "sql";
    readonly values?: Readonly<Record<string, string>>;
    readonly first?: number;
    readonly pattern: string;
    readonly onInvalidRow: OnInvalidRow;
  },
  Pick<Services, "flusso">
>;

interface Found {
  readonly file: FlussoFile;
  readonly input: RunInput;
  /** How many verbali its companion announces; `null`: nobody does. */
  readonly announced: number | null;
}

function readAgain(ctx: Context, input: RunInput): Found {
  const isQueried = input.name === nameQueried(ctx);
  const file = { name: input.name, open: () => streamInput(ctx, input), isQueried };
  return { file, input, announced: null };
}

async function takeArrived(ctx: Context, inbox: string): Promise<Found | null> {
  return ctx.config.from === "sql" ? await takeFromDatabase(ctx) : await takeFromInbox(ctx, inbox);
}

/** By its name a run knows again what it read before its process died. */
function nameQueried({ runId }: Context): string {
  return `base-dati-${runId}.csv`;
}

/** What the database says now becomes the run's input: read once, kept as it was. */
async function takeFromDatabase(ctx: Context): Promise<Found | null> {
  const chunks = ctx.services.flusso.query(ctx.config.values ?? {})[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) {
    await ctx.tell("La base dati del gestionale non ha verbali per questa query.");
    return null;
  }
  const input = await ctx.adopt(nameQueried(ctx), chain(first.value, chunks));
  await ctx.tell("Letto dalla base dati del gestionale.");
  return readAgain(ctx, input);
}

async function* chain(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** What the run has taken; its bytes are nowhere else but on our disk. */
async function* streamInput(
  ctx: Context,
  { name, artifact }: RunInput,
): AsyncGenerator<Uint8Array> {
  try {
    yield* ctx.artifacts.stream(artifact.sha256);
  } catch (error) {
    if (!isLostArtifact(error)) throw error;
    throw new RunBlocked(
      "FLUSSO_LOST",
      `Il file ${name}, come questo flusso lo aveva preso, manca dal disco dei dati o è cambiato.`,
      {
        ofRun: "Nessun verbale è stato letto e nulla è stato inviato.",
        hint: {
          action: "resume",
          first:
            "Mandare di nuovo lo stesso file con un altro flusso e annullare questo. Oppure, se c'è una copia di sicurezza della cartella dei dati, rimettere il file e riprendere.",
        },
        cause: error,
      },
    );
  }
}

/** Faults of the whole file refuse it in any case. */
function isRefused({ faults, rows }: Inspection, onInvalidRow: OnInvalidRow): boolean {
  return faults.length > 0 && (rows === 0 || onInvalidRow === "refuse");
}

/** What is wrong with the file; fewer or more verbali than were announced are a fault of the whole of it. */
async function inspectWhole(
  ctx: Context,
  { file, announced }: Pick<Found, "file" | "announced">,
): Promise<Inspection> {
  const inspection = await ctx.services.flusso.inspect(file, shownFaults);
  const { rows, lines = rows } = inspection;
  // Software counts acts or rows, and rarely says which.
  const isWhole = announced === rows || announced === lines;
  if (announced === null || rows === 0 || isWhole) return inspection;
  return { faults: [otherCountFault(announced, rows)], more: 0, rows: 0 };
}

/** The oldest file that is complete becomes the run's input; those that are not go back, and the run says so. */
async function takeFromInbox(ctx: Context, inbox: string): Promise<Found | null> {
  const { flusso } = ctx.services;
  const cut: string[] = [];
  for (;;) {
    const { file, others, waiting } = await flusso.take(inbox, ctx.config.pattern, {
      id: ctx.runId,
      except: new Set(cut),
    });
    if (file === null) {
      const waits = [...waiting, ...cut.map((name) => ({ name, why: "incomplete" as const }))];
      ctx.log.info("inbox empty", { inbox, waiting: waits.length });
      await ctx.tell(`Nella cartella di arrivo non c'è alcun file «${ctx.config.pattern}» pronto.`);
      if (waits.length > 0) await ctx.tell(`Aspettano: ${waits.map(describeWaiting).join(", ")}.`);
      return null;
    }
    try {
      if (await isCut(ctx, file)) {
        cut.push(file.name);
        await flusso.giveBack(inbox, ctx.runId);
        continue;
      }
      if (others.length > 0) ctx.announceMore(others);
      const input = await ctx.adopt(file.name, file.open());
      return { file, input, announced: file.announced };
    } catch (error) {
      if (isChanging(error)) {
        cut.push(file.name);
        await flusso.giveBack(inbox, ctx.runId);
        continue;
      }
      if (error instanceof PipelineError && error.code === "FLUSSO_UNREADABLE")
        await setAside(ctx, inbox, file.name, error);
      throw error;
    }
  }
}

/** The refused file leaves the inbox, so that it holds up no other. */
async function setAside(
  ctx: Context,
  inbox: string,
  name: string,
  error: PipelineError,
): Promise<void> {
  const { hint } = error;
  const ask = typeof hint === "string" ? undefined : hint?.setting?.ask;
  const first = typeof hint === "string" ? hint : (hint?.first ?? "");
  const what = ask === undefined ? first : `Chiedere al tecnico di ${ask}. ${first}`.trim();
  const report = `${error.message}\n\nChe cosa fare: ${what}\nPer farlo leggere di nuovo, rimetterlo nella cartella di arrivo.\n`;
  if (await ctx.services.flusso.refuse(inbox, { name, runId: ctx.runId, report }))
    await ctx.tell(`Il file ${name} è ora in rifiutati/, con il suo rapporto.`);
}

/** So long a file that ends too early may still be copied; then it is refused like any other. */
const longestCopyMs = 3_600_000;

async function isCut(ctx: Context, file: WonFile): Promise<boolean> {
  if (ctx.clock.now() - file.writtenAt > longestCopyMs) return false;
  const { faults } = await inspectWhole(ctx, { file, announced: file.announced });
  return faults.some(({ code }) => code === "FLUSSO_INCOMPLETE");
}

function isChanging(error: unknown): boolean {
  return error instanceof PipelineError && error.code === "FLUSSO_CHANGING";
}

const whyWaiting = {
  "being-written": "ancora in copia",
  "no-companion": "manca il file che lo dice completo",
  incomplete: "file incompleto",
} as const;

function describeWaiting({
  name,
  why,
}: {
  readonly name: string;
  readonly why: keyof typeof whyWaiting;
}): string {
  return `${name} (${whyWaiting[why]})`;
}

function otherCountFault(announced: number, rows: number): RowFault {
  return {
    line: 0,
    column: 0,
    header: null,
    code: "FLUSSO_INCOMPLETE",
    message: `file incompleto: il file che lo accompagna annuncia ${announced} verbali, qui sono ${rows}.`,
    remedy: "attendere che la copia finisca, o esportare di nuovo il flusso.",
  };
}

function toSourceRow(
  name: string,
  row: FlussoRow,
): SourceRow<{ verbale: Verbale; neighbours?: Neighbours; doubts?: Doubts }> {
  // The reader gives every field its type; the engine checks what a step adds against the schema.
  if ("verbale" in row) {
    const { key, neighbours, doubts } = row;
    const verbale = row.verbale as Verbale;
    const fields = {
      verbale,
      ...(neighbours !== undefined && { neighbours }),
      ...(doubts !== undefined && { doubts: [...doubts] }),
    };
    return { key, fields, identity: { verbale } };
  }
  return { key: row.key, rejected: unreadableRowError(name, row.faults) };
}

function unreadableRowError(name: string, faults: readonly RowFault[]): ItemRejected {
  const sentences = faults.map((fault) => {
    const header = fault.header === null ? "" : `colonna «${fault.header}»: `;
    return `${name}, riga ${fault.line}: ${header}${fault.message} Rimedio: ${fault.remedy}`;
  });
  return new ItemRejected(faults[0]?.code ?? "FLUSSO_ROW", sentences.join(" "), {
    hint: "Correggere la riga nel gestionale e mandare il verbale con il prossimo flusso.",
  });
}
