/** Where the files of notifications lie: SEND names an address for each, and only one of its own is called. */
import { RunBlocked } from "../../../engine/host/errors.ts";
import { isHarmless, type SendAccess } from "./call.ts";

type Where = Pick<SendAccess, "settings" | "allowBaseUrl">;

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

function isOwn(url: URL, { settings, allowBaseUrl = isHarmless }: Where): boolean {
  const base = new URL(settings.baseUrl);
  if (url.protocol !== base.protocol || !allowBaseUrl(url)) return false;
  if (isPrivate(url.hostname) && !isPrivate(base.hostname)) return false;
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

/** This machine, its network, and names that only that network knows. */
function isPrivate(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  if (name.startsWith("[")) return /^\[(::|f[cd]|fe[89a-f]|64:ff9b:)/.test(name);
  const [first = 0, second = 0] = name.split(".").map(Number);
  if (/^\d+(\.\d+){3}$/.test(name))
    return (
      [0, 10, 127].includes(first) ||
      first >= 224 ||
      (first === 100 && second >= 64 && second < 128) ||
      (first === 169 && second === 254) ||
      (first === 172 && second >= 16 && second < 32) ||
      (first === 192 && (second === 168 || second === 0)) ||
      (first === 198 && (second === 18 || second === 19))
    );
  return !name.includes(".") || /\.(localhost|local|internal|lan|home\.arpa)$/.test(name);
}

function foreignAddressError(host: string): RunBlocked {
  return new RunBlocked(
    "FILE_ADDRESS_REFUSED",
    `SEND ha indicato per un documento un indirizzo che non è del suo deposito (${host}). Nessun documento vi è stato mandato.`,
    {
      hint: "Controllare che nessun proxy cambi le risposte di SEND. Se PagoPA ha cambiato deposito, indicarne l'host in send.uploadHosts nel file dell'ente, poi riprendere il flusso.",
    },
  );
}
