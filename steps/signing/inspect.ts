/** What `check` says about the signer that a pipeline names: that the ente has one, and that it can sign in that mode; asked of the sign step. */
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import { toEnteSettings } from "../../integrations/services.ts";

/**
 * What every run would stop at is an error. Whether keys and certificates are good is for `check` and `doctor`, on the machine
 * that has them.
 */
export function inspectSign(
  config: Readonly<Record<string, unknown>>,
  { settings }: InspectContext,
): readonly SettingFault[] {
  const { signer: name, mode } = config;
  if (settings === null || typeof name !== "string") return [];
  const { signing } = toEnteSettings(settings);
  const signer = signing.signers[name];
  if (signer === undefined) {
    const names = Object.keys(signing.signers);
    return [
      signFault(["signer"], {
        message: `l'ente non ha un firmatario "${name}"`,
        why: "i firmatari sono in «signing: signers:» del file dell'ente",
        choice: { wrong: name, title: "firmatari dell'ente", names },
      }),
    ];
  }
  if (mode === "otp" && signer.csc === undefined)
    return [
      signFault(["mode"], {
        message: `il firmatario "${name}" non ha una firma remota, e mode: otp la vuole`,
        remedy: `aggiungi csc: sotto «signing: signers: ${name}:» nel file dell'ente, oppure scegli mode: automatic o upload`,
      }),
    ];
  if (mode === "automatic" && signer.csc === undefined && signer.pkcs12 === undefined)
    return [
      signFault(["signer"], {
        message: `il firmatario "${name}" non ha una chiave, e mode: automatic la vuole`,
        remedy: `aggiungi pkcs12: oppure csc: sotto «signing: signers: ${name}:» nel file dell'ente, oppure scegli mode: upload`,
      }),
    ];
  if (mode === "upload" && signing.trust === undefined)
    return [
      signFault(["mode"], {
        message: "il file dell'ente non dice di quali autorità fidarsi per i PDF firmati altrove",
        remedy:
          "aggiungi signing: trust: con la cartella dei certificati delle autorità (guida del tecnico, «La firma»)",
      }),
    ];
  return [];
}

function signFault(
  path: readonly string[],
  words: Pick<SettingFault, "message" | "why" | "remedy" | "choice">,
): SettingFault {
  return { within: "with", path, ...words };
}
