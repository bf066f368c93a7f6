/** Remote signatures through the API of the Cloud Signature Consortium, v2 and v1.0.4. */
import { createHash } from "node:crypto";
import type { Clock } from "../../../engine/host/clock.ts";
import { RunBlocked } from "../../../engine/host/errors.ts";
import type { Http } from "../../../engine/host/http.ts";
import { acceptSignature } from "../certificate.ts";
import { fetchCredential } from "./credential.ts";
import type { Credential } from "./credential.ts";
import {
  createCscDoor,
  cscError,
  expectAnswer,
  isAuthenticationFault,
  spentSadError,
  unreadableCscError,
  wrongPinError,
} from "./door.ts";
import type { CscDoor } from "./door.ts";
import { ALGORITHM, SadAnswer, SignaturesAnswer } from "./wire.ts";
import { askPatiently } from "../patience.ts";
import { WrongOtp } from "../port.ts";
import type { Grant, SignerPort } from "../port.ts";

export interface CscOptions {
  readonly version: "1" | "2";
  /** Up to `/csc/v2`. */
  readonly baseUrl: string;
  /** Default `<baseUrl>/oauth2/token`. */
  readonly tokenUrl?: string;
  readonly clientId: string;
  readonly clientSecret: () => Promise<string>;
  readonly credentialId: string;
  /** `null`: the ente file names none. */
  readonly pin: (() => Promise<string>) | null;
  /** Signatures per call. */
  readonly chunk: number;
  /** Name as operators know it; default: from the certificate. */
  readonly displayName?: string;
  /** What a signer without a name is called; default `firmatario`. */
  readonly key?: string;
  readonly http: Http;
  readonly clock: Clock;
}

/** What a grant stands for; never leaves memory. */
interface Permission {
  sad: string;
  untilMs: number;
  isUsed: boolean;
  canExtend: boolean;
}

interface Client {
  readonly options: CscOptions;
  readonly door: CscDoor;
  readonly permissions: WeakMap<Grant, Permission>;
}

// A SAD lives 3600 s when the server does not say how long (CSC v2, 11.6).
const defaultSadSeconds = 3600;
const pollMs = 1000;
const maxPolls = 180;

/** A signer behind a CSC server. OTP, PIN and SAD stay in memory. */
export function createCscSigner(options: CscOptions): SignerPort {
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const door = createCscDoor({
    baseUrl,
    tokenUrl: options.tokenUrl ?? `${baseUrl}/oauth2/token`,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    http: options.http,
    clock: options.clock,
  });
  const client: Client = { options, door, permissions: new WeakMap() };
  let credential: Credential | null = null;

  async function loadCredential(signal: AbortSignal | undefined): Promise<Credential> {
    credential ??= await fetchCredential(door, options, signal);
    return credential;
  }

  return {
    async describe(signal) {
      credential = await fetchCredential(door, options, signal);
      const { authorisation, certificate, chain } = credential;
      return {
        displayName:
          options.displayName ?? certificate.holder ?? options.key ?? certificate.commonName,
        chain,
        algorithm: certificate.algorithm,
        needsOtp: authorisation.otpId !== null,
        isOtpSent: authorisation.isOtpSent,
        signaturesPerOtp: authorisation.multisign,
        signaturesPerCall: options.chunk,
        warnings: certificate.warnings,
      };
    },
    async sendOtp(signal) {
      const { authorisation } = await loadCredential(signal);
      if (authorisation.otpId !== null && authorisation.isOtpSent)
        await requestOtp(client, authorisation.otpId, signal);
    },
    async authorise(toSign, otp, signal) {
      return authorise(client, await loadCredential(signal), toSign, otp, signal);
    },
    async sign(grant, toSign, signal) {
      const signatures: Uint8Array[] = [];
      for (let from = 0; from < toSign.length; from += options.chunk) {
        const part = toSign.slice(from, from + options.chunk);
        const who = await loadCredential(signal);
        signatures.push(
          ...(await askPatiently(options.clock, signal, () =>
            signChunk(client, who, grant, part, signal),
          )),
        );
      }
      return signatures;
    },
  };
}

/** v2 calls it getChallenge; many servers know sendOTP only. */
async function requestOtp(
  { options, door }: Client,
  otpId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const credentialID = options.credentialId;
  if (options.version === "2") {
    const answer = await door.call(
      "credentials/getChallenge",
      { credentialID, authObjectID: otpId },
      signal,
    );
    if (answer.status === 200 || answer.status === 204) return;
    if (answer.status !== 404) throw cscError(answer, options.clock.now());
  }
  const answer = await door.call("credentials/sendOTP", { credentialID }, signal);
  if (answer.status !== 200 && answer.status !== 204) throw cscError(answer, options.clock.now());
}

