/** Signs verbali in blocks with a signer that answers at once: prepare, sign, embed, store, one outcome each. */
import type { PreparedPades } from "../../documents/signature/pades.ts";
import type { Grant, KeptSignature, SignerPort } from "../../integrations/signing/port.ts";
import { createJob, finishItem, prepareItem } from "./job.ts";
import type { Job, SignItem, SignOutcome } from "./job.ts";

// Verbali whose PDFs are in memory at the same time: about 64 times 200 KB.
export const blockSize = 64;

/** A verbale whose PDFs are prepared. */
interface ReadyItem {
  readonly item: SignItem;
  /** Carries the instant of this verbale's signatures. */
  readonly job: Job;
  readonly prepared: readonly PreparedPades[];
  /** One for each of `prepared`; those that the signer returned before the process died are there already. */
  readonly values: (Uint8Array | undefined)[];
}

/** Prepares a block; a verbale whose PDF cannot be prepared fails alone. */
export async function prepareBlock(
  job: Job,
  items: readonly SignItem[],
): Promise<{ readonly ready: readonly ReadyItem[]; readonly failed: readonly SignOutcome[] }> {
  const ready: ReadyItem[] = [];
  const failed: SignOutcome[] = [];
  const settled = await Promise.allSettled(items.map((item) => prepareOne(job, item)));
  for (const [index, item] of items.entries()) {
    const result = settled[index];
    if (result === undefined) continue;
    if (result.status === "fulfilled") ready.push(result.value);
    else failed.push({ item, status: "failed", error: result.reason });
  }
  return { ready, failed };
}

/** With the instant of signatures that were kept, where there are any: the same instant gives the same bytes. */
async function prepareOne(job: Job, item: SignItem): Promise<ReadyItem> {
  const kept = await findKept(job, item);
  for (const signedAt of new Set(kept.map((one) => one.signedAt))) {
    const own = createJob(job.ctx, job.info, Date.parse(signedAt));
    const prepared = await prepareItem(own, item);
    const values = prepared.map(({ toSign }) => pickValue(job, kept, toSign));
    if (values.some((value) => value !== undefined)) return { item, job: own, prepared, values };
  }
  const prepared = await prepareItem(job, item);
  return { item, job, prepared, values: prepared.map(() => undefined) };
}

/** Only what another program signs is kept: a key of our own costs nothing to use again. */
async function findKept({ ctx, info }: Job, item: SignItem): Promise<readonly KeptSignature[]> {
  if (info.signaturesPerCall === undefined) return [];
  return (await ctx.services.signing.signatures?.find(ctx.idempotencyKey(item))) ?? [];
}

function pickValue(
  { ctx }: Job,
  kept: readonly KeptSignature[],
  toSign: Uint8Array,
): Uint8Array | undefined {
  const book = ctx.services.signing.signatures;
  return kept.find((one) => book?.isOver(one, toSign) === true)?.value;
}

/** What is to be signed of a prepared block, document by document. */
export function collectToSign(ready: readonly ReadyItem[]): readonly Uint8Array[] {
  return listMissing(ready).map(({ toSign }) => toSign);
}

interface Missing {
  readonly one: ReadyItem;
  readonly index: number;
  readonly toSign: Uint8Array;
}

function listMissing(ready: readonly ReadyItem[]): readonly Missing[] {
  return ready.flatMap((one) =>
    one.prepared.flatMap(({ toSign }, index) =>
      one.values[index] === undefined ? [{ one, index, toSign }] : [],
    ),
  );
}

/** Stores those of a prepared block that need no signature any more; nobody is asked for anything. */
export async function* storeSignedOnes(
  job: Job,
  ready: readonly ReadyItem[],
): AsyncIterable<SignOutcome> {
  const whole = ready.filter((one) => listMissing([one]).length === 0);
  if (whole.length === 0) return;
  await job.ctx.intend(whole.map(({ item }) => item));
  yield* finishAll(whole);
}

/**
 * Signs a prepared block under a grant and stores it. The intents are made durable before the signer is asked, and what it returned
 * before it is asked again.
 */
export async function* signBlock(
  job: Job,
  signer: SignerPort,
  grant: Grant,
  ready: readonly ReadyItem[],
): AsyncIterable<SignOutcome> {
  const { ctx, info } = job;
  await ctx.intend(ready.map(({ item }) => item));
  const stored = new Set<ReadyItem>();
  const missing = listMissing(ready);
  for (const part of splitIntoBlocks(missing, info.signaturesPerCall ?? missing.length)) {
    const values = await signer.sign(
      grant,
      part.map(({ toSign }) => toSign),
      ctx.signal,
    );
    for (const [at, { one, index }] of part.entries()) one.values[index] = values[at];
    await keepSigned(job, part);
    const whole = ready.filter((one) => !stored.has(one) && listMissing([one]).length === 0);
    for (const one of whole) stored.add(one);
    yield* finishAll(whole);
  }
}

async function keepSigned({ ctx, info }: Job, part: readonly Missing[]): Promise<void> {
  if (info.signaturesPerCall === undefined) return;
  await ctx.services.signing.signatures?.keep(
    part.flatMap(({ one, index, toSign }) => {
      const value = one.values[index];
      if (value === undefined) return [];
      const effect = ctx.idempotencyKey(one.item);
      return [{ effect, signedAt: one.job.signedAt, toSign, value }];
    }),
  );
}

/** All are awaited before the first failure is thrown: what was stored is told. */
async function* finishAll(ready: readonly ReadyItem[]): AsyncIterable<SignOutcome> {
  const settled = await Promise.allSettled(
    ready.map(({ job, item, prepared, values }) =>
      finishItem(
        job,
        item,
        prepared,
        values.flatMap((value) => value ?? []),
      ),
    ),
  );
  for (const result of settled) if (result.status === "fulfilled") yield result.value;
  for (const result of settled) if (result.status === "rejected") throw result.reason;
}

/** Cuts a list into blocks. */
export function* splitIntoBlocks<T>(list: readonly T[], size: number): Iterable<readonly T[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}
