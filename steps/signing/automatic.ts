/** Signing without a person: a key file, or a remote credential that asks for no OTP. */
import { askTechnician } from "../../engine/host/hint.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { WrongOtp } from "../../integrations/signing/port.ts";
import {
  blockSize,
  storeSignedOnes,
  splitIntoBlocks,
  prepareBlock,
  signBlock,
  collectToSign,
} from "./batch.ts";
import { countSignatures, createJob } from "./job.ts";
import type { SignContext, SignItem, SignOutcome } from "./job.ts";

/** Signs block by block; what the signer returned outlives a crash. */
export async function* signAutomatically(
  items: readonly SignItem[],
  ctx: SignContext,
): AsyncIterable<SignOutcome> {
  const signer = ctx.services.signing.requireSigner(ctx.config.signer);
  const info = await signer.describe(ctx.signal);
  if (info.needsOtp)
    throw new RunBlocked(
      "SIGNER_NEEDS_OTP",
      `Il firmatario «${ctx.config.signer}» firma solo con un codice OTP.`,
      {
        hint: askTechnician(
          "far firmare con un codice OTP, o di usare una credenziale di firma automatica",
          "Scrivere «mode: otp» nel passo sign, oppure usare una credenziale di firma automatica.",
        ),
      },
    );
  for (const warning of info.warnings) ctx.log.warn("signer warning", { warning });
  const job = createJob(ctx, info, ctx.clock.now());
  for (const block of splitIntoBlocks(items, computeBlockSize(ctx, items, info.signaturesPerOtp))) {
    const { ready: prepared, failed } = await prepareBlock(job, block);
    yield* failed;
    yield* storeSignedOnes(job, prepared);
    const ready = prepared.filter((one) => collectToSign([one]).length > 0);
    if (ready.length === 0) continue;
    try {
      const grant = await signer.authorise(collectToSign(ready), null, ctx.signal);
      yield* signBlock(job, signer, grant, ready);
    } catch (error) {
      if (!(error instanceof WrongOtp)) throw error;
      // There is no OTP that could be wrong: the permission ended before its use, and a new one is to be had for the asking.
      throw new RetryLater("Il servizio di firma ha chiuso il permesso prima della firma.", {
        effect: "none",
        cause: error,
      });
    }
  }
}

/** As many verbali as one authorisation may sign, if it has a limit. */
function computeBlockSize(
  ctx: SignContext,
  items: readonly SignItem[],
  limit: number | null,
): number {
  if (limit === null) return blockSize;
  const most = Math.max(1, ...items.map((item) => countSignatures(ctx.config, [item])));
  return Math.max(1, Math.min(blockSize, Math.floor(limit / most)));
}
