/** The people of an installation as the server uses them: the store, and what the settings say of ways in. */
import type { AskDirectory } from "./login.ts";
import { openPeople, type People } from "./people.ts";
import { createLdapDirectory } from "./providers/ldap.ts";
import { createOidcProvider, type OidcProvider } from "./providers/oidc.ts";
import { createSamlProvider, type SamlProvider } from "./providers/saml.ts";
import type { PeopleOptions } from "./people.ts";
import type { Role } from "./roles.ts";
import type { AccessSettings } from "./settings.ts";

export interface PeopleDesk {
  readonly people: People;
  /** Roles that come in with two factors only. */
  readonly secondFactorFor: readonly Role[];
  /** Each absent: not set up. */
  readonly askDirectory?: AskDirectory;
  readonly oidc?: OidcProvider;
  readonly saml?: SamlProvider;
  /** Names of the enti, which nobody may take for a password. */
  listOwnWords(): Promise<readonly string[]>;
}

interface DeskParts extends Pick<PeopleDesk, "listOwnWords"> {
  readonly settings: AccessSettings;
  readonly clock: NonNullable<PeopleOptions["clock"]>;
  /** Tests take less. */
  readonly cost?: NonNullable<PeopleOptions["cost"]>;
  readSecret(name: string): Promise<string>;
}

/** Opens the people at `path` with the ways in that the settings name; no provider is asked before somebody comes. */
export function openPeopleDesk(path: string, parts: DeskParts): PeopleDesk {
  const { settings, readSecret, listOwnWords, clock, cost } = parts;
  const { sessions = {}, secondFactor, ldap, oidc, saml } = settings;
  const { idle, sharedIdle, absolute } = sessions;
  const people = openPeople(path, {
    clock,
    ...(cost !== undefined && { cost }),
    terms: {
      ...(idle !== undefined && { idleMs: idle }),
      ...(sharedIdle !== undefined && { sharedIdleMs: sharedIdle }),
      ...(absolute !== undefined && { absoluteMs: absolute }),
    },
  });
  return {
    people,
    secondFactorFor: secondFactor?.required ?? [],
    ...(ldap !== undefined && {
      askDirectory: createLdapDirectory({ settings, ldap, readSecret }),
    }),
    ...(oidc !== undefined && { oidc: createOidcProvider({ settings, oidc, readSecret }) }),
    ...(saml !== undefined && {
      saml: createSamlProvider({ settings, saml, flows: people.flows, clock }),
    }),
    listOwnWords,
  };
}
