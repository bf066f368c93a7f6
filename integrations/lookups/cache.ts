/** Answers that are kept for some days, by a keyed hash: no tax code stands in the journal as a key. */
import { createHmac, hkdfSync } from "node:crypto";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import type { RecordReader, Records } from "../../engine/journal/records.ts";

export interface LookupCache {
  /** What was kept and still holds; `null`: nothing. */
  read(register: string, taxCode: string): Promise<KeptLookup | null>;
  write(register: string, taxCode: string, kept: KeptLookup): Promise<void>;
}

export interface KeptLookup {
  /** `YYYY-MM-DD`. */
  readonly askedOn: string;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The kind of these records; they are due when they hold no longer. */
export const lookupKind = "lookup";

interface CacheOptions {
  readonly records: RecordReader & Records;
  readonly ente: string;
  readonly clock: Clock;
  readonly days: number;
  /** What the hashes are made with: whoever has another private key finds nothing, and asks. */
  readonly readKey: () => Promise<string>;
}

export function createLookupCache(options: CacheOptions): LookupCache {
  const { records, ente, clock, days } = options;
  async function nameKey(register: string, taxCode: string): Promise<string> {
    // The same key from a file and from the environment, whatever its line breaks.
    const secret = (await options.readKey()).replaceAll(/\s+/g, "");
    const key = hkdfSync("sha256", secret, ente, "postino/consultazioni", 32);
    return createHmac("sha256", Buffer.from(key)).update(`${register}\n${taxCode}`).digest("hex");
  }
  return {
    async read(register, taxCode) {
      const key = await nameKey(register, taxCode);
      const record = (await records.readRecords(ente, lookupKind, [key])).get(key);
      if (record === undefined || (record.dueAt ?? "") <= toInstant(clock.now())) return null;
      const { askedOn, answer } = record.data as unknown as Partial<KeptLookup>;
      // What was purged says nothing.
      return askedOn === undefined || answer === undefined ? null : { askedOn, answer };
    },
    async write(register, taxCode, kept) {
      await records.writeRecords(ente, [
        {
          kind: lookupKind,
          key: await nameKey(register, taxCode),
          dueAt: toInstant(clock.now() + days * 86_400_000),
          data: { register, ...kept },
        },
      ]);
    },
  };
}
