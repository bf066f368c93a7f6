/** Passkeys: what a browser signs with a key of this host; the library is loaded at the first one. */
import type { Flows } from "../flows.ts";
import type { Passkeys } from "../passkeys.ts";
import type { User } from "../users.ts";

/** The host under which the browser knows the keys. */
export interface PasskeyHost {
  /** `https://postino.comune.example`. */
  readonly origin: string;
  readonly hostname: string;
}

const forMs = 5 * 60_000;

interface PasskeyParts {
  readonly passkeys: Passkeys;
  readonly flows: Flows;
}

/** What the browser needs to make a key for this user; `flow` goes back with its answer. */
export async function beginRegistration(
  { passkeys, flows }: PasskeyParts,
  { hostname }: PasskeyHost,
  user: User,
): Promise<{ readonly options: object; readonly flow: string }> {
  const { generateRegistrationOptions } = await import("@simplewebauthn/server");
  const options = await generateRegistrationOptions({
    rpName: "Postino",
    rpID: hostname,
    userName: user.name,
    userDisplayName: user.fullName,
    userID: new TextEncoder().encode(`postino-${user.id}`),
    attestationType: "none",
    excludeCredentials: passkeys.list(user.id).map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  const data = { challenge: options.challenge };
  return { options, flow: flows.begin("passkey", { userId: user.id, data }, { forMs }) };
}

/** Keeps the key that the browser made; false: it is not what was asked for. */
export async function finishRegistration(
  { passkeys, flows }: PasskeyParts,
  { origin, hostname }: PasskeyHost,
  given: {
    readonly flow: string;
    readonly userId: number;
    readonly response: object;
    readonly name: string;
  },
): Promise<boolean> {
  const begun = flows.take("passkey", given.flow);
  if (begun?.userId !== given.userId) return false;
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: given.response as Parameters<typeof verifyRegistrationResponse>[0]["response"],
      expectedChallenge: String(begun.data["challenge"]),
      expectedOrigin: origin,
      expectedRPID: hostname,
      requireUserVerification: true,
    });
    if (!verified) return false;
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    if (passkeys.find(id) !== null) return false;
    passkeys.add({ id, userId: given.userId, name: given.name, publicKey, counter, transports });
    return true;
  } catch {
    // Whatever a browser may send that is no answer to this question.
    return false;
  }
}

/** What the browser needs to sign with any key of this host. */
export async function beginAuthentication(
  { flows }: Pick<PasskeyParts, "flows">,
  { hostname }: PasskeyHost,
): Promise<{ readonly options: object; readonly flow: string }> {
  const { generateAuthenticationOptions } = await import("@simplewebauthn/server");
  const options = await generateAuthenticationOptions({
    rpID: hostname,
    userVerification: "required",
  });
  const data = { challenge: options.challenge };
  return { options, flow: flows.begin("passkey", { userId: null, data }, { forMs }) };
}

/** The id of the user whose key signed; `null`: nobody's did. */
export async function finishAuthentication(
  { passkeys, flows }: PasskeyParts,
  { origin, hostname }: PasskeyHost,
  { flow, response }: { readonly flow: string; readonly response: object },
): Promise<number | null> {
  const begun = flows.take("passkey", flow);
  const { id } = response as { readonly id?: unknown };
  const passkey = typeof id === "string" ? passkeys.find(id) : null;
  if (begun === null || passkey === null) return null;
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as Parameters<typeof verifyAuthenticationResponse>[0]["response"],
      expectedChallenge: String(begun.data["challenge"]),
      expectedOrigin: origin,
      expectedRPID: hostname,
      credential: {
        id: passkey.id,
        publicKey: passkey.publicKey,
        counter: passkey.counter,
        transports: [],
      },
      requireUserVerification: true,
    });
    if (!verified) return null;
    passkeys.noteUse(passkey.id, authenticationInfo.newCounter);
    return passkey.userId;
  } catch {
    return null;
  }
}
