/** Codes of an authenticator app (RFC 6238: SHA-1, six digits, thirty seconds) and the codes for a lost phone. */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

const stepMs = 30_000;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of a time step. */
export function computeTotp(secret: Uint8Array, step: number, digits = 6): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 15;
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits;
  return String(number).padStart(digits, "0");
}

/** The step whose code was typed, one before and after now allowed; `null`: none, or one that was used already (`usedStep` or older). */
export function matchTotp(
  secret: Uint8Array,
  code: string,
  { now, usedStep }: { readonly now: number; readonly usedStep: number },
): number | null {
  const typed = Buffer.from(code.replaceAll(/\s/g, ""));
  const current = Math.floor(now / stepMs);
  let found: number | null = null;
  for (const step of [current - 1, current, current + 1]) {
    const right = Buffer.from(computeTotp(secret, step));
    const isSame = right.length === typed.length && timingSafeEqual(right, typed);
    if (isSame && step > usedStep) found = step;
  }
  return found;
}

/** 160 random bits, as RFC 4226 recommends. */
export function drawTotpSecret(): Buffer {
  return randomBytes(20);
}

/** As a person types a secret into an app. */
export function toBase32(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => alphabet.charAt(Number.parseInt(five.padEnd(5, "0"), 2)))
    .join("");
}

/** What an app reads from the QR code. Source: Google Authenticator, Key Uri Format. */
export function buildTotpAddress(secret: Uint8Array, account: string): string {
  const label = `Postino:${account}`;
  return `otpauth://totp/${encodeURIComponent(label)}?secret=${toBase32(secret)}&issuer=Postino&algorithm=SHA1&digits=6&period=30`;
}

/** Letters and digits that are not taken for one another. */
const plain = "abcdefghjkmnpqrstuvwxyz23456789";

/** Ten codes, each to be used once: `abcd-efgh-jkmn`. */
export function drawRecoveryCodes(): readonly string[] {
  return Array.from({ length: 10 }, () =>
    Array.from({ length: 3 }, () =>
      Array.from({ length: 4 }, () => plain.charAt(randomInt(plain.length))).join(""),
    ).join("-"),
  );
}

/** As it is compared: however it was typed. */
export function normalizeRecoveryCode(code: string): string {
  return code.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
