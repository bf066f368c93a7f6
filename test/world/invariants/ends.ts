/** Every item ends, or names whom it waits for. */
import type { Host } from "../stage/host.ts";
import { readRows, type Row } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant } from "../stage/stage.ts";

export const ends: Invariant = {
  name: "ogni-fine",
  promise: "ogni verbale finisce, o dice chi aspetta",
  on: ["rest"],
  check(stage) {
    for (const host of stage.hosts) {
      const journal = findJournal(stage, host);
      if (journal === null)
        throw new Broken(this.name, `${host.name} non è in piedi: ${host.refusal}`);
      const rows = readRows(
        journal,
        "SELECT r.id AS run, r.pipeline, r.state AS runState, r.code AS runCode, i.key, i.state, i.code, i.note, i.due_at AS dueAt, i.updated_at AS at FROM items i JOIN runs r ON r.seq = i.run WHERE i.state NOT IN ('done', 'rejected', 'cancelled')",
      );
      for (const row of rows)
        if (!isNamed(host, row) && !isMoving(host, String(row["run"]), String(row["at"])))
          throw new Broken(this.name, `non finisce e non dice perché: ${JSON.stringify(row)}`);
      for (const { id, state } of readRows(
        journal,
        "SELECT id, state FROM runs WHERE state IN ('running', 'queued')",
      ))
        if (host.running?.writing.runner.isActive(String(id)) !== true)
          throw new Broken(this.name, `il flusso ${id} è ancora «${state}», e nessuno lo muove`);
    }
  },
};

function isNamed(host: Host, { state, runState, code, note, dueAt }: Row): boolean {
  const says = code !== null || note !== null;
  // A run that is over has nothing in its hands.
  if (state === "waiting" && code === "BUSY_ELSEWHERE") return isHolderAtWork(host, String(note));
  if (state === "waiting") return dueAt !== null && says;
  if (state === "failed" || state === "in-doubt") return says;
  return state === "pending" && (runState === "blocked" || runState === "waiting-for-person");
}

function isHolderAtWork(host: Host, note: string): boolean {
  const [, run = ""] = /nel flusso ([\w-]+)/.exec(note) ?? [];
  return host.running?.writing.runner.isActive(run) === true;
}

/** Its run is driven right now, and it moved today. */
function isMoving(host: Host, run: string, at: string): boolean {
  const isActive = host.running?.writing.runner.isActive(run) === true;
  return isActive && host.now() - Date.parse(at) < 86_400_000;
}
