/** After a command has driven a run, without a server: whoever wants to be told of it is told at once. */
import { createHttp } from "../../engine/host/http.ts";
import { messageOf } from "../../engine/host/errors.ts";
import { toRomeDay } from "../../engine/host/clock.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { queueMessages } from "../../integrations/alerts/outbox.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { WritingInstallation } from "../installation.ts";
import { listAlertsOf } from "./causes.ts";
import { sendDue } from "./delivery.ts";
import { runFailureSteps } from "./failure-steps.ts";
import { collectRecipients, planMessages } from "./recipients.ts";
import { createSender } from "./sender.ts";
import { readAlertSettings } from "./settings.ts";

/** What cannot be told stays in the outbox, for the next command or the server; `tell` takes an Italian sentence. */
export async function tellOfRun(
  writing: WritingInstallation,
  run: Run,
  tell: (sentence: string) => void,
): Promise<void> {
  const { journal, clock, config, machine } = writing;
  try {
    const settings = await readAlertSettings(config);
    const spec = JSON.parse(await journal.readSpec(run.id)) as ResolvedPipeline;
    const ente = toEnteSettings(spec.settings);
    await runFailureSteps(writing, [run], 0);
    const recipients = collectRecipients(settings, [ente]);
    const alerts = listAlertsOf(run, await journal.listAsks(run.id));
    const now = clock.now();
    const drafts = planMessages(alerts, recipients, toRomeDay(now));
    await queueMessages(journal, drafts, { now, waitMs: 0 });
    const sender = createSender(writing, createHttp(machine.fetch, journal.assertOwned));
    await sendDue(writing, sender, { settings, enti: [ente] });
  } catch (error) {
    tell(`Gli avvisi non sono partiti: ${messageOf(error)}`);
  }
}
