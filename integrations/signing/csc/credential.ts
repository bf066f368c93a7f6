/** What a CSC server tells of a credential, and whether it can sign here. */
import { askTechnician } from "../../../engine/host/hint.ts";
import type { Clock } from "../../../engine/host/clock.ts";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { readSignerCertificate } from "../certificate.ts";
import type { SignerCertificate } from "../certificate.ts";
import { expectAnswer, unreadableCscError } from "./door.ts";
import type { CscDoor } from "./door.ts";
import { ALGORITHM, readAuthorisation, CredentialAnswer } from "./wire.ts";
import type { Authorisation } from "./wire.ts";

export interface Credential {
  readonly chain: readonly Uint8Array[];
  readonly certificate: SignerCertificate;
  readonly authorisation: Authorisation;
  readonly signAlgo: string;
}

export interface CredentialOptions {
  readonly credentialId: string;
  /** `null`: the ente file names none. */
  readonly pin: (() => Promise<string>) | null;
  readonly clock: Clock;
}

/** Reads credential and certificate. Throws RunBlocked when they cannot sign unattended or with a PIN and an OTP. */
export async function fetchCredential(
  door: CscDoor,
  options: CredentialOptions,
  signal: AbortSignal | undefined,
): Promise<Credential> {
  const answer = await door.call(
    "credentials/info",
    {
      credentialID: options.credentialId,
      certificates: "chain",
      certInfo: true,
      authInfo: true,
    },
    signal,
  );
  const now = options.clock.now();
  const told = expectAnswer(CredentialAnswer, answer, now);
  const authorisation = readAuthorisation(told);
  refuseUnusable(told, authorisation, options);
  const chain = told.cert.certificates.map((text) => new Uint8Array(Buffer.from(text, "base64")));
  const [own] = chain;
  if (own === undefined) throw unreadableCscError(answer);
  const certificate = readSignerCertificate(own, now);
  return {
    chain,
    certificate,
    authorisation,
    signAlgo: chooseSignAlgorithm(certificate, told.key.algo),
  };
}

function refuseUnusable(
  told: CredentialAnswer,
  authorisation: Authorisation,
  options: CredentialOptions,
): void {
  if (told.key.status !== "enabled" || (told.cert.status ?? "valid") !== "valid")
    throw new RunBlocked(
      "SIGNER_DISABLED",
      `La credenziale di firma ${options.credentialId} non è attiva (chiave: ${told.key.status}, certificato: ${told.cert.status ?? "valid"}).`,
      { hint: { action: "resume", first: "Farla riattivare dal fornitore della firma." } },
    );
  if (authorisation.mode !== "implicit" && authorisation.mode !== "explicit")
    throw new RunBlocked(
      "SIGNER_MODE_UNSUPPORTED",
      `La credenziale di firma ${options.credentialId} chiede un'autorizzazione dal browser del firmatario, che qui non è possibile.`,
      { hint: "Chiedere al fornitore una credenziale con PIN e OTP, oppure di firma automatica." },
    );
  if (authorisation.pinId !== null && authorisation.mode === "explicit" && options.pin === null)
    throw new RunBlocked(
      "SIGNER_PIN",
      `La credenziale di firma ${options.credentialId} chiede un PIN, ma il file dell'ente non lo indica.`,
      {
        hint: askTechnician(
          "indicare il PIN della credenziale di firma",
          "Aggiungere «pin: { secret: NOME }» sotto «csc:» del firmatario.",
        ),
      },
    );
}

function chooseSignAlgorithm(certificate: SignerCertificate, offered: readonly string[]): string {
  if (certificate.algorithm === "ECDSA-SHA256") return ALGORITHM.ecdsaWithSha256;
  return offered.includes(ALGORITHM.sha256WithRsa) || !offered.includes(ALGORITHM.rsa)
    ? ALGORITHM.sha256WithRsa
    : ALGORITHM.rsa;
}
