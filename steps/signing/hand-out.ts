/** Puts the PDFs that a person is to sign into an archive of the run. */
import {
  toDocumentName,
  planVolumes,
  computeStoredSize,
  streamZip,
} from "../../documents/archive/write.ts";
import type { ArchiveEntry } from "../../documents/archive/write.ts";
import { toRomeDay } from "../../engine/host/clock.ts";
import type { DocumentFile } from "../schemas/fields.ts";
import type { SignContext } from "./job.ts";

interface Numbered {
  readonly path: string;
  readonly document: DocumentFile;
}

/** `da-firmare.zip`, or several of them where one would grow too large. `verbali`: the documents of each that are to be signed. */
export async function handOut(
  ctx: SignContext,
  verbali: readonly (readonly DocumentFile[])[],
): Promise<void> {
  const width = Math.max(4, String(verbali.length).length);
  const groups = verbali.map((documents, index): readonly Numbered[] =>
    documents.map((document) => ({
      path: `${String(index + 1).padStart(width, "0")}-${toDocumentName(document.name)}`,
      document,
    })),
  );
  const volumes = planVolumes(groups, (group) => ({
    entries: group.length,
    bytes: countBytes(group),
  }));
  for (const [index, volume] of volumes.entries()) {
    const part = volumes.length === 1 ? "" : `-${index + 1}-di-${volumes.length}`;
    const entries = volume.flat().map((numbered) => toEntry(ctx, numbered));
    await ctx.attachToRun(
      await ctx.artifacts.putStream(`da-firmare${part}.zip`, streamZip(entries)),
    );
  }
}

function countBytes(group: readonly Numbered[]): number {
  let bytes = 0;
  for (const { path, document } of group)
    bytes += computeStoredSize({ path, bytes: document.bytes });
  return bytes;
}

function toEntry(ctx: SignContext, { path, document }: Numbered): ArchiveEntry {
  return {
    path,
    bytes: document.bytes,
    day: toRomeDay(ctx.clock.now()),
    openContent: () => ctx.artifacts.stream(document.sha256),
  };
}
