/** Every hour of a schedule that comes while the program is up leaves its row. */
import { toInstant } from "../../../engine/host/clock.ts";
import type { Host } from "../stage/host.ts";
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, type Invariant, type Stage } from "../stage/stage.ts";

const hour = 3_600_000;
/** As the ente's file and the shipped pipelines have them. */
const schedules: Readonly<Record<string, string>> = {
  send: "30 6 * * 1,3,5",
  "import-iun": "15 9 * * *",
  seguito: "0 5 * * *",
  ricevute: "45 7 * * 1",
};

export const ticks: Invariant = {
  name: "ogni-ora",
  promise: "ogni ora programmata lascia la sua riga",
  on: ["night", "rest"],
  check(stage) {
    for (const host of stage.hosts) checkHost(this.name, stage, host);
  },
};

function checkHost(name: string, { world }: Stage, host: Host): void {
  const journal = findJournal({ world }, host);
  // A clock that was wrong today, or a disk that was full, makes its own hours.
  if (journal === null || host.troubledAt > world.now() - 30 * hour) return;
  for (const [pipeline, cron] of Object.entries(schedules)) {
    const now = world.now();
    let due = host.upSince + hour;
    for (;;) {
      const next = Bun.cron.parse(cron, new Date(due), { tz: "Europe/Rome" });
      if (next === null || next.getTime() + hour > now) break;
      due = next.getTime();
      if (due < now - 30 * hour) continue;
      const [row] = readRows(
        journal,
        "SELECT 1 FROM due WHERE pipeline = ? AND due_at = ?",
        pipeline,
        toInstant(due),
      );
      if (row === undefined)
        throw new Broken(name, `${pipeline}: le ${toInstant(due)} sono passate senza una riga`);
    }
  }
}
