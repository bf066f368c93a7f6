/** The file of the ways in: what it may say, and how its faults are told. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapGroups, readAccessSettings } from "../../../../server/people/settings.ts";
import { formatProblem } from "../../../../server/words/problems.ts";
import { readRepositoryFile } from "../../../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "postino-access-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  const path = join(folder, "accessi.yaml");
  writeFileSync(path, text);
  return readAccessSettings(path, formatProblem);
}

const why = (text: string): Promise<string> =>
  read(text).then(
    () => "taken",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );

describe("accessi.yaml", () => {
  test("that is not there says nothing", async () => {
    expect(await readAccessSettings(join(folder, "none.yaml"), formatProblem)).toEqual({});
  });

  test("of the guide is taken as it stands", async () => {
    const guide = readRepositoryFile("docs/it/accessi.md");
    const [, yaml = ""] = /```yaml\n(sessions:[\s\S]*?)```/.exec(guide) ?? [];
    const settings = await read(yaml);

    expect(settings.sessions).toEqual({
      idle: 1_800_000,
      sharedIdle: 900_000,
      absolute: 43_200_000,
    });
    expect(settings.secondFactor).toEqual({ required: ["amministratore", "firmatario"] });
    expect(settings.ldap?.userAttribute).toBe("sAMAccountName");
    expect(settings.oidc?.clientSecret).toEqual({ secret: "OIDC_SECRET" });
  });

  test.each([
    ["secondFactor: { required: [capo] }", "accessi.yaml:1:28"],
    ["sessions: { idle: mezzora }", "accessi.yaml:1:19"],
    [
      "oidc: { issuer: https://a.example, clientId: x, clientSecret: segreto-in-chiaro }",
      "accessi.yaml",
    ],
    ["oidcc: {}", "oidc"],
    ["groups:\n  - { group: a }", "role"],
    ["ldap: { url: http://x, bindDn: a, bindPassword: { secret: X }, base: b }", "accessi.yaml"],
    ["- a", "chiavi"],
    [
      "ldap: { url: ldap://dc.comune.example, bindDn: a, bindPassword: { secret: X }, base: b }",
      "non è cifrato",
    ],
    [
      "oidc: { issuer: http://login.comune.example, clientId: x, clientSecret: { secret: X } }",
      "non è cifrato",
    ],
    ["saml: { entryPoint: http://idp.comune.example, certificate: a.pem }", "non è cifrato"],
    [
      "ldap: { url: ldap://localhost.evil.example, bindDn: a, bindPassword: { secret: X }, base: b }",
      "non è cifrato",
    ],
  ])("«%s» is told: %s", async (text, expected) => {
    expect(await why(text)).toContain(expected);
  });

  test.each([
    "ldap: { url: ldap://dc.comune.example, startTls: true, bindDn: a, bindPassword: { secret: X }, base: b }",
    "ldap: { url: ldap://localhost:389, bindDn: a, bindPassword: { secret: X }, base: b }",
    "{}",
  ])("«%s» is taken", async (text) => {
    expect(await why(text)).toBe("taken");
  });
});

test("groups become roles, told apart without capitals; of several each counts", () => {
  const groups = [
    { group: "Postino-Operatori", role: "operatore", enti: ["a", "b"] },
    { group: "tecnici", role: "tecnico", personal: true },
  ] as const;
  const map = (...own: string[]) =>
    mapGroups(
      { groups: groups.map((one) => ({ ...one, enti: [...("enti" in one ? one.enti : ["*"])] })) },
      own,
    );

  expect(map("postino-operatori", "altri")).toEqual({
    grants: [
      { ente: "a", role: "operatore" },
      { ente: "b", role: "operatore" },
    ],
    seesPersonal: false,
  });
  expect(map("TECNICI")).toEqual({ grants: [{ ente: "*", role: "tecnico" }], seesPersonal: true });
  expect(map("postino-operatori-2", "")).toEqual({ grants: [], seesPersonal: false });
});
