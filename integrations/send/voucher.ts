/** PDND vouchers: a signed client assertion is exchanged for a short-lived token, kept until shortly before it expires. */
import type { Clock } from "../../engine/host/clock.ts";
import { NoAnswer, type Http } from "../../engine/host/http.ts";
import { NoVoucher, requestVoucher, voucherRefusedError } from "../pdnd.ts";
import { httpStatusError, noAnswerError } from "../service-faults.ts";
import type { VoucherSource } from "./client/call.ts";
import { createSharedRequest } from "../shared-request.ts";
import { denyEffect } from "./client/faults.ts";
import type { PdndSettings } from "./settings.ts";

export interface VoucherOptions {
  readonly settings: PdndSettings;
  /** PEM of the RSA key whose public half is registered on PDND. */
  readonly privateKey: string | (() => Promise<string>);
  readonly http: Http;
  readonly clock: Clock;
}

interface Held {
  readonly token: string;
  /** Milliseconds since the epoch from which a new one is fetched. */
  readonly until: number;
}

/** A voucher is renewed this long before it expires. */
const marginMs = 30_000;

/** A source of vouchers; callers at the same time share one request. */
export function createVoucherSource(options: VoucherOptions): VoucherSource {
  const { clock } = options;
  let held: Held | null = null;
  const request = createSharedRequest<Held>();

  return async function voucher(renew, signal) {
    if (!renew && held !== null && clock.now() < held.until) return held.token;
    held = await request.join((shared) => fetchVoucher(options, shared), signal);
    return held.token;
  };
}

async function fetchVoucher(options: VoucherOptions, signal: AbortSignal): Promise<Held> {
  const { settings, clock } = options;
  const now = clock.now();
  try {
    const { token, lifeMs } = await requestVoucher(
      { ...options, client: settings },
      { purposeId: settings.purposeId },
      signal,
    );
    return { token, until: now + Math.max(lifeMs - marginMs, lifeMs / 2) };
  } catch (error) {
    if (error instanceof NoAnswer) throw denyEffect(noAnswerError(error, "PDND"));
    if (!(error instanceof NoVoucher)) throw error;
    const { answer } = error;
    if (answer.status === 429 || answer.status >= 500)
      throw denyEffect(httpStatusError(answer, { service: "PDND", nowMs: now }));
    throw voucherRefusedError(answer, "pdnd:");
  }
}
