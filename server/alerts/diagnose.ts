/** What the doctor says of the alerts: who is told, and whether the mail server lets us in; nothing is sent. */
import { RunBlocked } from "../../engine/host/errors.ts";
import { createSecrets } from "../../engine/host/secrets.ts";
import type { DoctorFinding } from "../../integrations/diagnosis.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { Installation } from "../installation.ts";
import { openMailer } from "./mail.ts";
import { type InstallationAlerts, readAlertSettings } from "./settings.ts";

export async function diagnoseAlerts(
  installation: Pick<Installation, "config" | "redactor">,
  { alerts }: EnteSettings,
  pipelines: readonly ResolvedPipeline[],
): Promise<readonly DoctorFinding[]> {
  let settings: InstallationAlerts;
  try {
    settings = await readAlertSettings(installation.config);
  } catch (error) {
    if (!(error instanceof RunBlocked)) throw error;
    return [
      { state: "bad", note: error.message, ...(error.hint !== undefined && { hint: error.hint }) },
    ];
  }
  const notifies = pipelines.some(
    ({ steps, onFailure }) =>
      onFailure?.uses === "notify" || steps.some(({ uses }) => uses === "notify"),
  );
  const to = [
    ...(settings.to ?? []),
    ...(settings.digest?.to ?? []),
    ...(alerts?.to ?? []),
    ...(alerts?.digest?.to ?? []),
  ];
  const hooks = [settings.webhook, alerts?.webhook].filter((one) => one !== undefined);
  const found: DoctorFinding[] = [];
  if (to.length === 0 && hooks.length === 0 && !notifies)
    found.push({
      state: "doubtful",
      note: "Nessuno è avvisato quando un flusso si ferma o aspetta una persona.",
      hint: "Scrivere a chi in avvisi.yaml, nella cartella dei dati, o nel file dell'ente sotto alerts:.",
    });
  if (settings.mail === undefined) {
    if (to.length > 0 || notifies)
      found.push({
        state: "bad",
        note: "C'è chi vuole essere avvisato per posta, ma manca il server di posta.",
        hint: "Scriverlo in avvisi.yaml, nella cartella dei dati, sotto mail:.",
      });
  } else found.push(await tryServer(installation, settings.mail, new Set(to).size));
  for (const { secret } of hooks)
    if (!(await openSecrets(installation).has(secret.secret)))
      found.push({ state: "bad", note: `Manca il segreto ${secret.secret} del webhook.` });
  return found;
}

async function tryServer(
  installation: Pick<Installation, "config" | "redactor">,
  mail: NonNullable<InstallationAlerts["mail"]>,
  recipients: number,
): Promise<DoctorFinding> {
  const where = `${mail.host}:${mail.port}`;
  const hint = "Controllare mail: in avvisi.yaml e il segreto della password.";
  try {
    const mailer = await openMailer(mail, (name) => openSecrets(installation).get(name));
    const fault = await mailer.probe();
    mailer.close();
    if (fault === null)
      return {
        state: "good",
        note: `Il server di posta ${where} fa entrare; ${recipients === 1 ? "un indirizzo è avvisato" : `${recipients} indirizzi sono avvisati`}.`,
      };
    return { state: "bad", note: `${where}: ${fault}`, hint };
  } catch (error) {
    if (error instanceof RunBlocked) return { state: "bad", note: error.message, hint };
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { state: "bad", note: "Il file mail.ca non si può leggere.", hint };
    throw error;
  }
}

function openSecrets({ config, redactor }: Pick<Installation, "config" | "redactor">) {
  const { environment, secretsFolder } = config;
  return createSecrets({ environment, folders: [secretsFolder], redactor });
}
