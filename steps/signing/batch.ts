/** Signs verbali in blocks with a signer that answers at once: prepare, sign, embed, store, one outcome each. */
import type { PreparedPades } from "../../documents/signature/pades.ts";
import type { Grant, SignerPort } from "../../integrations/signing/port.ts";
import { finishItem, prepareItem } from "./job.ts";
import type { Job, SignItem, SignOutcome } from "./job.ts";

// Verbali whose PDFs are in memory at the same time: about 64 times 200 KB.
export const blockSize = 64;

/** A verbale whose PDFs are prepared. */
interface ReadyItem {
  readonly item: SignItem;
  readonly prepared: readonly PreparedPades[];
}

/** Prepares a block; a verbale whose PDF cannot be prepared fails alone. */
export async function prepareBlock(
  job: Job,
  items: readonly SignItem[],
): Promise<{ readonly ready: readonly ReadyItem[]; readonly failed: readonly SignOutcome[] }> {
  const ready: ReadyItem[] = [];
  const failed: SignOutcome[] = [];
  const settled = await Promise.allSettled(items.map((item) => prepareItem(job, item)));
  for (const [index, item] of items.entries()) {
    const result = settled[index];
    if (result === undefined) continue;
    if (result.status === "fulfilled") ready.push({ item, prepared: result.value });
    else failed.push({ item, status: "failed", error: result.reason });
  }
  return { ready, failed };
}

/** What is to be signed of a prepared block, document by document. */
export function collectToSign(ready: readonly ReadyItem[]): readonly Uint8Array[] {
  return ready.flatMap(({ prepared }) => prepared.map(({ toSign }) => toSign));
}

/** Signs a prepared block under a grant and stores it. The intents are made durable before the signer is asked. */
export async function* signBlock(
  job: Job,
  signer: SignerPort,
  grant: Grant,
  ready: readonly ReadyItem[],
): AsyncIterable<SignOutcome> {
  const { ctx } = job;
  await ctx.intend(ready.map(({ item }) => item));
  const signatures = await signer.sign(grant, collectToSign(ready), ctx.signal);
  let from = 0;
  const finished: Promise<SignOutcome>[] = [];
  for (const { item, prepared } of ready) {
    const own = signatures.slice(from, from + prepared.length);
    from += prepared.length;
    finished.push(finishItem(job, item, prepared, own));
  }
  // All are awaited before the first failure is thrown: what was stored is told.
  const settled = await Promise.allSettled(finished);
  for (const result of settled) if (result.status === "fulfilled") yield result.value;
  for (const result of settled) if (result.status === "rejected") throw result.reason;
}

/** Cuts a list into blocks. */
export function* splitIntoBlocks<T>(list: readonly T[], size: number): Iterable<readonly T[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}
