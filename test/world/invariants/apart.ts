/** Two runs never have the same verbale in their hands for an effect at the same moment. */
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant } from "../stage/stage.ts";

export const apart: Invariant = {
  name: "uno-alla-volta",
  promise: "due flussi non lavorano insieme sullo stesso verbale",
  on: ["rest"],
  check({ world, hosts }) {
    for (const host of hosts) {
      const rows = readRows(
        findJournal({ world }, host),
        `SELECT i.key, a.step, r.id AS one, s.id AS other, a.started_at AS began, a.ended_at AS ended, b.started_at AS otherBegan, b.ended_at AS otherEnded
         FROM attempts a JOIN items i ON i.id = a.item JOIN runs r ON r.seq = a.run
         JOIN items j ON j.key = i.key AND j.run > i.run JOIN attempts b ON b.item = j.id AND b.step = a.step JOIN runs s ON s.seq = b.run
         WHERE a.step IN ('reset-iuv', 'transmit', 'clocks', 'costs') AND a.started_at < b.ended_at AND b.started_at < a.ended_at
           AND coalesce(a.code, '') <> 'BUSY_ELSEWHERE' AND coalesce(b.code, '') <> 'BUSY_ELSEWHERE'
           AND coalesce(a.outcome, '') <> 'unknown' AND coalesce(b.outcome, '') <> 'unknown'`,
      );
      for (const row of rows) {
        const from = Math.min(
          Date.parse(String(row["began"])),
          Date.parse(String(row["otherBegan"])),
        );
        const to = Math.max(
          Date.parse(String(row["ended"])),
          Date.parse(String(row["otherEnded"])),
        );
        // What a dead process had begun is ended by the next one.
        if (host.deaths.some((at) => at >= from && at <= to)) continue;
        throw new Broken(this.name, `due flussi insieme: ${JSON.stringify(row)}`);
      }
    }
  },
};