async function authorise(
  client: Client,
  credential: Credential,
  toSign: readonly Uint8Array[],
  otp: string | null,
  signal: AbortSignal | undefined,
): Promise<Grant> {
  const { options, door } = client;
  const { pinId, otpId, mode } = credential.authorisation;
  const pin =
    pinId !== null && mode === "explicit" && options.pin !== null ? await options.pin() : null;
  if (otpId !== null && otp === null) throw new WrongOtp("Serve il codice OTP.");
  const common = {
    credentialID: options.credentialId,
    numSignatures: toSign.length,
    description: `Postino: ${toSign.length} documenti`,
  };
  const body =
    options.version === "2"
      ? {
          ...common,
          hashes: hashEach(toSign),
          hashAlgorithmOID: ALGORITHM.sha256,
          authData: [
            ...(pin === null || pinId === null ? [] : [{ id: pinId, value: pin }]),
            ...(otp === null || otpId === null ? [] : [{ id: otpId, value: otp }]),
          ],
        }
      : {
          ...common,
          hash: hashEach(toSign),
          ...(pin === null ? {} : { PIN: pin }),
          ...(otp === null || otpId === null ? {} : { OTP: otp }),
        };
  const answer = await door.call("credentials/authorize", body, signal);
  // Without an OTP there is none that could be wrong.
  if (otp === null && answer.status === 400 && isAuthenticationFault(answer)) throw wrongPinError();
  let told = expectAnswer(SadAnswer, answer, options.clock.now());
  for (let poll = 0; told.SAD === undefined; poll += 1) {
    if (told.handle === undefined || poll >= maxPolls) throw silentError();
    await options.clock.sleep(pollMs, signal);
    signal?.throwIfAborted();
    const again = await door.call("credentials/authorizeCheck", { handle: told.handle }, signal);
    told = { handle: told.handle, ...expectAnswer(SadAnswer, again, options.clock.now()) };
  }
  const grant = { signatures: toSign.length };
  client.permissions.set(grant, buildPermission(told, told.SAD, options.clock));
  return grant;
}

function buildPermission(told: SadAnswer, sad: string, clock: Clock): Permission {
  return {
    sad,
    untilMs: clock.now() + (told.expiresIn ?? defaultSadSeconds) * 1000,
    isUsed: false,
    canExtend: true,
  };
}

async function signChunk(
  client: Client,
  credential: Credential,
  grant: Grant,
  toSign: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<readonly Uint8Array[]> {
  const { options, door } = client;
  const permission = client.permissions.get(grant);
  if (permission === undefined) throw new Error("grant of another signer");
  if (permission.isUsed && permission.canExtend)
    await extendPermission(client, permission, toSign, signal);
  if (options.clock.now() >= permission.untilMs)
    throw new WrongOtp("Il permesso di firma è scaduto prima della fine: serve un nuovo codice.");
  const body = {
    credentialID: options.credentialId,
    SAD: permission.sad,
    ...buildHashFields(options.version, toSign),
    signAlgo: credential.signAlgo,
    ...(options.version === "2" ? { operationMode: "S" } : {}),
  };
  // Used even when no answer comes: the server may have counted the call.
  permission.isUsed = true;
  const answer = await door.call("signatures/signHash", body, signal);
  const spent = spentSadError(answer);
  if (spent !== null) throw spent;
  let told = expectAnswer(SignaturesAnswer, answer, options.clock.now());
  for (let poll = 0; told.signatures === undefined; poll += 1) {
    if (told.responseID === undefined || poll >= maxPolls) throw silentError();
    await options.clock.sleep(pollMs, signal);
    signal?.throwIfAborted();
    const responseID = told.responseID;
    const again = await door.call("signatures/signPolling", { responseID }, signal);
    told = { responseID, ...expectAnswer(SignaturesAnswer, again, options.clock.now()) };
  }
  return verifySignatures(credential, toSign, told.signatures);
}

/** A fresh SAD for the next chunk (CSC v2, 11.8); servers without it let the first one be used on. */
async function extendPermission(
  { options, door }: Client,
  permission: Permission,
  toSign: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const body = {
    credentialID: options.credentialId,
    SAD: permission.sad,
    ...(options.version === "2"
      ? { hashes: hashEach(toSign), hashAlgorithmOID: ALGORITHM.sha256 }
      : { hash: hashEach(toSign) }),
  };
  const answer = await door.call("credentials/extendTransaction", body, signal);
  if (answer.status === 404 || answer.status === 501) {
    permission.canExtend = false;
    return;
  }
  const spent = spentSadError(answer);
  if (spent !== null) throw spent;
  const told = expectAnswer(SadAnswer, answer, options.clock.now());
  if (told.SAD === undefined) throw unreadableCscError(answer);
  permission.sad = told.SAD;
  permission.untilMs = options.clock.now() + (told.expiresIn ?? defaultSadSeconds) * 1000;
}

function buildHashFields(version: "1" | "2", toSign: readonly Uint8Array[]): object {
  return version === "2"
    ? { hashes: hashEach(toSign), hashAlgorithmOID: ALGORITHM.sha256 }
    : { hash: hashEach(toSign), hashAlgo: ALGORITHM.sha256 };
}

function hashEach(toSign: readonly Uint8Array[]): readonly string[] {
  return toSign.map((bytes) => createHash("sha256").update(bytes).digest("base64"));
}

/** Nothing that the provider returns goes into a document unchecked. */
function verifySignatures(
  credential: Credential,
  toSign: readonly Uint8Array[],
  returned: readonly string[],
): readonly Uint8Array[] {
  const checked: Uint8Array[] = [];
  for (const [index, bytes] of toSign.entries()) {
    const value = Buffer.from(returned[index] ?? "", "base64");
    const signature = acceptSignature(credential.certificate, bytes, value);
    if (signature === null || returned.length !== toSign.length)
      throw new RunBlocked(
        "SIGNATURE_INVALID",
        "Il servizio di firma remota ha restituito una firma che non corrisponde al certificato: nessun documento è stato alterato.",
        {
          hint: {
            action: "resume",
            first: "Avvisare il fornitore della firma e aspettare che abbia risolto.",
          },
        },
      );
    checked.push(signature);
  }
  return checked;
}

function silentError(): RunBlocked {
  return new RunBlocked(
    "SIGNER_SILENT",
    "Il servizio di firma remota ha preso in carico la richiesta ma non l'ha conclusa in tempo.",
    {
      hint: {
        action: "resume",
        first: "Riprovare più tardi.",
        after: "Se si ripete, avvisare il fornitore della firma.",
      },
    },
  );
}
