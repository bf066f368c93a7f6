/** What a run says of its items is what they are. */
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant } from "../stage/stage.ts";

const columns = {
  pending: ["pending", "running"],
  waiting: ["waiting"],
  done: ["done"],
  rejected: ["rejected"],
  in_doubt: ["in-doubt"],
  failed: ["failed"],
  cancelled: ["cancelled"],
} as const;

export const counts: Invariant = {
  name: "conteggi",
  promise: "i conteggi di un flusso sono quelli dei suoi verbali",
  on: ["rest"],
  check(stage) {
    const sums = Object.entries(columns).map(
      ([name, states]) =>
        `r.${name} = (SELECT count(*) FROM items i WHERE i.run = r.seq AND i.state IN (${states.map((state) => `'${state}'`).join(", ")}))`,
    );
    for (const host of stage.hosts)
      for (const row of readRows(
        findJournal(stage, host),
        `SELECT id, total, pending, waiting, done, rejected, in_doubt, failed, cancelled FROM runs r WHERE is_loaded = 1 AND NOT (${sums.join(" AND ")})`,
      ))
        throw new Broken(
          this.name,
          `il flusso dice altro dei suoi verbali: ${JSON.stringify(row)}`,
        );
  },
};
