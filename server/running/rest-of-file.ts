/** The verbali of a file that stayed behind when its first ones went ahead: how many there are, and the flusso that takes them. */
import { endedRunStates } from "../../engine/journal/states.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { countLeft, readFirst } from "./ahead.ts";
import { createRun, type WritingInstallation } from "../installation.ts";
import type { RunManager } from "./run-manager.ts";
import { resolveStart } from "./start-run.ts";
import type { StartResult } from "../web/requests.ts";

export interface RestOfFile {
  /** 0: there are none, or another flusso took them. */
  count(run: Run): Promise<number>;
  /** With the pipeline as it is now: what the first flusso sent is not sent again. */
  send(run: Run): Promise<StartResult>;
}

export function createRestOfFile(writing: WritingInstallation, manager: RunManager): RestOfFile {
  // A file does not change: it is counted once for each flusso.
  const counted = new Map<string, Promise<number>>();
  const isWhole = async (run: Run): Promise<boolean> =>
    run.input === null ||
    !endedRunStates.includes(run.state) ||
    readFirst(await writing.journal.readSpec(run.id)) === null;
  async function isTaken({ id, ente, pipeline, input, createdAt }: Run): Promise<boolean> {
    const runs = await writing.journal.listRuns({ ente, pipeline, since: createdAt, limit: 200 });
    return runs.some((other) => other.id !== id && other.input?.sha256 === input?.sha256);
  }
  async function count(run: Run): Promise<number> {
    if ((await isWhole(run)) || (await isTaken(run))) return 0;
    const known = counted.get(run.id) ?? countLeft(writing, writing, run);
    if (counted.size > 500) counted.clear();
    counted.set(run.id, known);
    known.catch(() => counted.delete(run.id));
    return await known;
  }
  return {
    count,
    async send(run) {
      if ((await count(run)) === 0)
        return { status: "refused", reason: "Del file non resta alcun verbale da inviare." };
      const { pipeline, ente, params } = run;
      const resolved = await resolveStart(writing, { pipeline, ente, params, input: null });
      if ("status" in resolved) return resolved;
      const rest = await createRun(writing, resolved, {
        trigger: "dashboard",
        input: run.input,
        params,
      });
      manager.begin(rest.id);
      return { status: "accepted", runId: rest.id };
    },
  };
}
