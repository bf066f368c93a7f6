/** The source of most pipelines: reads a flusso, the run's own or the oldest of the ente's inbox, and makes one item per verbale. */
import { Type } from "typebox";
import { ItemRejected } from "../engine/host/errors.ts";
import type { RunInput } from "../engine/step/context.ts";
import type { SourceRow } from "../engine/step/outcome.ts";
import { sourceStep } from "../integrations/services.ts";
import {
  refusedFlussoError,
  type FlussoFile,
  type FlussoRow,
  type RowFault,
} from "../integrations/flusso/port.ts";
import { type Neighbours, ReadVerbaleField } from "./schemas/fields.ts";
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
    },
    { additionalProperties: false },
  ),
  adds: ReadVerbaleField,
  examples: [
    "{}",
    'inbox: borgolieto\npattern: "*.csv"\n',
    'pattern: "verbali-*.jsonl"\nonInvalidRow: reject\n',
  ],
  async *run(ctx) {
    const { flusso } = ctx.services;
    const inbox = ctx.config.inbox ?? ctx.ente;
    const input = ctx.input ?? (await adoptOldest());
    if (input === null) {
      ctx.log.info("inbox empty", { inbox });
      return;
    }
    const file: FlussoFile = {
      name: input.name,
      open: () => ctx.artifacts.stream(input.artifact.sha256),
    };
    if (ctx.config.onInvalidRow === "refuse") {
      const inspection = await flusso.inspect(file, shownFaults);
      if (inspection.faults.length > 0) throw refusedFlussoError(file.name, inspection);
    }
    for await (const row of flusso.readRows(file)) yield toSourceRow(file.name, row);
    const { sha256, bytes } = input.artifact;
    const isArchived = await flusso.archive(inbox, { name: input.name, sha256, bytes }, ctx.runId);
    if (isArchived) ctx.log.info("flusso archived", { inbox, sha256 });

    async function adoptOldest(): Promise<RunInput | null> {
      const oldest = await flusso.findOldest(inbox, ctx.config.pattern);
      return oldest === null ? null : ctx.adopt(oldest.name, oldest.open());
    }
  },
});

function toSourceRow(
  name: string,
  row: FlussoRow,
): SourceRow<{ verbale: Verbale; neighbours?: Neighbours }> {
  // The reader gives every field its type; the engine checks what a step adds against the schema.
  if ("verbale" in row) {
    const { key, neighbours } = row;
    const verbale = row.verbale as Verbale;
    const fields = { verbale, ...(neighbours !== undefined && { neighbours }) };
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
