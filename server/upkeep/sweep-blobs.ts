/** Documents that no row of the journal names: a process died between the document and its row, or what named them is gone. */
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { listNamedBlobs } from "../../stores/sql/blobs.ts";
import { type Database, readOne } from "../../stores/sql/plan.ts";

/** Who stores one names it within that time. */
const youngMs = 86_400_000;

export interface Swept {
  readonly blobs: number;
  readonly bytes: number;
}

/** While nobody writes the journal. `null`: runs are under way on other hosts, and nothing was looked at. */
export async function sweepUnnamed(
  db: Database,
  artifacts: ArtifactStore,
  nowMs: number,
): Promise<Swept | null> {
  const asked = "SELECT count(*) AS busy FROM runs WHERE state IN ('queued', 'running')";
  if (((await db.read(() => readOne<{ busy: number }>(asked)))?.busy ?? 0) > 0) return null;
  const unwanted = new Set<string>();
  for await (const { sha256, writtenMs } of artifacts.list())
    if (writtenMs < nowMs - youngMs) unwanted.add(sha256);
  const named = new Set<string>();
  for await (const { any } of listNamedBlobs(db))
    for (const sha256 of any) {
      named.add(sha256);
      unwanted.delete(sha256);
    }
  const gone = await artifacts.erase(unwanted, named);
  return { blobs: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) };
}
