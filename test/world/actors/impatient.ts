/** The impatient: cancels a flusso while it is under way, and cancels a notification that should never have been sent. */
import { startRun } from "../../../server/running/start-run.ts";
import { readRows } from "../stage/rows.ts";
import { type Actor, findJournal, type Stage } from "../stage/stage.ts";

const hour = 3_600_000;

export const impatient: Actor = {
  name: "impaziente",
  begin(stage) {
    stage.world.live(cancelRuns(stage));
    stage.world.live(cancelNotifications(stage));
  },
};

async function cancelRuns(stage: Stage): Promise<void> {
  const { world } = stage;
  const [host] = stage.hosts;
  while (!world.isCalm) {
    await world.sleep((4 + world.draw("impatience") * 60) * hour);
    const [open] = readRows(
      findJournal(stage, host),
      "SELECT id, pipeline FROM runs WHERE state IN ('running', 'waiting', 'waiting-for-person', 'blocked') ORDER BY seq DESC LIMIT 1",
    );
    if (open === undefined) continue;
    const { id, pipeline } = open;
    if (!world.strikes("cancel", String(pipeline), `il flusso di ${pipeline} viene annullato`))
      continue;
    const answer = await host.ask(`/api/runs/${id}/cancel`, { method: "POST", body: "{}" });
    world.story.tell(
      "impaziente",
      `annulla il flusso ${id}: ${answer?.status ?? "nessuna risposta"}`,
    );
  }
}

/** By the pipeline that the ente has for it; a person then agrees, or not. */
async function cancelNotifications(stage: Stage): Promise<void> {
  const { world } = stage;
  const [host] = stage.hosts;
  while (!world.isCalm) {
    await world.sleep((60 + world.draw("regret") * 400) * hour);
    stage.notified.listen();
    const [some] = [...stage.notified.byIun.values()]
      .filter(({ payments, isCancelled }) => payments.length === 0 && !isCancelled)
      .slice(-1);
    if (some === undefined) continue;
    const result = await host.act("start annulla", ({ serving, writing }) =>
      startRun(
        writing,
        serving.manager,
        { pipeline: "annulla", ente: "prova", params: { iun: some.iun }, input: null },
        "dashboard",
      ),
    );
    world.story.tell(
      "impaziente",
      `chiede l'annullamento di ${some.numero}: ${result?.status ?? "nessuna risposta"}`,
    );
  }
}
