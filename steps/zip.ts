/** Packs the signed PDFs of the flusso into its archive; in every pipeline whose operator downloads what was sent. */
import { Type } from "typebox";
import {
  createTailKeeper,
  toDocumentName,
  buildManifestCsv,
  compareNaturally,
  planVolumes,
  toSafeName,
  findSignatureTime,
  computeStoredSize,
  streamZip,
  type ArchiveEntry,
  type ManifestLine,
} from "../documents/archive/write.ts";
import { releaseBytes } from "../engine/host/release.ts";
import { toRomeDay } from "../engine/host/clock.ts";
import type { ArtifactAccess } from "../engine/host/files.ts";
import type { Item } from "../engine/step/item.ts";
import { groupStep } from "../integrations/services.ts";
import {
  ArchiveField,
  SignedDocumentsField,
  ValidationField,
  type DocumentFile,
  type Validation,
} from "./schemas/fields.ts";
import { assertWhole } from "./schemas/lost-document.ts";

interface ZipData {
  readonly validation: Validation;
  readonly signedDocuments: readonly DocumentFile[];
}

interface Packed {
  readonly item: Item<ZipData>;
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly document: DocumentFile }[];
}

/** Room that a file's line takes in the manifest. */
const manifestLine = 400;

export default groupStep({
  title: "Archivio ZIP",
  summary: "Raccoglie i PDF firmati del flusso in un archivio ZIP, con l'elenco dei file",
  effect: "pure",
  config: Type.Object(
    {
      split: Type.Union([Type.Literal("per-verbale"), Type.Literal("single")], {
        default: "per-verbale",
        description:
          "per-verbale: una cartella per ogni verbale; single: tutti i file in una cartella sola",
      }),
      keep: Type.Boolean({
        default: false,
        description:
          "true: l'archivio è conservato per intero; false: è messo insieme dai PDF conservati ogni volta che serve, senza occupare altro disco",
      }),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({ ...ValidationField.properties, ...SignedDocumentsField.properties }),
  adds: ArchiveField,
  examples: ["{}", "split: single\n"],
  // Where each file begins, and the manifest; where the archive is kept, the signed files once more.
  leavesBytes: ({ config }) => (config.keep ? 160_000 : 1_000),
  async *run(items, ctx) {
    const whole: Item<ZipData>[] = [];
    for (const item of items)
      try {
        await assertWhole(ctx.artifacts, item.data.signedDocuments);
        whole.push(item);
      } catch (error) {
        yield { item, status: "failed", error };
      }
    if (whole.length === 0) return;
    const packed = packAll(whole, ctx.config.split);
    const volumes = planVolumes(packed, measurePacked);
    const day = toRomeDay(ctx.clock.now());
    for (const [index, volume] of volumes.entries()) {
      const part = volumes.length === 1 ? "" : `-${index + 1}-di-${volumes.length}`;
      const name = `${toSafeName(ctx.ente)}-${day}-verbali-firmati${part}.zip`;
      const archive = await ctx.artifacts.putStream(
        name,
        streamZip(streamEntries(volume, ctx.artifacts, ctx.signal)),
        { isCopied: ctx.config.keep },
      );
      await ctx.attachToRun(archive);
      for (const { item, folder } of volume)
        yield { item, status: "done", fields: { archive: { archive, folder } } };
    }
  },
});

/** Numbered in the order of the verbali, so that names sort and never collide. */
function packAll(items: readonly Item<ZipData>[], split: "per-verbale" | "single"): Packed[] {
  const sorted = [...items].sort((a, b) => compareNaturally(a.key, b.key));
  const width = Math.max(4, String(sorted.length).length);
  return sorted.map((item, index) => {
    const prefix = `${String(index + 1).padStart(width, "0")}-${toSafeName(item.key)}`;
    const files = item.data.signedDocuments.map((document) => ({
      document,
      path:
        split === "single"
          ? `${prefix}-${formatKind(document)}.pdf`
          : `${prefix}/${toDocumentName(document.name)}`,
    }));
    return { item, folder: split === "single" ? prefix : `${prefix}/`, files };
  });
}

function formatKind(document: DocumentFile): string {
  return document.role === "verbale" ? "verbale" : "avviso";
}

function measurePacked(packed: Packed): { readonly entries: number; readonly bytes: number } {
  let bytes = 0;
  for (const { path, document } of packed.files)
    bytes += computeStoredSize({ path, bytes: document.bytes }) + manifestLine;
  return { entries: packed.files.length, bytes };
}

async function* streamEntries(
  volume: readonly Packed[],
  artifacts: ArtifactAccess,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const lines: ManifestLine[] = [];
  const keeper = createTailKeeper();
  let latest = "1980-01-01";
  for (const { item, files } of volume) {
    const day = item.data.validation.checkedOn;
    if (day > latest) latest = day;
    for (const { path, document } of files) {
      signal.throwIfAborted();
      keeper.restart();
      yield {
        path,
        bytes: document.bytes,
        day,
        async *openContent() {
          for await (const chunk of artifacts.stream(document.sha256)) {
            keeper.push(chunk);
            yield chunk;
            // The next piece is asked for: the archive has done with this one.
            if (chunk.byteLength === document.bytes) releaseBytes(chunk);
          }
        },
      };
      lines.push({
        verbale: item.key,
        file: path,
        sha256: document.sha256,
        bytes: document.bytes,
        signedAt: findSignatureTime(keeper.viewTail()),
      });
    }
  }
  const manifest = buildManifestCsv(lines);
  yield {
    path: "elenco.csv",
    bytes: manifest.byteLength,
    day: latest,
    async *openContent() {
      yield manifest;
    },
  };
}
