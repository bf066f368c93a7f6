/** Nothing that SEND has taken is without its row in the journal: the intent comes before the call. */
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, findSend, type Invariant, wasTold } from "../stage/stage.ts";

export const acceptedRows: Invariant = {
  name: "una-riga",
  promise: "niente di preso in carico da SEND senza la sua riga nel registro",
  on: ["send", "rest"],
  check(stage, isAtRest) {
    // A copy does not know what came after it, until it was compared.
    if (!isAtRest && stage.restorings.length > 0) return;
    const journals = stage.hosts.map((host) => findJournal(stage, host));
    if (journals.includes(null)) return;
    const sent = readRows(findSend(stage), "SELECT protocol, token FROM requests ORDER BY seq");
    for (const { protocol } of sent) {
      if (wasTold(stage, String(protocol))) continue;
      const isKnown = journals.some(
        (journal) =>
          readRows(
            journal,
            "SELECT 1 FROM effects WHERE step = 'transmit' AND item_key = ? LIMIT 1",
            String(protocol),
          ).length > 0,
      );
      if (!isKnown)
        throw new Broken(
          this.name,
          `SEND ha la richiesta ${protocol}, il registro non ne sa nulla`,
        );
    }
  },
};
