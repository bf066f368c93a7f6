/** At rest the journal and the other side say the same of every act. */
import { readRows, type Row } from "../stage/rows.ts";
import {
  Broken,
  findJournal,
  findSend,
  type Invariant,
  type Stage,
  wasTold,
} from "../stage/stage.ts";

export const bothSides: Invariant = {
  name: "due-lati",
  promise: "ciò che dice il registro è ciò che ha l'altro lato",
  on: ["rest"],
  check(stage) {
    const sent = readRows(
      findSend(stage),
      "SELECT protocol, token, iun, status FROM requests ORDER BY seq",
    );
    for (const request of sent) checkRequest(this.name, stage, request);
    for (const host of stage.hosts)
      for (const effect of readRows(
        findJournal(stage, host),
        "SELECT item_key AS numero, fields FROM effects WHERE step = 'transmit' AND state = 'done'",
      )) {
        const { notification } = JSON.parse(String(effect["fields"])) as {
          readonly notification: { readonly idempotenceToken: string };
        };
        if (!sent.some(({ token }) => token === notification.idempotenceToken))
          throw new Broken(
            this.name,
            `il registro ha inviato ${effect["numero"]}, SEND non ne sa nulla`,
          );
      }
  },
};

/** What SEND accepted, some run has as done with its IUN, or is still to ask about. */
function checkRequest(name: string, stage: Stage, { protocol, iun, status }: Row): void {
  if (status !== "ACCEPTED") return;
  if (wasTold(stage, String(protocol))) return;
  const items = stage.hosts.flatMap((host) =>
    readRows(
      findJournal(stage, host),
      "SELECT i.state, i.code, i.note, i.data FROM items i WHERE i.key = ? ORDER BY i.id",
      String(protocol),
    ),
  );
  // Where a copy was put back a note may name it: documents that differ, for a person to look at.
  const isKnown = items.some(({ data, note }) => `${data} ${note}`.includes(String(iun)));
  const isOpen = items.some(({ state }) =>
    ["waiting", "failed", "in-doubt"].includes(String(state)),
  );
  if (isKnown || isOpen) return;
  const told = items.map(({ state, code, note }) => `${state} ${code ?? ""} ${note ?? ""}`);
  throw new Broken(
    name,
    `SEND ha accettato ${protocol} (${iun}), il registro dice: ${told.join("; ")}`,
  );
}
