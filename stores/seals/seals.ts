/** How an installation seals: texts of rows, words that are searched for, names and bytes of blobs. */
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { type BlobSeals, createBlobSeals } from "./blobs.ts";
import { ringMissingError, sealBrokenError } from "./faults.ts";
import { deriveKey, type KeyRing, type RingMode } from "./ring.ts";
import { createSealer, sealHeadBytes } from "./sealer.ts";

export interface Seals {
  readonly mode: RingMode;
  /** `place`: table, column and row, which it opens at and nowhere else. `mark`: what may be read of it without a key. */
  sealText(text: string, place: string, mark?: string): string;
  /** Throws RunBlocked `SEAL_BROKEN`: it was altered, is of another place, or is not sealed where all is. */
  openText(text: string, place: string): string;
  /** Equal texts are equal sealed: for what is looked for by all of it. `openText` opens it, at any place. */
  sealEqual(text: string): string;
  /** Whether it stands as it would be written now. */
  isSettled(text: string): boolean;
  /** Twelve letters and digits for a text, always the same: equal texts can be told, and nothing else of them. */
  makeToken(text: string): string;
  readonly blobs: BlobSeals;
}

const textBegin = "$p1$";
/** What may stand behind the sealed part, in clear. */
const sealedText = /^(?: [A-Za-z0-9 ]* )?\$p1\$([A-Za-z0-9_-]+)(.*)$/s;
/** What is sealed so that equals stay equal. */
const equalBegin = "$e1$";

export function createSeals(ring: KeyRing): Seals {
  const { mode, names } = ring;
  const sealer = createSealer(ring, "text");
  const none = Buffer.alloc(0);
  const tokens = deriveKey(names, none, "tokens");
  const nameKey = deriveKey(names, none, "names");
  const equal = createEqualSeal(
    deriveKey(names, none, "equal"),
    deriveKey(names, none, "equal tag"),
  );
  return {
    mode,
    sealText(text, place, mark = "") {
      if (mode === "opening") return text;
      const { head, sealPiece } = sealer.begin();
      const sealed = sealPiece(Buffer.from(text), 0, true, toPlace(place, mark));
      return `${textBegin}${Buffer.concat([head, sealed]).toString("base64url")}${mark}`;
    },
    sealEqual: (text) => (mode === "opening" ? text : equal.seal(text)),
    openText(text, place) {
      if (text === "") return text;
      if (text.startsWith(equalBegin)) return equal.open(text, place);
      const [, base64, mark = ""] = sealedText.exec(text) ?? [];
      if (base64 === undefined) {
        if (mode === "sealed" || looksSealed(text)) throw sealBrokenError(place);
        return text;
      }
      const bytes = Buffer.from(base64, "base64url");
      const opener = sealer.findOpener(bytes);
      if (opener === null || bytes.toString("base64url") !== base64) throw sealBrokenError(place);
      try {
        return opener
          .openPiece(bytes.subarray(sealHeadBytes), 0, true, toPlace(place, mark))
          .toString("utf8");
      } catch (error) {
        throw sealBrokenError(place, error);
      }
    },
    isSettled(text) {
      if (text === "") return true;
      if (text.startsWith(equalBegin)) return mode !== "opening";
      const [, base64] = sealedText.exec(text) ?? [];
      if (base64 === undefined) return mode === "opening" && !looksSealed(text);
      return mode !== "opening" && sealer.isCurrent(Buffer.from(base64.slice(0, 8), "base64url"));
    },
    makeToken: (text) =>
      createHmac("sha256", tokens)
        .update(text)
        .digest("base64url")
        .replaceAll(/[-_]/g, "0")
        .slice(0, 12),
    blobs: createBlobSeals(createSealer(ring, "blob"), {
      isSealing: mode !== "opening",
      isAllSealed: mode === "sealed",
      hide: (sha256) => changeName(createCipheriv("aes-256-cbc", nameKey, noVector), sha256),
      reveal: (name) => changeName(createDecipheriv("aes-256-cbc", nameKey, noVector), name),
    }),
  };
}

/** A row that a key has sealed is nothing that may be used without it. Throws RunBlocked `KEY_RING_MISSING`. */
export function assertClear(text: string): void {
  if (looksSealed(text)) throw ringMissingError();
}

function looksSealed(text: string): boolean {
  return (
    text.startsWith(textBegin) || text.startsWith(equalBegin) || /^ [A-Za-z0-9 ]* \$p1\$/.test(text)
  );
}

/** The vector is the tag of the text itself (as in RFC 5297): the same for the same, and checked when it is opened. */
function createEqualSeal(key: Buffer, tagKey: Buffer) {
  const tag = (text: Uint8Array): Buffer =>
    createHmac("sha256", tagKey).update(text).digest().subarray(0, 16);
  return {
    seal(text: string): string {
      const clear = Buffer.from(text);
      const vector = tag(clear);
      const cipher = createCipheriv("aes-256-ctr", key, vector);
      const sealed = Buffer.concat([vector, cipher.update(clear), cipher.final()]);
      return equalBegin + sealed.toString("base64url");
    },
    open(text: string, place: string): string {
      const bytes = Buffer.from(text.slice(equalBegin.length), "base64url");
      if (bytes.byteLength < 16 || equalBegin + bytes.toString("base64url") !== text)
        throw sealBrokenError(place);
      const vector = bytes.subarray(0, 16);
      const opener = createDecipheriv("aes-256-ctr", key, vector);
      const clear = Buffer.concat([opener.update(bytes.subarray(16)), opener.final()]);
      if (!tag(clear).equals(vector)) throw sealBrokenError(place);
      return clear.toString("utf8");
    },
  };
}

function toPlace(place: string, mark: string): Buffer {
  return Buffer.from(mark === "" ? place : `${place}\n${mark}`);
}

/** Every name is the hash of another content: none comes twice, and the same must give the same. */
const noVector = Buffer.alloc(16);

function changeName(cipher: ReturnType<typeof createCipheriv>, name: string): string {
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.from(name, "hex")), cipher.final()]).toString("hex");
}
