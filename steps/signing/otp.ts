/** Signing with a remote credential and one OTP for the whole flusso, asked of a named person. */
import { askTechnician } from "../../engine/host/hint.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import { WrongOtp } from "../../integrations/signing/port.ts";
import type { Grant, SignerInfo, SignerPort } from "../../integrations/signing/port.ts";
import { signAutomatically } from "./automatic.ts";
import {
  blockSize,
  storeSignedOnes,
  splitIntoBlocks,
  prepareBlock,
  signBlock,
  collectToSign,
} from "./batch.ts";
import { countSignatures, createJob } from "./job.ts";
import type { Job, SignContext, SignItem, SignOutcome } from "./job.ts";

/** A verbale and what is to be signed of it; its PDFs are not kept. */
interface Waiting {
  readonly item: SignItem;
  readonly toSign: readonly Uint8Array[];
}

/**
 * Prepares everything, asks for the OTP, authorises as much as one OTP allows and signs it in blocks.
 * The prepared PDFs are dropped and made again when they are signed: the same instant gives the same bytes.
 */
export async function* signWithOtp(
  items: readonly SignItem[],
  ctx: SignContext,
): AsyncIterable<SignOutcome> {
  const signer = ctx.services.signing.requireSigner(ctx.config.signer);
  const info = await signer.describe(ctx.signal);
  // A key, or a credential that asks nobody: there is no one to wait for.
  if (!info.needsOtp) {
    yield* signAutomatically(items, ctx);
    return;
  }
  for (const warning of info.warnings) ctx.log.warn("signer warning", { warning });
  const job = createJob(ctx, info, ctx.clock.now());
  const done = new Set<string>();
  let left: Waiting[] = [];
  for (const block of splitIntoBlocks(items, blockSize)) {
    const { ready, failed } = await prepareBlock(job, block);
    yield* failed;
    yield* storeSignedOnes(job, ready);
    for (const one of ready) left.push({ item: one.item, toSign: collectToSign([one]) });
    left = left.filter(({ toSign }) => toSign.length > 0);
  }
  let problem: string | null = null;
  while (left.length > 0) {
    const portion = pickPortion(left, info.signaturesPerOtp);
    const grant = await authorise(job, signer, left, portion, problem);
    problem = null;
    for (const block of splitIntoBlocks(portion, blockSize)) {
      const { ready, failed } = await prepareBlock(
        job,
        block.map(({ item }) => item),
      );
      for (const outcome of failed) done.add(outcome.item.key);
      yield* failed;
      try {
        for await (const outcome of signBlock(job, signer, grant, ready)) {
          done.add(outcome.item.key);
          yield outcome;
        }
      } catch (error) {
        if (!(error instanceof WrongOtp)) throw error;
        problem = error.message;
        break;
      } finally {
        left = left.filter(({ item }) => !done.has(item.key));
      }
    }
  }
}

// Asking sends one: see askOtp.
const newCode = "Il fornitore ne ha inviato uno nuovo.";
// No provider's code is that short.
const wantsNewCode = new Set(["", "0"]);

/** What one OTP can sign: whole verbali only, because a verbale is recorded with all its files. */
function pickPortion(left: readonly Waiting[], limit: number | null): readonly Waiting[] {
  if (limit === null) return left;
  const portion: Waiting[] = [];
  let signatures = 0;
  for (const waiting of left) {
    signatures += waiting.toSign.length;
    if (signatures > limit) break;
    portion.push(waiting);
  }
  if (portion.length > 0) return portion;
  throw new RunBlocked(
    "SIGNER_LIMIT_TOO_LOW",
    `Il fornitore ammette ${limit} firme per codice OTP, ma un solo verbale ne richiede di più.`,
    {
      hint: askTechnician(
        "far alzare il limite dal fornitore, o di far firmare solo il verbale",
        "Chiedere al fornitore un limite più alto, oppure scrivere «notice: leave» nel passo sign per firmare solo il verbale.",
      ),
    },
  );
}

/** Asks until a code is accepted; `ask` leaves the step when no answer is at hand, and the step is entered again with it. */
async function authorise(
  job: Job,
  signer: SignerPort,
  left: readonly Waiting[],
  portion: readonly Waiting[],
  firstProblem: string | null,
): Promise<Grant> {
  const { ctx, info } = job;
  const prompt = buildPrompt(ctx, info, left);
  const toSign = portion.flatMap((waiting) => waiting.toSign);
  let problem = firstProblem;
  for (;;) {
    const told = problem !== null && info.isOtpSent ? `${problem} ${newCode}` : problem;
    const otp = await askOtp(job, signer, prompt, told);
    if (wantsNewCode.has(otp)) {
      problem = "Nuovo codice richiesto.";
      continue;
    }
    try {
      return await signer.authorise(toSign, otp, ctx.signal);
    } catch (error) {
      if (!(error instanceof WrongOtp)) throw error;
      problem = error.message;
    }
  }
}

/** The code is sent when the person is really asked, and not again when the answer is already at hand. */
async function askOtp(
  { ctx, info }: Job,
  signer: SignerPort,
  prompt: string,
  problem: string | null,
): Promise<string> {
  try {
    const answer = await ctx.ask({
      kind: "otp",
      who: info.displayName,
      prompt,
      ...(problem === null ? {} : { problem }),
    });
    return answer.otp.trim();
  } catch (pending) {
    await signer.sendOtp(ctx.signal);
    throw pending;
  }
}

function buildPrompt(ctx: SignContext, info: SignerInfo, left: readonly Waiting[]): string {
  const documents = countSignatures(
    ctx.config,
    left.map(({ item }) => item),
  );
  const otps = countOtps(left, info.signaturesPerOtp);
  return [
    `${info.displayName}: inserire il codice OTP per firmare ${formatCount(documents, "documento", "documenti")} (${formatCount(left.length, "verbale", "verbali")}).`,
    otps > 1
      ? `Il fornitore ammette ${info.signaturesPerOtp ?? ""} firme per codice: serviranno ${otps} codici, uno dopo l'altro.`
      : "",
    info.isOtpSent
      ? "Se il codice non arriva o è scaduto, scrivere 0 per riceverne uno nuovo."
      : "",
    ...info.warnings,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function countOtps(left: readonly Waiting[], limit: number | null): number {
  if (limit === null) return 1;
  let otps = 0;
  let used = limit;
  for (const { toSign } of left) {
    if (used + toSign.length > limit) {
      otps += 1;
      used = 0;
    }
    used += toSign.length;
  }
  return otps;
}

function formatCount(number: number, one: string, many: string): string {
  return number === 1 ? `1 ${one}` : `${number} ${many}`;
}
