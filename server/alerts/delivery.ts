/** Sends what is due, and marks what became of it. */
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { createSecrets } from "../../engine/host/secrets.ts";
import { listDueMessages, markTried } from "../../integrations/alerts/outbox.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { WritingInstallation } from "../installation.ts";
import type { AlertSender } from "./sender.ts";
import type { InstallationAlerts } from "./settings.ts";

const mostAtOnce = 50;

/** A message is marked behind its sending: what dies in between sends it once more, under the same name. */
export async function sendDue(
  writing: WritingInstallation,
  sender: AlertSender,
  known: { readonly settings: InstallationAlerts; readonly enti: readonly EnteSettings[] },
): Promise<void> {
  const { journal, clock, log } = writing;
  const due = await listDueMessages(journal, clock.now(), mostAtOnce);
  if (due.length === 0) return;
  const session = await sender.open({
    ...known,
    readSecret: (name) =>
      createSecrets({
        environment: writing.config.environment,
        folders: [writing.config.secretsFolder],
        redactor: writing.redactor,
      }).get(name),
  });
  try {
    for (const message of due) {
      const fault = await session.send(message);
      passCrashpoint("alert-sent");
      await markTried(journal, message, { now: clock.now(), fault });
      if (fault !== null)
        log.warn("alert not sent", { kind: message.kind, tries: message.tries + 1 });
    }
  } finally {
    session.close();
  }
}
