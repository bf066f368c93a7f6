/** What the sign step may ask of a signer: a key file or a remote signature service; PDF structure is not its business. */

/** What is known of the signer before the first signature. */
export interface SignerInfo {
  /** DER certificates, the signer's first, then its issuers. */
  readonly chain: readonly Uint8Array[];
  /** What raw signatures look like: CMS signatureAlgorithm. */
  readonly algorithm: "RSA-SHA256" | "ECDSA-SHA256";
  readonly needsOtp: boolean;
  /** Most signatures per authorisation; `null` = no limit. */
  readonly signaturesPerOtp: number | null;
}

/** A permission to sign, held in memory only. */
export interface Grant {
  readonly signatures: number;
}

/**
 * One signer of the ente. Throws RunBlocked (wrong key password, expired certificate, refused credentials),
 * RetryLater (service down), and WrongOtp when a person may try again.
 */
export interface SignerPort {
  describe(signal?: AbortSignal): Promise<SignerInfo>;
  /** Asks the provider to send the OTP; does nothing where none is needed or the device makes it. */
  sendOtp(signal?: AbortSignal): Promise<void>;
  /** `digests`: SHA-256 of each DER signedAttrs, 32 bytes each. */
  authorise(
    digests: readonly Uint8Array[],
    otp: string | null,
    signal?: AbortSignal,
  ): Promise<Grant>;
  /** Raw signature values in the order of `digests` (a subset of the authorised ones), checked against the certificate. */
  sign(
    grant: Grant,
    digests: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]>;
}

/** The signers of an ente by name: `comandante`. */
export interface SigningPort {
  /** Throws RunBlocked when the ente file names no such signer. */
  signer(name: string): SignerPort;
}

/** The OTP was wrong, late or used up; the person may give another. */
export class WrongOtp extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WrongOtp";
  }
}
