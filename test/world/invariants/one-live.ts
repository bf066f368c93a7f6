/** At most one live notification per violation. */
import { readRows } from "../stage/rows.ts";
import { Broken, findSend, type Invariant } from "../stage/stage.ts";

export const oneLive: Invariant = {
  name: "una-viva",
  promise: "al più una notifica viva per violazione",
  on: ["send"],
  check(stage) {
    const rows = readRows(
      findSend(stage),
      "SELECT protocol, count(*) AS n FROM requests WHERE status IN ('WAITING', 'ACCEPTED') GROUP BY 1 HAVING n > 1",
    );
    for (const { protocol, n } of rows)
      throw new Broken(this.name, `il verbale ${protocol} ha ${n} notifiche vive su SEND`);
  },
};
