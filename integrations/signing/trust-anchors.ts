/** The certification authorities that an ente trusts: a folder of certificates, trusted lists and revocation lists. */
import { askTechnician } from "../../engine/host/hint.ts";
import { createHash, X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { RunBlocked } from "../../engine/host/errors.ts";
import { readTrustedList, type TrustedList } from "./trusted-list.ts";

/** A trusted list of the folder. */
export interface TrustedListFile {
  /** As it stands in the folder: `IT_TSL.xml`. */
  readonly name: string;
  /** Of the file, 64 hex digits. */
  readonly sha256: string;
  /** A person has said that this very file is right: `<name>.sha256` beside it says the same digest. */
  readonly isConfirmed: boolean;
  readonly list: TrustedList;
}

/** A revocation list of the folder. */
export interface RevocationListFile {
  readonly name: string;
  readonly der: Uint8Array;
  readonly revoked: number;
  /** When its authority promised the next one, in milliseconds; `null`: it did not say. */
  readonly nextUpdateMs: number | null;
}

/** Everything that the folder holds, confirmed or not. */
export interface TrustFolder {
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  readonly lists: readonly TrustedListFile[];
  readonly revocations: readonly RevocationListFile[];
}

/** What an ente trusts. */
export interface Trust {
  /** DER certificates of the folder and of its trusted lists. */
  readonly anchors: readonly Uint8Array[];
  /** Those that stand in a trusted list and not in the folder itself: trusted for qualified certificates only. */
  readonly qualifiedAnchors: readonly Uint8Array[];
  /** DER. */
  readonly revocationLists: readonly Uint8Array[];
}

export interface TrustOptions {
  /** As the ente file says it; `undefined`: it does not. */
  readonly folder: string | undefined;
  /** Folder of the ente file. */
  readonly base: string;
  readonly nowMs: number;
}

/** What the folder makes trusted. Throws RunBlocked when that is nothing, or a trusted list is not confirmed. */
export async function readTrust(options: TrustOptions): Promise<Trust> {
  const { certificates, lists, revocations } = await readTrustFolder(options);
  for (const { name, sha256, isConfirmed, list } of lists)
    if (!isConfirmed)
      throw new RunBlocked(
        "TRUST_UNCONFIRMED",
        `La lista di fiducia ${name} (${list.operator}, n. ${list.sequence}) non è ancora stata confermata.`,
        {
          hint: {
            action: "trust",
            sha256,
            first:
              "Controllare che numero e date siano quelli pubblicati per l'Italia dalla Commissione europea.",
          },
        },
      );
  const listed = lists.flatMap(({ list }) => list.authorities);
  const anchors = [...certificates, ...listed];
  if (anchors.length === 0)
    throw new RunBlocked(
      "TRUST_MISSING",
      `La cartella ${options.folder ?? ""} non contiene certificati.`,
      {
        hint: "Mettervi i certificati delle autorità ammesse (.crt, .cer, .pem, .der), oppure la lista di fiducia (.xml).",
      },
    );
  const own = new Set(certificates.map(toHex));
  const qualifiedAnchors = listed.filter((der) => !own.has(toHex(der)));
  return { anchors, qualifiedAnchors, revocationLists: revocations.map(({ der }) => der) };
}

function toHex(der: Uint8Array): string {
  return Buffer.from(der).toString("hex");
}

/**
 * Reads the .crt, .cer, .pem and .der files (PEM may hold several), the trusted lists (.xml) and the revocation lists (.crl) of the folder.
 * Throws RunBlocked when none is named, or a file cannot be read.
 */
export async function readTrustFolder({ folder, base, nowMs }: TrustOptions): Promise<TrustFolder> {
  if (folder === undefined)
    throw new RunBlocked(
      "TRUST_MISSING",
      "Il file dell'ente non dice quali autorità di certificazione sono ammesse.",
      {
        hint: askTechnician(
          "indicare quali autorità di certificazione sono ammesse",
          "Indicare in «signing: trust:» una cartella con i certificati delle autorità (per esempio quelle della lista di fiducia italiana).",
        ),
      },
    );
  const path = resolve(base, folder);
  const names = await listNames(path, folder);
  const certificates: Uint8Array[] = [];
  const lists: TrustedListFile[] = [];
  const revocations: RevocationListFile[] = [];
  for (const name of names) {
    const shown = `${folder}/${name}`;
    if (/\.(crt|cer|pem|der)$/i.test(name))
      certificates.push(...readCertificates(await readFile(resolve(path, name)), shown));
    if (/\.crl$/i.test(name))
      revocations.push(await readRevocations(name, await readFile(resolve(path, name)), shown));
    if (/\.xml$/i.test(name)) {
      const bytes = await readFile(resolve(path, name));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const confirmation = nameConfirmation(name);
      const told = names.includes(confirmation)
        ? await readFile(resolve(path, confirmation), "latin1")
        : "";
      const list = readList(bytes, shown, nowMs);
      lists.push({ name, sha256, isConfirmed: told.slice(0, 64).toLowerCase() === sha256, list });
    }
  }
  return { certificates, lists, revocations };
}

/** Name of the file that confirms a trusted list; its content is what `sha256sum` writes. */
export function nameConfirmation(name: string): string {
  return `${name}.sha256`;
}

async function listNames(path: string, folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    throw new RunBlocked(
      "TRUST_MISSING",
      `La cartella ${folder} delle autorità non si può leggere.`,
      {
        hint: askTechnician(
          "controllare dov'è la cartella delle autorità",
          "Controllare «signing: trust:» nel file dell'ente: è relativa alla cartella di quel file.",
        ),
        cause: error,
      },
    );
  }
}

