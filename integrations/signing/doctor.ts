/** Tries each signer of an ente without signing anything, and its time stamps; used by `postino doctor`. */
import { X509Certificate } from "node:crypto";
import { RetryLater } from "../../engine/errors.ts";
import { type Finding, findingOf } from "../diagnosis.ts";
import { createSigning, type SigningOptions } from "./create-signing.ts";
import type { SignerInfo, SigningPort } from "./port.ts";
import type { SignerSettings, SigningSettings } from "./settings.ts";

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
): Promise<readonly Finding[]> {
  const port = createSigning(settings, options);
  try {
    if (signer.use === "uploads") return [await uploadFinding(port, signer.name)];
    const info = await port.signer(signer.name).describe(signal);
    return signerFindings(signer.name, info, {
      settings: settings.signers[signer.name] ?? {},
      usual: options.usual,
    });
  } catch (error) {
    const finding = findingOf(error, isBusy(error) ? "doubtful" : "bad");
    return [{ ...finding, note: `Firmatario «${signer.name}»: ${finding.note}` }];
  }
}

/** Asks for one time stamp over random bytes: the provider counts it. `null`: the ente uses none. */
export async function diagnoseTimestamps(
  settings: SigningSettings,
  options: SigningOptions,
  signal?: AbortSignal,
): Promise<Finding | null> {
  const { timestamps } = createSigning(settings, options);
  if (timestamps === null) return null;
  try {
    await timestamps.timestamp(crypto.getRandomValues(new Uint8Array(32)), signal);
    return {
      state: "good",
      note: "Il servizio di marcatura temporale risponde (una marca è stata usata per provarlo).",
    };
  } catch (error) {
    return findingOf(error, isBusy(error) ? "doubtful" : "bad");
  }
}

async function uploadFinding(port: SigningPort, name: string): Promise<Finding> {
  const { trustAnchors, displayName } = await port.uploadPolicy(name);
  return {
    state: "good",
    note: `Firmatario «${name}» (${displayName}): firma altrove e carica; autorità ammesse: ${trustAnchors.length}.`,
  };
}

function signerFindings(
  name: string,
  info: SignerInfo,
  { settings, usual }: { readonly settings: SignerSettings } & Pick<SigningDoctorOptions, "usual">,
): readonly Finding[] {
  const [own] = info.chain;
  const until = own === undefined ? "" : dayOf(new X509Certificate(own).validTo);
  const how = settings.pkcs12 === undefined ? "firma remota" : "chiave su file";
  const otp = info.needsOtp ? ", con OTP" : "";
  const findings: Finding[] = [
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

const dayFormat = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});

function dayOf(date: string): string {
  return dayFormat.format(Date.parse(date));
}
