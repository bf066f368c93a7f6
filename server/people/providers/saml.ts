/** SAML 2.0: the browser brings an answer that the provider signed; it must be to a request of ours, and is taken once. */
import { readFile } from "node:fs/promises";
import type { Clock } from "../../../engine/host/clock.ts";
import type { Flows } from "../flows.ts";
import type { Vouched } from "../login.ts";
import { type AccessSettings, mapGroups, type SamlSettings } from "../settings.ts";

export interface SamlProvider {
  readonly label: string;
  /** Where the browser goes; `relay` comes back with the answer. */
  begin(address: string, relay: string): Promise<string>;
  /** Who an answer vouches for; `null`: it is none of ours, or not as it was signed. */
  finish(address: string, answer: string): Promise<Vouched | null>;
  /** What the provider must know of Postino, as XML. */
  describe(address: string): Promise<string>;
}

interface SamlParts {
  readonly settings: AccessSettings;
  readonly saml: SamlSettings;
  readonly flows: Flows;
  readonly clock: Clock;
}

const requestMs = 10 * 60_000;

/** The provider; its library is loaded at the first login. */
export function createSamlProvider({ settings, saml, flows, clock }: SamlParts): SamlProvider {
  const open = async (address: string) => {
    const { SAML, ValidateInResponseTo } = await import("@node-saml/node-saml");
    const issuer = saml.issuer ?? address;
    return new SAML({
      callbackUrl: `${address}/accesso/saml`,
      entryPoint: saml.entryPoint,
      issuer,
      audience: issuer,
      idpCert: await readFile(saml.certificate, "utf8"),
      wantAssertionsSigned: true,
      wantAuthnResponseSigned: false,
      validateInResponseTo: ValidateInResponseTo.always,
      requestIdExpirationPeriodMs: requestMs,
      acceptedClockSkewMs: 5_000,
      disableRequestedAuthnContext: true,
      // In the store: a restart between question and answer loses nothing, and an answer is taken once.
      cacheProvider: {
        saveAsync: async (key, value) => {
          flows.begin("saml", { userId: null, data: { value } }, { forMs: requestMs, secret: key });
          return { value, createdAt: clock.now() };
        },
        getAsync: async (key) => readValue(flows.peek("saml", key)?.data),
        removeAsync: async (key) =>
          key === null ? null : readValue(flows.take("saml", key)?.data),
      },
    });
  };
  return {
    label: saml.label ?? "Entra con l'accesso unico",
    begin: async (address, relay) =>
      await (await open(address)).getAuthorizeUrlAsync(relay, undefined, {}),
    describe: async (address) => (await open(address)).generateServiceProviderMetadata(null, null),
    async finish(address, answer) {
      const text = Buffer.from(answer, "base64").toString("utf8");
      // A document type may name files and grow without end; no answer has one.
      if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return null;
      const provider = await open(address);
      try {
        const { profile } = await provider.validatePostResponseAsync({ SAMLResponse: answer });
        return profile === null ? null : toVouched(profile, { settings, saml });
      } catch {
        // Not signed, changed, for somebody else, late, or taken before: told alike.
        return null;
      }
    },
  };
}

function readValue(data: Readonly<Record<string, unknown>> | undefined): string | null {
  const value = data?.["value"];
  return typeof value === "string" ? value : null;
}

function toVouched(
  profile: { readonly issuer: string; readonly nameID: string } & Readonly<Record<string, unknown>>,
  { settings, saml }: Pick<SamlParts, "settings" | "saml">,
): Vouched {
  const groups: readonly unknown[] = [profile[saml.groupsAttribute ?? "groups"]].flat();
  const full = saml.nameAttribute === undefined ? undefined : profile[saml.nameAttribute];
  return {
    source: "saml",
    subject: `${profile.issuer}\n${profile.nameID}`,
    name: profile.nameID.toLowerCase(),
    fullName: typeof full === "string" && full !== "" ? full : profile.nameID,
    ...mapGroups(
      settings,
      groups.filter((group) => typeof group === "string"),
    ),
  };
}
