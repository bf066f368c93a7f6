/** Tries each signer of an ente without signing anything, and its time stamps. */
import { X509Certificate } from "node:crypto";
import { RetryLater } from "../../engine/host/errors.ts";
import { type DoctorFinding, toDoctorFinding } from "../diagnosis.ts";
import { formatInstantDay } from "./certificate.ts";
import { createSigning, type SigningOptions } from "./create-signing.ts";
import type { SignerInfo } from "./port.ts";
import type { SignerSettings, SigningSettings } from "./settings.ts";
import { readTrustFolder } from "./trust-anchors.ts";

export interface SigningDoctorOptions extends SigningOptions {
  /** What a usual flusso asks of a signer: how many documents, for how many verbali. */
  readonly usual: { readonly verbali: number; readonly documents: number };
}

/** How a signer is used: by Postino with its key or service, or by a person who uploads. */
export type SignerUse = "signs" | "uploads";

/** Opens the key, or asks the service for token, credential and certificate; for uploads, reads the authorities that are trusted. */
export async function diagnoseSigner(
  settings: SigningSettings,
  signer: { readonly name: string; readonly use: SignerUse },
  options: SigningDoctorOptions,
  signal?: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const port = createSigning(settings, options);
  try {
    if (signer.use === "uploads") return await diagnoseUploads(settings, signer.name, options);
    const info = await port.requireSigner(signer.name).describe(signal);
    return diagnoseSignerInfo(signer.name, info, {
      settings: settings.signers[signer.name] ?? {},
      usual: options.usual,
    });
  } catch (error) {
    const finding = toDoctorFinding(error, isBusy(error) ? "doubtful" : "bad");
    return [{ ...finding, note: `Firmatario «${signer.name}»: ${finding.note}` }];
  }
}

/** Asks for one time stamp over random bytes: the provider counts it. `null`: the ente uses none. */
export async function diagnoseTimestamps(
  settings: SigningSettings,
  options: SigningOptions,
  signal?: AbortSignal,
): Promise<DoctorFinding | null> {
  const { timestamps } = createSigning(settings, options);
  if (timestamps === null) return null;
  try {
    await timestamps.requestTimestamp(crypto.getRandomValues(new Uint8Array(32)), signal);
    return {
      state: "good",
      note: "Il servizio di marcatura temporale risponde (una marca è stata usata per provarlo).",
    };
  } catch (error) {
    return toDoctorFinding(error, isBusy(error) ? "doubtful" : "bad");
  }
}

/** Who may sign, whose certificates count, and whether the lists are still those of today. */
async function diagnoseUploads(
  settings: SigningSettings,
  name: string,
  options: SigningOptions,
): Promise<readonly DoctorFinding[]> {
  const policy = await createSigning(settings, options).readUploadPolicy(name);
  const nowMs = options.clock.now();
  const folder = { folder: settings.trust, base: options.folder, nowMs };
  const { lists, revocations } = await readTrustFolder(folder);
  const revoked =
    revocations.length === 0
      ? "le revoche non si controllano (nessun file .crl)"
      : `elenchi di revoche: ${revocations.length}`;
  const findings: DoctorFinding[] = [
    {
      state: "good",
      note: `Firmatario «${name}»${policy.displayName === `«${name}»` ? "" : ` (${policy.displayName})`}: firma altrove e carica; autorità ammesse: ${policy.trustAnchors.length}; ${revoked}.`,
    },
  ];
  if (policy.codiceFiscale === null)
    findings.push({
      state: "doubtful",
      note: `Firmatario «${name}»: il file dell'ente non dice il suo codice fiscale, perciò vale la firma di chiunque abbia un certificato delle autorità ammesse.`,
      hint: "Aggiungere «upload: { codiceFiscale: … }» al firmatario.",
    });
  const noteOverdue = (what: string, nextUpdateMs: number | null): void => {
    if (nextUpdateMs !== null && nextUpdateMs < nowMs)
      findings.push({
        state: "doubtful",
        note: `${what} è superato: il successivo era atteso entro il ${formatInstantDay(nextUpdateMs)}.`,
        hint: {
          action: "trust",
          first:
            "Scaricarlo di nuovo nella cartella di «signing: trust:»; una lista di fiducia va poi confermata:",
        },
      });
  };
  for (const file of lists)
    noteOverdue(`L'elenco ${file.name} (lista di fiducia)`, file.list.nextUpdateMs);
  for (const file of revocations) noteOverdue(`L'elenco ${file.name} (revoche)`, file.nextUpdateMs);
  return findings;
}

function diagnoseSignerInfo(
  name: string,
  info: SignerInfo,
  { settings, usual }: { readonly settings: SignerSettings } & Pick<SigningDoctorOptions, "usual">,
): readonly DoctorFinding[] {
  const [own] = info.chain;
  const until =
    own === undefined ? "" : formatInstantDay(Date.parse(new X509Certificate(own).validTo));
  const how = settings.pkcs12 === undefined ? "firma remota" : "chiave su file";
  const otp = info.needsOtp ? ", con OTP" : "";
  const findings: DoctorFinding[] = [
    {
      state: "good",
      note: `Firmatario «${name}» (${info.displayName}): ${how}${otp}, certificato valido fino al ${until}.`,
    },
  ];
  for (const warning of info.warnings)
    findings.push({
      state: "doubtful",
      note: `Firmatario «${name}»: ${warning}`,
      hint: "Rinnovare il certificato per tempo: scaduto, ferma ogni flusso.",
    });
  const most = info.signaturesPerOtp;
  if (info.needsOtp && most !== null && most < usual.documents)
    findings.push({
      state: "doubtful",
      note: `Firmatario «${name}»: un OTP vale per ${most} firme; un flusso di ${usual.verbali} verbali ne chiede ${usual.documents}, cioè ${Math.ceil(usual.documents / most)} OTP.`,
      hint: "Chiedere al fornitore della firma un limite più alto (multisign), oppure mandare flussi più piccoli.",
    });
  return findings;
}

/** 5xx and 429 pass by themselves; silence does not. */
function isBusy(error: unknown): boolean {
  return error instanceof RetryLater && error.code !== "NO_ANSWER";
}
