/** The certification authorities that an ente trusts: a folder of certificates; read by create-signing.ts. */
import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { RunBlocked } from "../../engine/errors.ts";
import { readTrustedList } from "./trusted-list.ts";

/**
 * DER certificates of the folder's .crt, .cer, .pem and .der files (PEM files may hold several), and of the trusted lists (.xml) in it.
 * Throws RunBlocked when none is named, or none can be read.
 */
export async function readTrustAnchors(
  folder: string | undefined,
  base: string,
): Promise<readonly Uint8Array[]> {
  if (folder === undefined)
    throw new RunBlocked(
      "TRUST_MISSING",
      "Il file dell'ente non dice quali autorità di certificazione sono ammesse.",
      {
        hint: "Indicare in «signing: trust:» una cartella con i certificati delle autorità (per esempio quelle della lista di fiducia italiana).",
      },
    );
  let names: string[];
  try {
    names = await readdir(resolve(base, folder));
  } catch (error) {
    throw new RunBlocked(
      "TRUST_MISSING",
      `La cartella ${folder} delle autorità non si può leggere.`,
      {
        hint: "Controllare «signing: trust:» nel file dell'ente: è relativa alla cartella di quel file.",
        cause: error,
      },
    );
  }
  const anchors: Uint8Array[] = [];
  for (const name of names.filter((name) => /\.(crt|cer|pem|der|xml)$/i.test(name)).sort())
    anchors.push(
      ...readCertificates(await readFile(resolve(base, folder, name)), `${folder}/${name}`),
    );
  if (anchors.length === 0)
    throw new RunBlocked("TRUST_MISSING", `La cartella ${folder} non contiene certificati.`, {
      hint: "Mettervi i certificati delle autorità ammesse (.crt, .cer, .pem, .der), oppure la lista di fiducia (.xml).",
    });
  return anchors;
}

function readCertificates(bytes: Buffer, name: string): readonly Uint8Array[] {
  if (/\.xml$/i.test(name)) return readList(bytes, name);
  const blocks = bytes
    .toString("latin1")
    .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    const sources = blocks ?? [bytes];
    return sources.map((source) => new Uint8Array(new X509Certificate(source).raw));
  } catch (error) {
    throw new RunBlocked("TRUST_UNREADABLE", `Il file ${name} non è un certificato.`, {
      hint: "Toglierlo dalla cartella delle autorità, oppure scaricarlo di nuovo.",
      cause: error,
    });
  }
}

function readList(bytes: Buffer, name: string): readonly Uint8Array[] {
  try {
    return readTrustedList(bytes.toString("utf8"));
  } catch (error) {
    throw new RunBlocked("TRUST_UNREADABLE", `Il file ${name} non è una lista di fiducia.`, {
      hint: "Serve il file XML della lista di fiducia italiana (AgID), com'è stato scaricato.",
      cause: error,
    });
  }
}
