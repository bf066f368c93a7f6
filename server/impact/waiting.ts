/** Runs that are not over and whose ente or pipeline a change touches: they keep the pipeline that they were made with. */
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { Impact } from "./impact.ts";

export interface TouchedRun {
  readonly run: Pick<Run, "id" | "pipeline" | "ente" | "state">;
  /** It takes the changed settings of its ente when it goes on: it rests because of them. */
  readonly takesSettings: boolean;
}

const open = ["queued", "running", "waiting", "waiting-for-person", "blocked"] as const;

/** Newest first. */
export async function listTouchedRuns(
  journal: Pick<JournalReader, "listRuns"> | null,
  { groups }: Impact,
): Promise<readonly TouchedRun[]> {
  const settings = new Set(groups.flatMap(({ pipeline, enti }) => (pipeline === null ? enti : [])));
  const pairs = new Set(
    groups.flatMap(({ pipeline, enti }) =>
      pipeline === null ? [] : enti.map((ente) => `${pipeline} ${ente}`),
    ),
  );
  const runs = (await journal?.listRuns({ states: open, limit: 1_000 })) ?? [];
  return runs.flatMap((run) => {
    const { id, pipeline, ente, state } = run;
    const isOfEnte = settings.has(ente);
    if (!isOfEnte && !pairs.has(`${pipeline} ${ente}`)) return [];
    const rests = state === "waiting" || (state === "blocked" && run.code !== "STOPPED");
    return [{ run: { id, pipeline, ente, state }, takesSettings: isOfEnte && rests }];
  });
}
