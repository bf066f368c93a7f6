/** Gets the time stamp of a signature and looks at it before it goes into the PDF. */
import { askTechnician } from "../../engine/host/hint.ts";
import { readStamp } from "../../documents/verify/timestamp.ts";
import type { Stamp } from "../../documents/verify/timestamp.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { CertificateBook } from "../../documents/verify/certificates.ts";
import type { Clock } from "../../engine/host/clock.ts";
import type { TimestampPort } from "../../integrations/signing/port.ts";

// An authority's clock is exact; ours may be set by hand.
const mostAgoMs = 10 * 60_000;

/** What a time stamp needs of the work that it belongs to. */
export interface StampJob {
  readonly ctx: {
    readonly config: { readonly mode: string };
    readonly signal: AbortSignal;
    readonly clock: Clock;
  };
  /** `null`: the ente uses no time stamps. */
  readonly timestamps: TimestampPort | null;
  /** Most bytes that a time stamp may take. */
  readonly timestampBytes: number;
  readonly book: CertificateBook;
}

/** `undefined`: the ente uses no time stamps. Throws RunBlocked when the token is none that a judge would take. */
export async function fetchStamp(
  job: StampJob,
  signature: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { ctx, timestamps, timestampBytes } = job;
  if (timestamps === null) return undefined;
  // A signature that an OTP paid for would be lost.
  const isPatient = ctx.config.mode === "otp";
  const token = await timestamps.requestTimestamp(signature, ctx.signal, { isPatient });
  if (token.byteLength > timestampBytes)
    throw unusableStampError(
      `è di ${token.byteLength} byte, al massimo possono essere ${timestampBytes}`,
    );
  const nowMs = ctx.clock.now();
  const { instantMs } = readOrRefuse(job, token, signature, nowMs);
  if (instantMs < nowMs - mostAgoMs)
    throw unusableStampError(
      `porta un'ora di ${Math.round((nowMs - instantMs) / 60_000)} minuti fa (o l'orologio di questo computer è avanti)`,
    );
  return token;
}

function readOrRefuse(
  job: StampJob,
  token: Uint8Array,
  signature: Uint8Array,
  nowMs: number,
): Stamp {
  try {
    return readStamp(job.book, token, [signature], nowMs);
  } catch (error) {
    throw unusableStampError(
      "non si verifica, porta un'ora futura, o il suo certificato non è per le marche temporali",
      error,
    );
  }
}

function unusableStampError(why: string, cause?: unknown): RunBlocked {
  return new RunBlocked(
    "TIMESTAMP_UNUSABLE",
    `Il servizio di marcatura temporale ha dato una marca inutilizzabile: ${why}.`,
    {
      hint: askTechnician(
        "controllare l'orologio del computer e l'indirizzo delle marche temporali e, se sono giusti, di avvisare il fornitore",
        "Controllare l'orologio del computer e l'indirizzo in «signing: timestamp:»; se sono giusti, avvisare il fornitore.",
      ),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
