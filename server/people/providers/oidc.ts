/** OpenID Connect: the browser goes to the provider and comes back with a code; state, nonce and PKCE bind it to the login that was begun. */
import type { Configuration } from "openid-client";
import { ProviderAway, type Vouched } from "../login.ts";
import { type AccessSettings, mapGroups, type OidcSettings } from "../settings.ts";

/** What is kept of a login until the browser comes back. */
export interface OidcBegun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface OidcProvider {
  readonly label: string;
  /** Where the browser goes. `callback`: where it shall come back to. Throws ProviderAway. */
  begin(callback: string): Promise<{ readonly url: string; readonly begun: OidcBegun }>;
  /** Who came back at this address; `null`: not what was begun. Throws ProviderAway. */
  finish(address: URL, begun: OidcBegun): Promise<Vouched | null>;
}

interface OidcParts {
  readonly settings: AccessSettings;
  readonly oidc: OidcSettings;
  readSecret(name: string): Promise<string>;
}

/** The provider; its library and its description are loaded at the first login. */
export function createOidcProvider({ settings, oidc, readSecret }: OidcParts): OidcProvider {
  let known: Promise<Configuration> | null = null;
  const discover = async (): Promise<Configuration> => {
    const client = await import("openid-client");
    const secret = await readSecret(oidc.clientSecret.secret);
    const isLocal = oidc.issuer.startsWith("http:");
    return await client.discovery(new URL(oidc.issuer), oidc.clientId, secret, undefined, {
      timeout: 8,
      // The settings take http only for this machine.
      ...(isLocal && { execute: [client.allowInsecureRequests] }),
    });
  };
  const configure = async (): Promise<Configuration> => {
    known ??= discover();
    try {
      return await known;
    } catch (error) {
      known = null;
      throw new ProviderAway("the provider does not answer", { cause: error });
    }
  };
  return {
    label: oidc.label ?? "Entra con l'accesso unico",
    async begin(callback) {
      const config = await configure();
      const client = await import("openid-client");
      const verifier = client.randomPKCECodeVerifier();
      const begun = { state: client.randomState(), nonce: client.randomNonce(), verifier };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: (oidc.scopes ?? ["openid", "profile", "groups"]).join(" "),
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state: begun.state,
        nonce: begun.nonce,
      });
      return { url: url.href, begun };
    },
    async finish(address, begun) {
      const config = await configure();
      const client = await import("openid-client");
      try {
        const tokens = await client.authorizationCodeGrant(config, address, {
          pkceCodeVerifier: begun.verifier,
          expectedState: begun.state,
          expectedNonce: begun.nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) return null;
        // Groups are seldom in the token itself.
        const about = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
        return toVouched({ ...about, ...claims }, { settings, oidc });
      } catch (error) {
        if (error instanceof client.ClientError && error.code === "OAUTH_TIMEOUT")
          throw new ProviderAway("the provider does not answer", { cause: error });
        return null;
      }
    },
  };
}

/** Known by issuer and subject, never by an address of mail. */
function toVouched(
  claims: Readonly<Record<string, unknown>>,
  { settings, oidc }: Omit<OidcParts, "readSecret">,
): Vouched {
  const readText = (name: string): string | null => {
    const value = claims[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const groups: readonly unknown[] = [claims[oidc.groupsClaim ?? "groups"]].flat();
  const subject = readText("sub") ?? "";
  const name = (readText("preferred_username") ?? subject).toLowerCase();
  return {
    source: "oidc",
    subject: `${readText("iss") ?? oidc.issuer}\n${subject}`,
    name,
    fullName: readText("name") ?? name,
    ...mapGroups(
      settings,
      groups.filter((group) => typeof group === "string"),
    ),
  };
}
