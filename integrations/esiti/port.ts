/** What steps may ask of the office's own program: to take what became of its verbali. */
import type { EsitiDelivery } from "../register/reports.ts";

/** The office's own program, or the folder, web address or table from which it takes them. */
export interface EsitiPort {
  /**
   * Hands the delivery over. The same delivery again does no harm: it has the same number, the same rows, the same bytes.
   * Throws RetryLater while the other side does not answer, RunBlocked when it refuses or a setting is wrong.
   */
  deliver(delivery: EsitiDelivery, signal?: AbortSignal): Promise<void>;
}
