/** What a CSC server says, in its words of v1.0.4 and v2: schemas of the answers and how the two differ. */
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { Static, TSchema } from "typebox";

const Text = Type.String();
// Some servers write booleans and numbers as text.
const Flag = Type.Union([Type.Boolean(), Type.String()]);
const Count = Type.Union([Type.Number(), Type.Boolean(), Type.String()]);

export const TokenAnswer = Type.Object({
  access_token: Text,
  expires_in: Type.Optional(Type.Number()),
});
export type TokenAnswer = Static<typeof TokenAnswer>;

const AuthObject = Type.Object({
  type: Type.Optional(Text),
  id: Type.Optional(Text),
  generator: Type.Optional(Text),
});

export const CredentialAnswer = Type.Object({
  key: Type.Object({ status: Text, algo: Type.Array(Text) }),
  cert: Type.Object({
    status: Type.Optional(Text),
    certificates: Type.Array(Text, { minItems: 1 }),
  }),
  /** v1. */
  authMode: Type.Optional(Text),
  PIN: Type.Optional(Type.Object({ presence: Flag })),
  OTP: Type.Optional(Type.Object({ presence: Flag, type: Type.Optional(Text) })),
  /** v2. */
  auth: Type.Optional(Type.Object({ mode: Text, objects: Type.Optional(Type.Array(AuthObject)) })),
  SCAL: Type.Optional(Count),
  multisign: Type.Optional(Count),
});
export type CredentialAnswer = Static<typeof CredentialAnswer>;

export const SadAnswer = Type.Object({
  SAD: Type.Optional(Text),
  expiresIn: Type.Optional(Type.Number()),
  handle: Type.Optional(Text),
});
export type SadAnswer = Static<typeof SadAnswer>;

export const SignaturesAnswer = Type.Object({
  signatures: Type.Optional(Type.Array(Text)),
  responseID: Type.Optional(Text),
});
export type SignaturesAnswer = Static<typeof SignaturesAnswer>;

export const ErrorAnswer = Type.Object({
  error: Text,
  error_description: Type.Optional(Text),
});
export type ErrorAnswer = Static<typeof ErrorAnswer>;

/** The answer when it has the shape, else `null`. */
export function parseCscAnswer<T extends TSchema>(schema: T, body: unknown): Static<T> | null {
  return Value.Check(schema, body) ? body : null;
}

export const ALGORITHM = {
  sha256: "2.16.840.1.101.3.4.2.1",
  rsa: "1.2.840.113549.1.1.1",
  sha256WithRsa: "1.2.840.113549.1.1.11",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;

/** How a credential is authorised, whichever version told it. */
export interface Authorisation {
  readonly mode: "implicit" | "explicit" | "oauth2code" | "other";
  /** Name of the PIN among the authentication objects, `null` when none is wanted. */
  readonly pinId: string | null;
  readonly otpId: string | null;
  /** The provider sends the OTP; otherwise a device makes it. */
  readonly isOtpSent: boolean;
  /** Most signatures per authorisation; `null` = no limit told. */
  readonly multisign: number | null;
}

/** Reads v1's authMode, PIN, OTP or v2's auth. */
export function readAuthorisation(answer: CredentialAnswer): Authorisation {
  const multisign = parseMultisign(answer.multisign);
  if (answer.auth !== undefined) {
    const objects = answer.auth.objects ?? [];
    const otp = objects.find(
      ({ type, id }) => /otp/i.test(id ?? "") || /challenge/i.test(type ?? ""),
    );
    const pin = objects.find((object) => object !== otp);
    return {
      mode: toMode(answer.auth.mode),
      pinId: pin?.id ?? null,
      otpId: otp === undefined ? null : (otp.id ?? "OTP"),
      isOtpSent: otp !== undefined && !/totp|hotp/i.test(otp.generator ?? ""),
      multisign,
    };
  }
  return {
    mode: toMode(answer.authMode ?? "explicit"),
    pinId: isPresent(answer.PIN?.presence) ? "PIN" : null,
    otpId: isPresent(answer.OTP?.presence) ? "OTP" : null,
    isOtpSent: isPresent(answer.OTP?.presence) && answer.OTP?.type !== "offline",
    multisign,
  };
}

function toMode(mode: string): Authorisation["mode"] {
  if (mode === "implicit" || mode === "explicit" || mode === "oauth2code") return mode;
  return "other";
}

function isPresent(presence: boolean | string | undefined): boolean {
  return presence === true || presence === "true" || presence === "optional";
}

/** v1.0.3 says true or false, later versions a number. */
function parseMultisign(value: number | boolean | string | undefined): number | null {
  if (value === undefined || value === true || value === "true") return null;
  if (value === false || value === "false") return 1;
  const count = Number(value);
  return Number.isInteger(count) && count > 0 ? count : null;
}
