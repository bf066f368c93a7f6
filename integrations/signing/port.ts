/** What the sign step may ask of a signer: a key file or a remote signature service; PDF structure is not its business. */

/** What is known of the signer before the first signature. */
export interface SignerInfo {
  /** Name as operators know it: from the ente file, else from the certificate, else the key in quotes. */
  readonly displayName: string;
  /** DER certificates, the signer's first, then its issuers. */
  readonly chain: readonly Uint8Array[];
  /** What raw signatures look like: CMS signatureAlgorithm. */
  readonly algorithm: "RSA-SHA256" | "ECDSA-SHA256";
  readonly needsOtp: boolean;
  /** The provider sends the OTP when asked; otherwise a device of the person makes it. */
  readonly isOtpSent: boolean;
  /** Most signatures per authorisation; `null` = no limit. */
  readonly signaturesPerOtp: number | null;
  /** Most signatures per call; absent: as many as there are. */
  readonly signaturesPerCall?: number;
  /** Italian sentences that a person should read: a certificate that ends soon. */
  readonly warnings: readonly string[];
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
  /** `toSign`: DER signed attributes of each document; their SHA-256 is what will be signed. */
  authorise(
    toSign: readonly Uint8Array[],
    otp: string | null,
    signal?: AbortSignal,
  ): Promise<Grant>;
  /**
   * Raw signature values (ECDSA as DER) in the order of `toSign`, a subset of what was authorised.
   * Every value is checked against the certificate before it is returned.
   */
  sign(
    grant: Grant,
    toSign: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]>;
}

/** A time stamping authority (RFC 3161). */
export interface TimestampPort {
  /**
   * DER TimeStampToken over these bytes (a signature value). Throws RetryLater or RunBlocked.
   * `isPatient`: waits out a short trouble, because what is to be stamped would be lost; default no.
   */
  requestTimestamp(
    bytes: Uint8Array,
    signal?: AbortSignal,
    options?: { readonly isPatient: boolean },
  ): Promise<Uint8Array>;
}

/** What files that a person signed elsewhere are held against. */
export interface UploadPolicy {
  readonly displayName: string;
  /** DER certificates of the authorities that the ente accepts. */
  readonly trustAnchors: readonly Uint8Array[];
  /** Those of them that are trusted for qualified certificates only: the services of a trusted list. */
  readonly qualifiedAnchors: readonly Uint8Array[];
  /** DER revocation lists that the ente keeps. */
  readonly revocationLists: readonly Uint8Array[];
  /** The signer's codice fiscale as it stands in the certificate; `null`: any signer of a trusted authority. */
  readonly codiceFiscale: string | null;
}

/** A signature that a provider returned and that may stand in no document yet. */
export interface KeptSignature {
  /** The instant that the document carries. */
  readonly signedAt: string;
  /** What was signed, as the book knows it. */
  readonly digest: string;
  /** Raw, checked against the certificate. */
  readonly value: Uint8Array;
}

/** Signatures by the effect that they belong to; they outlive the process. */
export interface SignatureBook {
  /** Resolves when they are durable: only then may the provider be asked for more. */
  keep(
    signatures: readonly {
      readonly effect: string;
      readonly signedAt: string;
      readonly toSign: Uint8Array;
      readonly value: Uint8Array;
    }[],
  ): Promise<void>;
  find(effect: string): Promise<readonly KeptSignature[]>;
  isOver(signature: KeptSignature, toSign: Uint8Array): boolean;
}

/** The signers of an ente by name: `comandante`. */
export interface SigningPort {
  /** Absent: what is signed is kept in memory alone. */
  readonly signatures?: SignatureBook;
  /** Throws RunBlocked when the ente file names no such signer, or gives it neither key nor service. */
  requireSigner(name: string): SignerPort;
  /** `null`: the ente uses no time stamps. */
  readonly timestamps: TimestampPort | null;
  /** Throws RunBlocked when there is no such signer, or no trusted authority. */
  readUploadPolicy(name: string): Promise<UploadPolicy>;
}

/** The OTP was wrong, late or used up; the person may give another. The message is Italian. */
export class WrongOtp extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WrongOtp";
  }
}
