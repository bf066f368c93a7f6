/** Coming in by a directory, against a real OpenLDAP server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createLdapDirectory } from "../../../../server/people/providers/ldap.ts";
import { ProviderAway } from "../../../../server/people/login.ts";
import type { LdapSettings } from "../../../../server/people/settings.ts";
import { makePeopleWorld } from "../../../support/people-world.ts";
import { findFreePort } from "../../../support/free-port.ts";

const slapd = ["/usr/sbin/slapd", "/usr/lib/openldap/slapd"].find((path) => existsSync(path));
const hasModule = existsSync("/usr/lib/ldap/back_mdb.so");
const openssl = Bun.which("openssl") ?? "";
const canRun = slapd !== undefined && hasModule && openssl !== "";

const people = `dn: dc=comune,dc=example
objectClass: dcObject
objectClass: organization
o: Comune
dc: comune

dn: ou=utenti,dc=comune,dc=example
objectClass: organizationalUnit
ou: utenti

dn: uid=anna,ou=utenti,dc=comune,dc=example
objectClass: inetOrgPerson
uid: anna
cn: Anna Bianchi
sn: Bianchi
userPassword: segreta

dn: uid=ugo,ou=utenti,dc=comune,dc=example
objectClass: inetOrgPerson
uid: ugo
cn: Ugo Verdi
sn: Verdi
userPassword: segreta

dn: uid=doppio,ou=utenti,dc=comune,dc=example
objectClass: inetOrgPerson
uid: doppio
cn: Primo Doppio
sn: Doppio
userPassword: segreta

dn: ou=altri,dc=comune,dc=example
objectClass: organizationalUnit
ou: altri

dn: uid=doppio,ou=altri,dc=comune,dc=example
objectClass: inetOrgPerson
uid: doppio
cn: Secondo Doppio
sn: Doppio
userPassword: segreta

dn: cn=postino-operatori,dc=comune,dc=example
objectClass: groupOfNames
cn: postino-operatori
member: uid=anna,ou=utenti,dc=comune,dc=example
`;

describe.skipIf(!canRun)(
  `a directory${canRun ? "" : " (skipped: no slapd here; Debian's packages slapd and ldap-utils)"}`,
  () => {
    let folder: string;
    let child: Bun.Subprocess;
    let plain: string;
    let secure: string;
    let port: number;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "postino-ldap-"));
      mkdirSync(join(folder, "db"));
      execFileSync(
        openssl,
        [
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-days",
          "2",
          "-subj",
          "/CN=localhost",
          "-addext",
          "subjectAltName=DNS:localhost",
          "-keyout",
          join(folder, "key.pem"),
          "-out",
          join(folder, "cert.pem"),
        ],
        { stdio: "ignore" },
      );
      writeFileSync(join(folder, "people.ldif"), people);
      writeFileSync(
        join(folder, "slapd.conf"),
        `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
database mdb
suffix "dc=comune,dc=example"
rootdn "cn=admin,dc=comune,dc=example"
rootpw adminpw
directory ${folder}/db
`,
      );
      execFileSync(
        "/usr/sbin/slapadd",
        ["-f", join(folder, "slapd.conf"), "-l", join(folder, "people.ldif")],
        { stdio: "ignore" },
      );
      port = await findFreePort();
      const tls = await findFreePort();
      plain = `ldap://localhost:${port}`;
      secure = `ldaps://localhost:${tls}`;
      child = Bun.spawn(
        [slapd ?? "", "-f", join(folder, "slapd.conf"), "-h", `${plain} ${secure}`, "-d", "0"],
        { stdout: "ignore", stderr: "ignore" },
      );
      for (let n = 0; n < 100; n += 1) {
        const isUp = await ask({ url: plain }, "anna", "segreta").catch(() => null);
        if (isUp !== null) return;
        await systemClock.sleep(50);
      }
      throw new Error("slapd does not answer");
    });
    afterAll(async () => {
      child?.kill();
      await child?.exited;
      rmSync(folder, { recursive: true, force: true });
    });

    const readSettings = (change: Partial<LdapSettings>): LdapSettings => ({
      url: plain,
      bindDn: "cn=admin,dc=comune,dc=example",
      bindPassword: { secret: "LDAP" },
      base: "dc=comune,dc=example",
      ...change,
    });
    function ask(
      change: Partial<LdapSettings>,
      name: string,
      password: string,
      secret = "adminpw",
    ) {
      const ldap = readSettings(change);
      const settings = {
        ldap,
        groups: [{ group: "Postino-Operatori", role: "operatore" as const, enti: ["roccaserena"] }],
      };
      return createLdapDirectory({ settings, ldap, readSecret: async () => secret })(
        name,
        password,
      );
    }

    test.each([
      ["in clear to this machine", () => ({ url: plain })],
      ["with LDAPS", () => ({ url: secure, ca: join(folder, "cert.pem") })],
      ["with STARTTLS", () => ({ url: plain, startTls: true, ca: join(folder, "cert.pem") })],
    ])("finds a person with their groups, %s", async (_how, change) => {
      expect(await ask(change(), "anna", "segreta")).toMatchObject({
        source: "ldap",
        name: "anna",
        fullName: "Anna Bianchi",
        subject: expect.stringMatching(/^[0-9a-f-]{36}$/),
        grants: [{ ente: "roccaserena", role: "operatore" }],
      });
    });

    test.each([
      ["a wrong password", "anna", "sbagliata"],
      ["no password, which some directories take", "anna", ""],
      ["nobody of that name", "nessuno", "segreta"],
      ["a filter in the name", "*)(uid=*", "segreta"],
      ["any name at all", "*", "segreta"],
      ["a name that two persons have", "doppio", "segreta"],
      ["a name that is a DN", "uid=anna,ou=utenti,dc=comune,dc=example", "segreta"],
    ])("lets nobody in with %s", async (_what, name, password) => {
      expect(await ask({}, name, password)).toBeNull();
    });

    test.each([
      ["a certificate that nobody of ours signed", () => ({ url: secure })],
      ["the same with STARTTLS", () => ({ url: plain, startTls: true })],
      [
        "a certificate of another name",
        () => ({ url: secure.replace("localhost", "127.0.0.1"), ca: join(folder, "cert.pem") }),
      ],
      ["a port where nothing answers", () => ({ url: "ldap://127.0.0.1:9" })],
    ])("tells that it cannot be asked: %s", async (_what, change) => {
      expect(
        await ask(change(), "anna", "segreta").catch((error: unknown) => error),
      ).toBeInstanceOf(ProviderAway);
    });

    test("tells that our own account is refused, and not that the person is wrong", async () => {
      expect(
        await ask({}, "anna", "segreta", "altra").catch((error: unknown) => error),
      ).toBeInstanceOf(ProviderAway);
    });

    test("opens the dashboard by name and password, and local people still come in when it is away", async () => {
      const ldap = readSettings({});
      const settings = {
        ldap,
        groups: [{ group: "postino-operatori", role: "operatore" as const, enti: ["roccaserena"] }],
      };
      let isAway = false;
      const askDirectory = createLdapDirectory({
        settings,
        ldap,
        readSecret: async () => "adminpw",
      });
      const world = await makePeopleWorld({
        desk: {
          askDirectory: async (name, password) => {
            if (isAway) throw new ProviderAway("away");
            return await askDirectory(name, password);
          },
        },
      });
      await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
      const anna = world.visit();
      const signIn = (visitor: typeof anna, nome: string, parola: string) =>
        visitor.post("/accesso", { nome, parola });

      expect((await signIn(anna, "Anna", "segreta")).status).toBe(303);
      expect((await anna.get("/flussi/20261123-0002")).status).toBe(200);
      expect((await signIn(world.visit(), "ugo", "segreta")).status).toBe(401);
      expect((await signIn(world.visit(), "anna", "sbagliata")).status).toBe(401);
      isAway = true;
      const away = await signIn(world.visit(), "anna", "segreta");
      expect([away.status, (await away.text()).includes("non risponde")]).toEqual([503, true]);
      await world.signIn("capo");
      await world.close();
    });
  },
);
