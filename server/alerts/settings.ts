/** What the file of the alerts (`avvisi.yaml`) may say: the mail server, and who keeps this installation and is told of every ente. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Type, type Static } from "typebox";
import { allowMissing, RunBlocked } from "../../engine/host/errors.ts";
import { mailAddress } from "../../integrations/alerts/port.ts";
import { recipientFields } from "../../integrations/alerts/settings.ts";
import { SecretRef } from "../../integrations/secret-ref.ts";
import { readMap } from "../../loader/pipeline/read-map.ts";
import { coerceBySchema } from "../../loader/yaml/coerce.ts";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import type { Config } from "../config.ts";
import { formatProblem } from "../words/problems.ts";

const closed = { additionalProperties: false } as const;

const MailSettings = Type.Object(
  {
    host: Type.String({
      pattern: "^[A-Za-z0-9.:-]+$",
      maxLength: 253,
      description: "Il server di posta in uscita (anche PEC): smtp.comune.example",
    }),
    port: Type.Integer({
      minimum: 1,
      maximum: 65_535,
      default: 587,
      description: "587 con starttls, 465 con tls",
    }),
    security: Type.Union([Type.Literal("starttls"), Type.Literal("tls"), Type.Literal("none")], {
      default: "starttls",
      description:
        "starttls: cifrata dopo la connessione, mai in chiaro; tls: cifrata da subito, come vuole la PEC; none: solo verso questa macchina",
    }),
    ca: Type.Optional(
      Type.String({
        description: "File PEM dell'autorità del server, relativo a questo file; senza: le solite",
      }),
    ),
    user: Type.Optional(Type.String({ minLength: 1, description: "Con quale utente si entra" })),
    password: Type.Optional(SecretRef),
    from: Type.String({
      pattern: `^${mailAddress}$`,
      remedy: "un indirizzo solo, senza nome: postino@comune.example",
      description: "Chi scrive; con la PEC, la casella stessa",
    }),
  },
  { ...closed, description: "Il server che manda gli avvisi" },
);
export type MailSettings = Static<typeof MailSettings>;

/** `avvisi.yaml`. */
export const InstallationAlerts = Type.Object(
  { mail: Type.Optional(MailSettings), ...recipientFields },
  closed,
);
export type InstallationAlerts = Static<typeof InstallationAlerts>;

/** The settings of the file with the CA's place resolved; without the file none. Throws RunBlocked `ALERT_SETTINGS` with the first fault. */
export async function readAlertSettings({
  alertsFile: path,
}: Pick<Config, "alertsFile">): Promise<InstallationAlerts> {
  const text = await allowMissing(readFile(path, "utf8"));
  if (text === null) return {};
  const { root, problems } = readMap(path, text, "mail: { host: …, from: … }");
  const found: Problem[] = [...problems];
  const settings =
    root === null
      ? {}
      : (coerceBySchema(root, InstallationAlerts, {
          problems: found,
          origins: {},
          originPrefix: "",
          owner: "nel file degli avvisi",
          path: [],
          at: { source: root.at.source, start: root.at.start, end: root.at.start },
        }) as InstallationAlerts);
  const fault = found.find(({ severity }) => severity === "error");
  if (fault !== undefined)
    throw faultError(`Il file degli avvisi ha un errore.\n${formatProblem(fault)}`);
  const { mail } = settings;
  if (mail === undefined) return settings;
  assertSound(mail, path);
  return mail.ca === undefined
    ? settings
    : { ...settings, mail: { ...mail, ca: resolve(dirname(path), mail.ca) } };
}

/** Passwords and alerts go nowhere in clear, save to this machine. */
function assertSound({ security, host, user, password }: MailSettings, path: string): void {
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (security === "none" && !isLocal)
    throw faultError(
      `In ${path} «security: none» manderebbe gli avvisi in chiaro fuori da questa macchina.`,
    );
  if ((user === undefined) !== (password === undefined))
    throw faultError(`In ${path} «user» e «password» vanno insieme, oppure nessuno dei due.`);
}

function faultError(message: string): RunBlocked {
  return new RunBlocked("ALERT_SETTINGS", message, {
    hint: "Correggere il file degli avvisi; non serve riavviare.",
  });
}
