/** From what is the matter to messages: who is told of what. */
import type { AlertsSettings } from "../../integrations/alerts/settings.ts";
import type { MessageDraft } from "../../integrations/alerts/outbox.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { Alert } from "./causes.ts";
import type { InstallationAlerts } from "./settings.ts";

/** Who wants to be told, by ente; `*` of all. */
export type Recipients = ReadonlyMap<string, AlertsSettings>;

/** Stands for the whole installation. */
export const wholeInstallation = "*";

/** One message for each recipient, cause and period; of several enti where it is told of all. */
export function planMessages(
  alerts: readonly Alert[],
  recipients: Recipients,
  today: string,
): readonly MessageDraft[] {
  const drafts = new Map<string, MessageDraft & { readonly lines: Alert[] }>();
  for (const [scope, settings] of recipients) {
    const told = alerts.filter(({ ente }) => scope === wholeInstallation || ente === scope);
    const channels = [
      ...new Set(settings.to ?? []).values().map((to) => ({ channel: "mail" as const, to })),
      ...(settings.webhook === undefined ? [] : [{ channel: "webhook" as const, to: scope }]),
    ];
    for (const { channel, to } of channels)
      for (const alert of told) {
        const { kind, cause, period = today } = alert;
        const key = [channel, to, kind, cause, period].join("\n");
        const draft = drafts.get(key) ?? { channel, to, kind, cause, period, lines: [] };
        // Whoever stands in two files is told once.
        if (!draft.lines.includes(alert)) draft.lines.push(alert);
        drafts.set(key, draft);
      }
  }
  return [...drafts.values()].map(({ lines, ...draft }) => ({
    ...draft,
    lines: lines.map(({ ente, what, notDone, path }) => ({ ente, what, notDone, path })),
  }));
}

/** From the file of the installation and those of the enti. */
export function collectRecipients(
  { to, webhook, digest }: InstallationAlerts,
  enti: readonly EnteSettings[],
): Recipients {
  const recipients = new Map<string, NonNullable<EnteSettings["alerts"]>>();
  const own = {
    ...(to !== undefined && { to }),
    ...(webhook !== undefined && { webhook }),
    ...(digest !== undefined && { digest }),
  };
  if (Object.keys(own).length > 0) recipients.set(wholeInstallation, own);
  for (const { ente, alerts } of enti)
    if (alerts !== undefined) recipients.set(ente.codice, alerts);
  return recipients;
}
