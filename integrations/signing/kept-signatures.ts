/** Signatures that a provider returned, kept in the journal until their documents are recorded: what was signed is never asked for twice. */
import { createHash } from "node:crypto";
import type { KeptSignature, SignatureBook } from "./port.ts";

/** What the journal keeps of the outside; every promise resolves when what it wrote is durable. */
export interface SignatureStore {
  addStreamEvents(ente: string, stream: string, events: readonly StoredSignature[]): Promise<void>;
  readStreamEvents(ente: string, subject: string): Promise<readonly StoredSignature[]>;
}

interface StoredSignature {
  readonly event: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const stream = "signatures";

/** The book of one ente. */
export function createSignatureBook(store: SignatureStore, ente: string): SignatureBook {
  return {
    async keep(signatures) {
      const events = signatures.map(({ effect, signedAt, toSign, value }) => {
        const digest = hash(toSign);
        const data = { signedAt, digest, value: Buffer.from(value).toString("base64") };
        return { event: `${effect}:${digest}`, subject: buildSubject(effect), data };
      });
      await store.addStreamEvents(ente, stream, events);
    },
    async find(effect) {
      const stored = await store.readStreamEvents(ente, buildSubject(effect));
      return stored.flatMap(({ data }) => readKept(data));
    },
    isOver: ({ digest }, toSign) => digest === hash(toSign),
  };
}

function buildSubject(effect: string): string {
  return `signature:${effect}`;
}

function readKept(data: Readonly<Record<string, unknown>>): readonly KeptSignature[] {
  const { signedAt, digest, value } = data;
  if (typeof signedAt !== "string" || typeof digest !== "string" || typeof value !== "string")
    return [];
  return [{ signedAt, digest, value: Buffer.from(value, "base64") }];
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
