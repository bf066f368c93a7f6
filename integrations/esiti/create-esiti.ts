/** Where an ente's esiti go, by its settings. */
import { askTechnician } from "../../engine/host/hint.ts";
import { join } from "node:path";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { Http } from "../../engine/host/http.ts";
import type { EsitiPort } from "./port.ts";
import type { EsitiSettings } from "./settings.ts";
import { createDatabaseEsiti } from "./to-database.ts";
import { createFileEsiti } from "./to-file.ts";
import { createWebhookEsiti } from "./to-webhook.ts";

export interface EsitiOptions {
  /** Absent: a CSV for each delivery. */
  readonly settings: EsitiSettings | undefined;
  readonly ente: string;
  readonly outboxFolder: string;
  readonly http: Http;
  readonly secrets: { get(name: string): Promise<string> };
}

const byDefault: EsitiSettings = { to: "file", format: "csv" };

/** The adapter; what its settings lack is told when it is first used. */
export function createEsiti({
  settings,
  ente,
  outboxFolder,
  http,
  secrets,
}: EsitiOptions): EsitiPort {
  const { to, format, columns: named, webhook, database } = settings ?? byDefault;
  const columns = named === undefined ? {} : { columns: named };
  if (to === "file") return createFileEsiti({ format, ...columns }, join(outboxFolder, ente));
  if (to === "webhook" && webhook !== undefined)
    return createWebhookEsiti({ ...columns, webhook }, { ente, http, secrets });
  if (to === "database" && database !== undefined)
    return createDatabaseEsiti({ ...columns, database }, { secrets });
  return {
    deliver: () =>
      Promise.reject(
        new RunBlocked(
          "ESITI_REFUSED",
          "Le impostazioni degli esiti di questo ente non sono complete.",
          {
            hint: askTechnician(
              "completare le impostazioni degli esiti",
              `Nella sezione esiti «to: ${to}» vuole la parte «${to}:»: check dice che cosa ci va.`,
            ),
          },
        ),
      ),
  };
}

/** Addresses that the settings name. */
export function listEsitiAddresses(settings: EsitiSettings | undefined): readonly string[] {
  return settings?.to === "webhook" && settings.webhook !== undefined ? [settings.webhook.url] : [];
}
