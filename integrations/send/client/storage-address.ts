/** Where the files of notifications lie: SEND names an address for each, and only one of its own is called. */
import { askTechnician } from "../../../engine/host/hint.ts";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { resolveHost } from "../../../engine/host/http.ts";
import { isHarmless, type SendAccess } from "./call.ts";
import { isAddress, isPrivateAddress, isPrivateHost } from "./private-address.ts";

export type Where = Pick<SendAccess, "settings" | "allowBaseUrl" | "resolveHost">;

/** An address of SEND's storage, ready to be called. */
export interface StoragePlace {
  readonly url: string;
  /** To be sent along. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Storage of SEND's environments, where the ente's file names no other (`send.uploadHosts`); a star stands for a part of a label.
 * Source: pn-infra, `pn_safestorage_data_bucket_name` of production and UAT (`pn-safestorage-eu-south-1-<account>`, eu-south-1);
 * uploads go to its staging twin.
 */
const ownHosts: readonly string[] = ["pn-safestorage-*.s3.eu-south-1.amazonaws.com"];

/**
 * The address as it is called. It has the scheme of the base and lies where the base lies, or on a host of the environment;
 * never on a private address when the base is public, nor on a real service that was not allowed.
 * Throws RunBlocked, which names no more of the address than its host.
 */
export function requireOwnAddress(text: string, where: Where): string {
  // What programs read in two ways: a user before the host, a backslash, blanks.
  const url = /^https?:\/\/[^\s\\@]+$/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !isOwn(url, where)) throw foreignAddressError(url?.host ?? "illeggibile");
  return url.href;
}

/**
 * The same, looked up in the network just before it is called: under a public base no name may lead to a private address. Without TLS
 * the very address that was looked at is called; with it the certificate proves the name. Throws RunBlocked.
 */
export async function requireOwnPlace(text: string, where: Where): Promise<StoragePlace> {
  const url = new URL(requireOwnAddress(text, where));
  const base = new URL(where.settings.baseUrl);
  const plain = { url: url.href, headers: {} };
  // The technician has named the base: it lies where it lies.
  if (isAddress(url.hostname) || url.hostname === base.hostname || isPrivateHost(base.hostname))
    return plain;
  const resolve = where.resolveHost ?? resolveHost;
  const addresses = await resolve(url.hostname);
  if (addresses.some(isPrivateAddress)) {
    const isBasePrivate = (await resolve(base.hostname)).some(isPrivateAddress);
    if (!isBasePrivate) throw foreignAddressError(url.host);
  }
  const [address] = addresses;
  if (url.protocol === "https:" || address === undefined) return plain;
  const { host } = url;
  url.hostname = address.includes(":") ? `[${address}]` : address;
  return { url: url.href, headers: { host } };
}

function isOwn(url: URL, { settings, allowBaseUrl = isHarmless }: Where): boolean {
  const base = new URL(settings.baseUrl);
  if (url.protocol !== base.protocol || !allowBaseUrl(url)) return false;
  if (isPrivateHost(url.hostname) && !isPrivateHost(base.hostname)) return false;
  const folder = base.pathname.replace(/\/*$/, "/");
  if (url.host === base.host) return url.pathname.startsWith(folder);
  const isReal = /(^|\.)notifichedigitali\.it$/.test(base.hostname);
  return (settings.uploadHosts ?? (isReal ? ownHosts : [])).some((host) => fits(url.host, host));
}

/** A host without port means the usual one of the scheme. */
function fits(host: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const literal = parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join("[a-z0-9-]*")}$`).test(host);
}

function foreignAddressError(host: string): RunBlocked {
  return new RunBlocked(
    "FILE_ADDRESS_REFUSED",
    `SEND ha indicato per un documento un indirizzo che non è del suo deposito (${host}). Nessun documento vi è stato mandato.`,
    {
      hint: askTechnician(
        "controllare che nessun proxy cambi le risposte di SEND e, se PagoPA ha cambiato deposito, di indicarlo nel file dell'ente",
        "Controllare che nessun proxy cambi le risposte di SEND. Se PagoPA ha cambiato deposito, indicarne l'host in send.uploadHosts nel file dell'ente, poi riprendere il flusso.",
      ),
    },
  );
}
