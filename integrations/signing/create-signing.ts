/** Who signs for an ente, as its file says: makes the signers. */
import { askTechnician } from "../../engine/host/hint.ts";
import { resolve } from "node:path";
import type { Clock } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { Http } from "../../engine/host/http.ts";
import { createSignatureBook, type SignatureStore } from "./kept-signatures.ts";
import { askPatiently } from "./patience.ts";
import type { SignerPort, SigningPort, TimestampPort } from "./port.ts";
import type { SignerSettings, SigningSettings } from "./settings.ts";
import { readTrust } from "./trust-anchors.ts";

/** Where the values behind secret names come from; throws RunBlocked that names a missing one. */
export interface SecretReader {
  get(name: string): Promise<string>;
}

export interface SigningOptions {
  /** Folder of the ente file: what its file names are relative to. */
  readonly folder: string;
  readonly secrets: SecretReader;
  readonly http: Http;
  readonly clock: Clock;
  /** Where an ente's signatures are kept until their documents are recorded; absent: in memory alone. */
  readonly kept?: { readonly store: SignatureStore; readonly ente: string };
}

/** The signers of one ente. Keys and services are touched when they are first needed. */
export function createSigning(settings: SigningSettings, options: SigningOptions): SigningPort {
  const made = new Map<string, SignerPort>();
  const { kept } = options;
  return {
    ...(kept === undefined ? {} : { signatures: createSignatureBook(kept.store, kept.ente) }),
    requireSigner(name) {
      const known = made.get(name);
      if (known !== undefined) return known;
      const signer = makeSigner(name, requireSettings(settings, name), options);
      made.set(name, signer);
      return signer;
    },
    timestamps: makeTimestamps(settings, options),
    async readUploadPolicy(name) {
      const signer = requireSettings(settings, name);
      const { anchors, qualifiedAnchors, revocationLists } = await readTrust({
        folder: settings.trust,
        base: options.folder,
        nowMs: options.clock.now(),
      });
      return {
        displayName: signer.name ?? `«${name}»`,
        trustAnchors: anchors,
        qualifiedAnchors,
        revocationLists,
        codiceFiscale: signer.upload?.codiceFiscale ?? null,
      };
    },
  };
}

function makeTimestamps(
  { timestamp }: SigningSettings,
  { secrets, http, clock }: SigningOptions,
): TimestampPort | null {
  if (timestamp === undefined) return null;
  const { url, username, password } = timestamp;
  const login =
    username === undefined
      ? null
      : {
          username,
          password: () =>
            password === undefined ? Promise.resolve("") : secrets.get(password.secret),
        };
  return {
    async requestTimestamp(bytes, signal, { isPatient } = { isPatient: false }) {
      const { createTimestamps } = await import("./timestamp-client.ts");
      const port = createTimestamps({ url, login, http, clock });
      const ask = (): Promise<Uint8Array> => port.requestTimestamp(bytes, signal);
      return isPatient ? askPatiently(clock, signal, ask) : ask();
    },
  };
}

function requireSettings(settings: SigningSettings, name: string): SignerSettings {
  const found = settings.signers[name];
  if (found !== undefined) return found;
  const names = Object.keys(settings.signers);
  throw new RunBlocked("UNKNOWN_SIGNER", `Il file dell'ente non nomina il firmatario «${name}».`, {
    hint:
      names.length === 0
        ? askTechnician(
            "aggiungerlo al file dell'ente",
            "Aggiungerlo sotto «signing: signers:» nel file dell'ente.",
          )
        : `Firmatari dell'ente: ${names.join(", ")}.`,
  });
}

function makeSigner(name: string, settings: SignerSettings, options: SigningOptions): SignerPort {
  const { secrets, http, clock } = options;
  const display = {
    key: `«${name}»`,
    ...(settings.name === undefined ? {} : { displayName: settings.name }),
  };
  const { pkcs12, csc } = settings;
  if (pkcs12 !== undefined)
    return deferSigner(async () =>
      (await import("./pkcs12.ts")).createPkcs12Signer({
        path: resolve(options.folder, pkcs12.file),
        fileName: pkcs12.file,
        password: () => secrets.get(pkcs12.password.secret),
        clock,
        ...display,
      }),
    );
  if (csc !== undefined) {
    const pin = csc.pin;
    return deferSigner(async () =>
      (await import("./csc/client.ts")).createCscSigner({
        version: csc.version,
        baseUrl: csc.baseUrl,
        ...(csc.tokenUrl === undefined ? {} : { tokenUrl: csc.tokenUrl }),
        clientId: csc.clientId,
        clientSecret: () => secrets.get(csc.clientSecret.secret),
        credentialId: csc.credentialId,
        pin: pin === undefined ? null : () => secrets.get(pin.secret),
        chunk: csc.chunk,
        http,
        clock,
        ...display,
      }),
    );
  }
  throw new RunBlocked(
    "SIGNER_WITHOUT_KEY",
    `Il firmatario «${name}» non ha né una chiave né un servizio di firma remota.`,
    {
      hint: askTechnician(
        "dare al firmatario una chiave o una firma remota, o di far caricare i file firmati altrove",
        "Aggiungere «pkcs12:» o «csc:» al firmatario nel file dell'ente, oppure usare «mode: upload» nel passo sign.",
      ),
    },
  );
}

/** The packages that read keys and certificates are loaded when a signer is first asked for something. */
function deferSigner(load: () => Promise<SignerPort>): SignerPort {
  let loading: Promise<SignerPort> | null = null;
  const loadSigner = (): Promise<SignerPort> => (loading ??= load());
  return {
    describe: async (signal) => (await loadSigner()).describe(signal),
    sendOtp: async (signal) => (await loadSigner()).sendOtp(signal),
    authorise: async (toSign, otp, signal) => (await loadSigner()).authorise(toSign, otp, signal),
    sign: async (grant, toSign, signal) => (await loadSigner()).sign(grant, toSign, signal),
  };
}
