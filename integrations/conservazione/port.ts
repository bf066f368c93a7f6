/** What steps may ask of the preservation system. */
import type { DepositPackage } from "../register/preservation.ts";

/** A file of a package, as it is written. */
export interface DepositFile {
  readonly path: string;
  open(): AsyncIterable<Uint8Array>;
}

/** A report that names a package. */
export interface FoundReport {
  readonly name: string;
  readonly sha256: string;
  /** Which of these digests (hex) it bears, in hex or base64. */
  bears(sha256: string): boolean;
}

export interface PreservationPort {
  /** Leaves the package where it is taken from, whole or not at all; the same again does no harm. */
  deliver(id: string, files: readonly DepositFile[]): Promise<void>;
  /** The report on the package, once there is one. */
  findReport(pack: DepositPackage): Promise<FoundReport | null>;
}
