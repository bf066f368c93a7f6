/** Who may ask the price service: whoever has the key of an ente, and not too often. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../engine/host/clock.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { PricedEnte } from "./price-service.ts";

export interface CallersOptions {
  readonly clock: Clock;
  /** Every ente whose file can be read. */
  listEnti(): Promise<readonly EnteSettings[]>;
  /** The value of a secret of an ente; throws when it is missing. */
  readSecret(ente: EnteSettings, name: string): Promise<string>;
}

export type Admission =
  | { readonly status: "admitted"; readonly ente: PricedEnte }
  | { readonly status: "denied" }
  | { readonly status: "too-many"; readonly afterMs: number };

export interface Callers {
  /** The ente of that tax id whose key it is. */
  admit(paTaxId: string, key: string): Promise<Admission>;
}

/** Calls of one key in a second; wrong keys for one tax id in a minute. */
const mostCalls = { calls: 50, windowMs: 1_000 };
const mostWrong = { calls: 20, windowMs: 60_000 };

/** The callers of an installation. */
export function createCallers(options: CallersOptions): Callers {
  const admitted = createWindow(options.clock, mostCalls);
  const wrong = createWindow(options.clock, mostWrong);
  return {
    async admit(paTaxId, key) {
      const ente = await findEnte(options, paTaxId, key);
      const afterMs = ente === null ? wrong(paTaxId) : admitted(ente.codice);
      if (afterMs !== null) return { status: "too-many", afterMs };
      return ente === null ? { status: "denied" } : { status: "admitted", ente };
    },
  };
}

async function findEnte(
  { listEnti, readSecret }: CallersOptions,
  paTaxId: string,
  key: string,
): Promise<PricedEnte | null> {
  let found: PricedEnte | null = null;
  for (const settings of await listEnti()) {
    const { ente, payments } = settings;
    const { priceService } = payments;
    if (priceService === undefined || ente.codiceFiscale !== paTaxId) continue;
    const expected = await readSecret(settings, priceService.apiKey.secret).catch(() => null);
    if (expected !== null && isLongEnough(expected) && isSameKey(expected, key))
      found ??= { codice: ente.codice, taxId: ente.codiceFiscale };
  }
  return found;
}

const shortest = 16;

/** The address is open to whoever can reach the proxy: a key that can be tried out admits nobody. */
export function isLongEnough(key: string): boolean {
  return key.length >= shortest;
}

/** Takes the same time whatever differs, the length too. */
function isSameKey(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

const mostNames = 1_000;

/** Counts a call; how long to wait where it is one too many, else `null`. */
function createWindow(
  clock: Clock,
  { calls, windowMs }: { readonly calls: number; readonly windowMs: number },
): (name: string) => number | null {
  const counted = new Map<string, number[]>();
  return (name) => {
    const now = clock.now();
    const recent = (counted.get(name) ?? []).filter((at) => at > now - windowMs);
    const [oldest] = recent;
    if (recent.length >= calls && oldest !== undefined) return oldest + windowMs - now;
    recent.push(now);
    counted.delete(name);
    counted.set(name, recent);
    const [first] = counted.keys();
    if (counted.size > mostNames && first !== undefined) counted.delete(first);
    return null;
  };
}