function readCertificates(bytes: Buffer, name: string): readonly Uint8Array[] {
  const blocks = bytes
    .toString("latin1")
    .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    const sources = blocks ?? [bytes];
    return sources.map((source) => new Uint8Array(new X509Certificate(source).raw));
  } catch (error) {
    throw unreadableFileError(name, "un certificato", error);
  }
}

// What documents/verify/revocation.ts verifies: RSA and ECDSA with SHA-256, SHA-384 or SHA-512.
const verifiable = /^(1\.2\.840\.113549\.1\.1\.1[123]|1\.2\.840\.10045\.4\.3\.[234])$/;

async function readRevocations(
  name: string,
  bytes: Buffer,
  shown: string,
): Promise<RevocationListFile> {
  // Few enti have such lists; whoever looks at a pipeline does not wait for what reads them.
  const { CertificateRevocationList } = await import("pkijs");
  try {
    const block = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/.exec(
      bytes.toString("latin1"),
    );
    const der = new Uint8Array(block?.[1] === undefined ? bytes : Buffer.from(block[1], "base64"));
    const { revokedCertificates, nextUpdate, signatureAlgorithm } =
      CertificateRevocationList.fromBER(der.buffer);
    // Passed over, it would let revoked certificates through without a word.
    if (!verifiable.test(signatureAlgorithm.algorithmId)) throw unverifiableError(shown);
    return {
      name,
      der,
      revoked: revokedCertificates?.length ?? 0,
      nextUpdateMs: nextUpdate?.value.getTime() ?? null,
    };
  } catch (error) {
    if (error instanceof RunBlocked) throw error;
    throw unreadableFileError(shown, "un elenco di revoche (CRL)", error);
  }
}

function readList(bytes: Buffer, name: string, nowMs: number): TrustedList {
  try {
    return readTrustedList(bytes.toString("utf8"), nowMs);
  } catch (error) {
    throw new RunBlocked("TRUST_UNREADABLE", `Il file ${name} non è una lista di fiducia.`, {
      hint: "Serve il file XML della lista di fiducia italiana (AgID), com'è stato scaricato.",
      cause: error,
    });
  }
}

function unverifiableError(name: string): RunBlocked {
  return new RunBlocked(
    "TRUST_UNREADABLE",
    `L'elenco di revoche ${name} è firmato in un modo che qui non si sa verificare (RSA-PSS o SHA-1).`,
    {
      hint: "Toglierlo dalla cartella delle autorità: le revoche di quell'autorità non si possono controllare qui.",
    },
  );
}

function unreadableFileError(name: string, what: string, cause: unknown): RunBlocked {
  return new RunBlocked("TRUST_UNREADABLE", `Il file ${name} non è ${what}.`, {
    hint: "Toglierlo dalla cartella delle autorità, oppure scaricarlo di nuovo.",
    cause,
  });
}
