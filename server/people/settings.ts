/** What the file of the ways in (`accessi.yaml`) may say: sessions, second factor, providers, and which role their groups have. */
import { readFile } from "node:fs/promises";
import { Type, type Static } from "typebox";
import { allowMissing, RunBlocked } from "../../engine/host/errors.ts";
import { SecretRef } from "../../integrations/secret-ref.ts";
import { readMap } from "../../loader/pipeline/read-map.ts";
import { coerceBySchema } from "../../loader/yaml/coerce.ts";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import { Duration } from "../../loader/yaml/duration.ts";
import { everyEnte, type RoleGrant, type Role, roles } from "./roles.ts";

const closed = { additionalProperties: false };
const RoleName = Type.Unsafe<Role>(Type.Union(roles.map((role) => Type.Literal(role))));
const label = Type.Optional(
  Type.String({ description: "Che cosa dice il bottone sulla pagina d'accesso" }),
);

const GroupRole = Type.Object(
  {
    group: Type.String({ minLength: 1, description: "Il gruppo, come lo chiama chi accredita" }),
    role: RoleName,
    enti: Type.Optional(
      Type.Array(Type.String(), { description: "Codici degli enti; senza: tutti" }),
    ),
    personal: Type.Optional(
      Type.Boolean({ description: "La sola lettura vede i dati personali e scarica i documenti" }),
    ),
  },
  closed,
);

export const OidcSettings = Type.Object(
  {
    issuer: Type.String({ format: "uri", description: "L'indirizzo di chi accredita" }),
    clientId: Type.String({ minLength: 1, description: "Come Postino è registrato là" }),
    clientSecret: SecretRef,
    scopes: Type.Optional(Type.Array(Type.String(), { description: "Che cosa si chiede" })),
    groupsClaim: Type.Optional(Type.String({ description: "Dove stanno i gruppi: groups" })),
    label,
  },
  closed,
);
export type OidcSettings = Static<typeof OidcSettings>;

export const LdapSettings = Type.Object(
  {
    url: Type.String({ pattern: "^ldaps?://", description: "ldaps://ad.comune.example" }),
    startTls: Type.Optional(Type.Boolean({ description: "TLS dopo la connessione, con ldap://" })),
    ca: Type.Optional(Type.String({ description: "File PEM di chi ha firmato il certificato" })),
    bindDn: Type.String({ minLength: 1, description: "L'account, di sola lettura, che cerca" }),
    bindPassword: SecretRef,
    base: Type.String({ minLength: 1, description: "Sotto quale ramo si cercano le persone" }),
    groupBase: Type.Optional(
      Type.String({ description: "Sotto quale ramo i gruppi; senza: base" }),
    ),
    userAttribute: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z][A-Za-z0-9-]*$",
        description: "uid; in AD: sAMAccountName",
      }),
    ),
    idAttribute: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z][A-Za-z0-9-]*$",
        description: "entryUUID; in AD: objectGUID",
      }),
    ),
    nameAttribute: Type.Optional(
      Type.String({ pattern: "^[A-Za-z][A-Za-z0-9-]*$", description: "cn, oppure displayName" }),
    ),
    nestedGroups: Type.Optional(
      Type.Boolean({ description: "In AD: conta anche chi sta in un gruppo del gruppo" }),
    ),
  },
  closed,
);
export type LdapSettings = Static<typeof LdapSettings>;

export const SamlSettings = Type.Object(
  {
    entryPoint: Type.String({ format: "uri", description: "Dove si va per accreditarsi" }),
    certificate: Type.String({ description: "File PEM con cui chi accredita firma" }),
    issuer: Type.Optional(
      Type.String({ description: "Come si chiama Postino; senza: il suo indirizzo" }),
    ),
    groupsAttribute: Type.Optional(Type.String({ description: "Dove stanno i gruppi: groups" })),
    nameAttribute: Type.Optional(Type.String({ description: "Dove stanno nome e cognome" })),
    label,
  },
  closed,
);
export type SamlSettings = Static<typeof SamlSettings>;

/** `accessi.yaml`. */
export const AccessSettings = Type.Object(
  {
    sessions: Type.Optional(
      Type.Object(
        {
          idle: Type.Optional(Duration({ description: "Senza far nulla: 30m" })),
          sharedIdle: Type.Optional(Duration({ description: "Su un PC condiviso: 15m" })),
          absolute: Type.Optional(Duration({ description: "In ogni caso: 12h" })),
        },
        closed,
      ),
    ),
    secondFactor: Type.Optional(
      Type.Object(
        {
          required: Type.Array(RoleName, { description: "Ruoli che entrano solo con due fattori" }),
        },
        closed,
      ),
    ),
    groups: Type.Optional(Type.Array(GroupRole)),
    oidc: Type.Optional(OidcSettings),
    ldap: Type.Optional(LdapSettings),
    saml: Type.Optional(SamlSettings),
  },
  closed,
);
export type AccessSettings = Static<typeof AccessSettings>;

/** The settings of a file; without it none. Throws RunBlocked `ACCESS_SETTINGS` with the first fault. */
export async function readAccessSettings(
  path: string,
  format: (problem: Problem) => string,
): Promise<AccessSettings> {
  const text = await allowMissing(readFile(path, "utf8"));
  if (text === null || text === undefined) return {};
  const { root, problems } = readMap(path, text, "secondFactor: { required: [amministratore] }");
  const found = [...problems];
  const settings =
    root === null
      ? {}
      : coerceBySchema(root, AccessSettings, {
          problems: found,
          origins: {},
          originPrefix: "",
          owner: "nel file degli accessi",
          path: [],
          at: { source: root.at.source, start: root.at.start, end: root.at.start },
        });
  const fault = found.find(({ severity }) => severity === "error");
  if (fault !== undefined)
    throw new RunBlocked(
      "ACCESS_SETTINGS",
      `Il file degli accessi ha un errore.\n${format(fault)}`,
      {
        hint: "Correggerlo e riavviare.",
      },
    );
  const checked = settings as AccessSettings;
  assertEncrypted(checked, path);
  return checked;
}

/** Passwords go nowhere in clear, save to this machine. */
function assertEncrypted({ ldap, oidc, saml }: AccessSettings, path: string): void {
  const local = /^[a-z]+:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/;
  const isClear =
    (ldap !== undefined &&
      ldap.url.startsWith("ldap:") &&
      ldap.startTls !== true &&
      !local.test(ldap.url)) ||
    [oidc?.issuer, saml?.entryPoint].some(
      (url) => url !== undefined && !url.startsWith("https:") && !local.test(url),
    );
  if (!isClear) return;
  throw new RunBlocked(
    "ACCESS_SETTINGS",
    `In ${path} un indirizzo di chi accredita non è cifrato.`,
    {
      hint: "Usare https:// o ldaps:// (oppure startTls: true).",
    },
  );
}

/** What these groups may do. The names of groups are told apart without capitals, as directories do. */
export function mapGroups(
  { groups: rules = [] }: AccessSettings,
  groups: readonly string[],
): { readonly grants: readonly RoleGrant[]; readonly seesPersonal: boolean } {
  const own = new Set(groups.map((group) => group.toLowerCase()));
  const fitting = rules.filter(({ group }) => own.has(group.toLowerCase()));
  return {
    grants: fitting.flatMap(({ role, enti = [everyEnte] }) => enti.map((ente) => ({ ente, role }))),
    seesPersonal: fitting.some(({ personal }) => personal === true),
  };
}
