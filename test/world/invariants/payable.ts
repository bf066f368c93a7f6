/** SEND refuses nothing for a notice that cannot be paid: what is transmitted is payable first. */
import { readRows } from "../stage/rows.ts";
import { Broken, findSend, type Invariant } from "../stage/stage.ts";

export const payable: Invariant = {
  name: "pagabili",
  promise: "nessun avviso arriva a SEND prima di essere pagabile",
  on: ["send"],
  check(stage) {
    const [refused] = readRows(
      findSend(stage),
      "SELECT protocol, errors FROM requests WHERE status = 'REFUSED' AND errors LIKE '%PAYMENT_NOT_VALID%' LIMIT 1",
    );
    if (refused === undefined) return;
    throw new Broken(
      this.name,
      `SEND ha rifiutato ${String(refused["protocol"])}: ${String(refused["errors"])}`,
    );
  },
};
