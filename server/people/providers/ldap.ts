/** LDAP and Active Directory: finds the person with an account of ours, then comes in with the password that was typed. */
import { readFile } from "node:fs/promises";
import type { Client, Entry } from "ldapts";
import { type AskDirectory, ProviderAway, type Vouched } from "../login.ts";
import { type AccessSettings, type LdapSettings, mapGroups } from "../settings.ts";

interface LdapParts {
  readonly settings: AccessSettings;
  readonly ldap: LdapSettings;
  /** The password of the account that searches. */
  readSecret(name: string): Promise<string>;
}

/** Asks the directory; its library is loaded at the first login. */
export function createLdapDirectory(parts: LdapParts): AskDirectory {
  return async (name, password) => {
    // Active Directory takes a name without a password for nobody, and says yes.
    if (password === "") return null;
    const { Client: LdapClient, EqualityFilter, InvalidCredentialsError } = await import("ldapts");
    const { ldap, settings } = parts;
    const secret = await parts.readSecret(ldap.bindPassword.secret);
    const found = await askDirectory(await connect(parts), async (client) => {
      await client.bind(ldap.bindDn, secret);
      const { searchEntries } = await client.search(ldap.base, {
        scope: "sub",
        filter: new EqualityFilter({ attribute: ldap.userAttribute ?? "uid", value: name }),
        attributes: ["*", ldap.idAttribute ?? "entryUUID"],
        explicitBufferAttributes: ["objectGUID"],
        sizeLimit: 2,
      });
      const [entry, other] = searchEntries;
      // A name that two persons have is nobody's.
      if (entry === undefined || other !== undefined) return null;
      return { entry, groups: await listGroups(client, ldap, entry.dn) };
    });
    if (found === null) return null;
    try {
      const client = await connect(parts);
      try {
        await client.bind(found.entry.dn, password);
      } finally {
        await client.unbind();
      }
    } catch (error) {
      if (error instanceof InvalidCredentialsError) return null;
      if (error instanceof ProviderAway) throw error;
      throw new ProviderAway("the directory does not answer", { cause: error });
    }
    return toVouched(name, found.entry, { ldap, ...mapGroups(settings, found.groups) });

    async function connect({ ldap: { url, startTls, ca } }: LdapParts) {
      const trusted = ca === undefined ? {} : { ca: [await readFile(ca)] };
      const client = new LdapClient({
        url,
        timeout: 8_000,
        connectTimeout: 4_000,
        ...(url.startsWith("ldaps:") && { tlsOptions: trusted }),
      });
      try {
        if (startTls === true) await client.startTLS(trusted);
        return client;
      } catch (error) {
        await client.unbind().catch(() => {});
        throw new ProviderAway("the directory does not answer", { cause: error });
      }
    }
  };
}

async function askDirectory<Result>(
  client: Client,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(client);
  } catch (error) {
    throw new ProviderAway("the directory does not answer", { cause: error });
  } finally {
    await client.unbind().catch(() => {});
  }
}

/** LDAP_MATCHING_RULE_IN_CHAIN: also through groups of groups. Source: Microsoft, Search Filter Syntax. */
const chainRule = "1.2.840.113556.1.4.1941";

async function listGroups(
  client: Client,
  ldap: LdapSettings,
  dn: string,
): Promise<readonly string[]> {
  const { EqualityFilter, ExtensibleFilter, OrFilter } = await import("ldapts");
  const filters =
    ldap.nestedGroups === true
      ? [new ExtensibleFilter({ matchType: "member", rule: chainRule, value: dn })]
      : ["member", "uniqueMember"].map((attribute) => new EqualityFilter({ attribute, value: dn }));
  const { searchEntries } = await client.search(ldap.groupBase ?? ldap.base, {
    scope: "sub",
    filter: new OrFilter({ filters }),
    attributes: ["cn"],
    paged: true,
  });
  return searchEntries.flatMap((entry) => [entry.dn, ...readTexts(entry["cn"])]);
}

function toVouched(
  typed: string,
  entry: Entry,
  {
    ldap,
    grants,
    seesPersonal,
  }: { readonly ldap: LdapSettings } & Pick<Vouched, "grants" | "seesPersonal">,
): Vouched {
  const [name = typed] = readTexts(entry[ldap.userAttribute ?? "uid"]);
  const [fullName = name] = readTexts(entry[ldap.nameAttribute ?? "cn"]);
  const [subject = entry.dn.toLowerCase()] = readTexts(entry[ldap.idAttribute ?? "entryUUID"]);
  return { source: "ldap", subject, name: name.toLowerCase(), fullName, grants, seesPersonal };
}

function readTexts(value: unknown): readonly string[] {
  const values: readonly unknown[] = [value].flat();
  return values.flatMap((one) => {
    if (typeof one === "string" && one !== "") return [one];
    return one instanceof Uint8Array && one.length > 0 ? [Buffer.from(one).toString("hex")] : [];
  });
}
