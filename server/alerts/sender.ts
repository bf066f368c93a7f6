/** Sends one message by the channel that it is for, as the settings are now. */
import { createHash } from "node:crypto";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { Http } from "../../engine/host/http.ts";
import type { KeptMessage, Message } from "../../integrations/alerts/outbox.ts";
import type { WebhookSettings } from "../../integrations/alerts/settings.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { formatItemCount } from "../words/words.ts";
import type { WritingInstallation } from "../installation.ts";
import { buildStoppedAlert, isStopped } from "./causes.ts";
import { buildWebhookBody, composeMessage, type AlertPlace } from "./compose.ts";
import { type Mailer, openMailer } from "./mail.ts";
import { wholeInstallation } from "./recipients.ts";
import type { InstallationAlerts } from "./settings.ts";
import { postWebhook } from "./webhook.ts";

export interface SendingSession {
  /** `null`: sent; else why not, Italian. */
  send(message: KeptMessage): Promise<string | null>;
  close(): void;
}

interface Known {
  readonly settings: InstallationAlerts;
  readonly enti: readonly EnteSettings[];
  readSecret(name: string): Promise<string>;
}

export interface AlertSender {
  open(known: Known): Promise<SendingSession>;
}

const noServer = "Manca il server di posta: scriverlo in avvisi.yaml, sotto mail.";
const localOrigin = "http://127.0.0.1:8099";

export function createSender(writing: WritingInstallation, http: Http): AlertSender {
  return {
    async open(known) {
      const { settings, enti, readSecret } = known;
      let mailer: Mailer | string | null = null;
      const place: AlertPlace = {
        origin: writing.config.access.origins[0] ?? localOrigin,
        names: new Map(enti.map(({ ente }) => [ente.codice, ente.nome])),
      };
      const mail = async (message: KeptMessage): Promise<string | null> => {
        if (settings.mail === undefined) return noServer;
        mailer ??= await openOrExplain(() => openMailer(settings.mail ?? never(), readSecret));
        if (typeof mailer === "string") return mailer;
        const { subject, text, html } = composeMessage(message, place);
        return await mailer.send({ to: message.to, subject, text, html, id: hashKey(message.key) });
      };
      return {
        async send(kept) {
          const message = await refreshRun(writing, kept);
          if (message.channel === "mail") return await mail(message);
          const webhook = findWebhook(known, message.to);
          if (webhook === undefined) return "Il webhook non è più nelle impostazioni.";
          const secret = await openOrExplain(() => readSecret(webhook.secret.secret).then(wrap));
          if (typeof secret === "string") return secret;
          return await postWebhook(http, {
            url: webhook.url,
            secret: secret.value,
            id: `msg_${hashKey(message.key)}`,
            body: buildWebhookBody(message, place),
            now: writing.clock.now(),
          });
        },
        close: () => {
          if (mailer !== null && typeof mailer !== "string") mailer.close();
        },
      };
    },
  };
}

function never(): never {
  throw new Error("unreachable");
}

function wrap(value: string): { readonly value: string } {
  return { value };
}

/** What is opened, or the sentence that says why not. */
async function openOrExplain<Opened extends object>(
  open: () => Promise<Opened>,
): Promise<Opened | string> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof RunBlocked) return error.message;
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return "Il file dell'autorità del server di posta (mail.ca) non si può leggere.";
    throw error;
  }
}

function findWebhook({ settings, enti }: Known, scope: string): WebhookSettings | undefined {
  if (scope === wholeInstallation) return settings.webhook;
  return enti.find(({ ente }) => ente.codice === scope)?.alerts?.webhook;
}

function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

/** A run that a step announces, as it stands now. */
async function refreshRun(
  { journal }: WritingInstallation,
  message: KeptMessage,
): Promise<KeptMessage & Message> {
  const run = message.run === undefined ? null : await journal.readRun(message.run);
  if (run === null) return message;
  const { counts, id } = run;
  const state = isStopped(run)
    ? buildStoppedAlert(run).what
    : `Il flusso ${id}: ${formatItemCount("done", counts.done)}, ${formatItemCount("rejected", counts.rejected)}, su ${counts.total}.`;
  const lines = message.lines.map((line) => ({
    ...line,
    what: line.what === "" ? state : `${state} ${line.what}`,
  }));
  return { ...message, lines };
}
