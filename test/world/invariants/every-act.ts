/** Every act that the office exported well reaches SEND, or somebody can read why it has not. */
import { readRows } from "../stage/rows.ts";
import { Broken, findJournal, findSend, type Invariant, type Stage } from "../stage/stage.ts";

const day = 86_400_000;

export const everyAct: Invariant = {
  name: "nessuno-perso",
  promise: "ogni verbale esportato arriva a SEND, o si legge perché no",
  on: ["rest"],
  check(stage) {
    const sent = new Set(
      readRows(findSend(stage), "SELECT DISTINCT protocol FROM requests").map(({ protocol }) =>
        String(protocol),
      ),
    );
    for (const { numero, isGood, exportedAt } of stage.acts.values()) {
      // A file is read at the next hour of the schedule.
      if (!isGood || sent.has(numero) || stage.world.now() - exportedAt < 5 * day) continue;
      const why = explain(stage, numero);
      if (why !== null) throw new Broken(this.name, `${numero}: ${why}`);
    }
  },
};

/** Codes with which a good act may rest before SEND: all of them name what a person does next. */
const honest: ReadonlySet<string> = new Set([
  "REFUSED_BEFORE",
  "ALREADY_SENT_OTHERWISE",
  "SUPERSEDED",
]);

function explain(stage: Stage, numero: string): string | null {
  const items = stage.hosts.flatMap((host) =>
    readRows(
      findJournal(stage, host),
      "SELECT i.state, i.code, i.note, r.state AS runState FROM items i JOIN runs r ON r.seq = i.run WHERE i.key = ? ORDER BY i.id",
      numero,
    ),
  );
  if (items.length === 0) return "esportato, e nessun flusso lo conosce";
  const isOpen = items.some(
    ({ state, code, runState }) =>
      ["waiting", "failed", "in-doubt", "pending"].includes(String(state)) ||
      (state === "rejected" && honest.has(String(code))) ||
      runState === "cancelled",
  );
  const told = items.map(({ state, code, note }) => `${state} ${code ?? ""} ${note ?? ""}`);
  return isOpen ? null : `non è su SEND: ${told.join("; ")}`;
}
