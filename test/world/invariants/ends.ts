/** Every item ends, or names whom it waits for. */
import { Broken, findJournal, type Invariant, readRows } from "../stage/stage.ts";

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
        "SELECT r.id AS run, r.pipeline, r.state AS runState, r.code AS runCode, i.key, i.state, i.code, i.note, i.due_at AS dueAt FROM items i JOIN runs r ON r.seq = i.run WHERE i.state NOT IN ('done', 'rejected', 'cancelled')",
      );
      for (const row of rows) {
        const says = row["code"] !== null || row["note"] !== null;
        const isNamed =
          (row["state"] === "waiting" && row["dueAt"] !== null && says) ||
          (["failed", "in-doubt"].includes(String(row["state"])) && says) ||
          (row["state"] === "pending" &&
            ["blocked", "waiting-for-person"].includes(String(row["runState"])));
        if (!isNamed)
          throw new Broken(this.name, `non finisce e non dice perché: ${JSON.stringify(row)}`);
      }
      for (const { id, state } of readRows(
        journal,
        "SELECT id, state FROM runs WHERE state IN ('running', 'queued')",
      ))
        throw new Broken(this.name, `il flusso ${id} è ancora «${state}»`);
    }
  },
};
