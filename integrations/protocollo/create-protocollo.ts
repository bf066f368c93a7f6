/** Who gives protocol numbers to an ente: its program by DOCAREA, or an office by files. */
import type { Clock } from "../../engine/host/clock.ts";
import { messageOf, RunBlocked } from "../../engine/host/errors.ts";
import type { Http } from "../../engine/host/http.ts";
import { type DoctorFinding, toDoctorFinding } from "../diagnosis.ts";
import { createDocareaProtocol, loginToDocarea } from "./docarea.ts";
import { createFolderProtocol } from "./folder.ts";
import type { ProtocolPort } from "./port.ts";
import type { ProtocolloSettings } from "./settings.ts";

export interface ProtocolOptions {
  readonly settings: ProtocolloSettings | undefined;
  readonly ente: { readonly codice: string; readonly nome: string };
  readonly outboxFolder: string;
  readonly secrets: { get(name: string): Promise<string> };
  readonly http: Http;
  readonly clock: Clock;
}

/** Where the ente's file says nothing of it, asking blocks the run. */
export function createProtocol(options: ProtocolOptions): ProtocolPort {
  const { settings, ente, outboxFolder, clock } = options;
  if (settings === undefined) {
    const refuse = (): Promise<never> => Promise.reject(noSettingsError());
    return { by: "file", give: refuse, find: refuse };
  }
  const { oggetto, docarea, folder } = settings;
  if (docarea !== undefined)
    return createDocareaProtocol({ ...options, settings: docarea, oggetto, ente: ente.nome });
  return createFolderProtocol({ folder, oggetto, ente: ente.codice, outboxFolder, clock });
}

/** Addresses outside that the settings lead to. */
export function listProtocolAddresses(settings: ProtocolloSettings | undefined): readonly string[] {
  return settings?.docarea === undefined ? [] : [settings.docarea.url];
}

/** Logs in and registers nothing. */
export async function diagnoseProtocol(
  options: ProtocolOptions & { readonly settings: ProtocolloSettings },
): Promise<readonly DoctorFinding[]> {
  const { docarea, oggetto } = options.settings;
  if (docarea === undefined)
    return [{ state: "good", note: "I numeri di protocollo arrivano dall'ufficio con file CSV." }];
  try {
    await loginToDocarea({ ...options, settings: docarea, oggetto, ente: options.ente.nome });
    return [{ state: "good", note: "Il protocollo (DOCAREA) accetta utente e password." }];
  } catch (error) {
    if (!(error instanceof Error)) throw new Error(messageOf(error), { cause: error });
    return [toDoctorFinding(error, "bad")];
  }
}

function noSettingsError(): RunBlocked {
  return new RunBlocked("PROTOCOLLO_SETTINGS", "Il file dell'ente non dice chi dà il protocollo.", {
    hint: {
      action: "resume",
      setting: {
        ask: "indicare il protocollo nel file dell'ente, o togliere il passo",
        technical: "Aggiungere protocollo: al file dell'ente, o togliere il passo protocol.",
      },
    },
  });
}
