/** Every route of the dashboard and its API, with every role, with another ente's people, with a key, and with nobody. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { findRule, routeRules, type RouteRule } from "../../../../server/web/gate/permissions.ts";
import { listPermissions, roles, type Role } from "../../../../server/people/roles.ts";
import { noDrafts } from "../../../support/drafts.ts";
import { origin } from "../../../support/dashboard.ts";
import { makePeopleWorld, type PeopleWorld, type Visitor } from "../../../support/people-world.ts";

let world: PeopleWorld;
const visitors = new Map<string, Visitor>();
/** The flusso of the samples that the people of these tests have to do with. */
const run = "20261123-0002";

beforeAll(async () => {
  const vouchForNobody = { label: "Altrove", finish: async () => null };
  world = await makePeopleWorld({
    desk: {
      oidc: {
        ...vouchForNobody,
        begin: async () => ({ url: "/accesso", begun: { state: "", nonce: "", verifier: "" } }),
      },
      saml: { ...vouchForNobody, begin: async () => "/accesso", describe: async () => "" },
    },
    deps: { ...noDrafts, askPrice: async () => ({ status: "denied" }) },
  });
  for (const role of roles) {
    await world.addUser(role, [{ ente: "roccaserena", role }]);
    await world.addUser(`${role}-altrove`, [{ ente: "montefosco", role }]);
    await world.addUser(`${role}-ovunque`, [{ ente: "*", role }]);
  }
  for (const { name } of world.people.users.list()) visitors.set(name, await world.signIn(name));
});
afterAll(() => world.close());

const ways = ["GET", "POST", "PUT", "DELETE", "PATCH"];
const routes = (): readonly { method: string; path: string }[] =>
  world.dashboard.app.routes.filter(({ method }) => ways.includes(method));

function fillPath(path: string): string {
  return path
    .replace(":id", run)
    .replace("/api/runs/:name", `/api/runs/${run}`)
    .replace("/persone/:name", "/persone/operatore")
    .replace("/fascicoli/:ente/:name", "/fascicoli/roccaserena/ABCD-EFGH-JKLM-202611-A-1.pdf")
    .replace("/assets/:name", "/assets/favicon.svg")
    .replace(":ente", "roccaserena")
    .replace(":key", encodeURIComponent("2026/V/0001"))
    .replace(":sha256", "0".repeat(64))
    .replace(":secret", "non-vale")
    .replace(":paTaxId", "00000000000")
    .replace(":noticeCode", "3".repeat(18))
    .replaceAll(/:\w+/g, "prova");
}

/** Without its token a form is refused after the gate has let it in: nothing happens, and the gate has answered. */
async function ask(
  visitor: Visitor,
  { method, path }: Pick<RouteRule, "method" | "path">,
): Promise<Response> {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return await world.dashboard.app.request(
    origin + fillPath(path),
    { method, headers: { host: "127.0.0.1:8099", cookie, origin, "x-postino-command": "1" } },
    { address: "192.0.2.9" },
  );
}

const isRefusal = async (answer: Response): Promise<boolean> =>
  answer.status === 401 ||
  (answer.status === 403 &&
    /<h1>Non consentito|"code":"FORBIDDEN"/.test(await answer.clone().text())) ||
  (answer.status === 303 && (answer.headers.get("location") ?? "").startsWith("/accesso"));

describe("the table of routes", () => {
  test("has every route of the program, and none that is gone", () => {
    const known = routeRules.map(({ method, path }) => `${method} ${path}`);
    const there = routes().map(({ method, path }) => `${method} ${path}`);

    expect(there.length).toBeGreaterThan(40);
    expect([...new Set(there)].filter((route) => !known.includes(route))).toEqual([]);
    expect(known.filter((route) => !there.includes(route))).toEqual([]);
  });

  test("lets nobody in who has not said who they are, save to the ways in", async () => {
    const open: string[] = [];
    for (const { method, path } of routes()) {
      const rule = findRule(method, path);
      if (rule === null) continue;
      const answer = await ask(world.visit(), rule);
      if (!(await isRefusal(answer))) open.push(`${method} ${path}`);
    }

    expect([...new Set(open)].toSorted()).toEqual(
      [
        "GET /accesso/invito/:secret",
        "GET /accesso",
        "GET /accesso/saml/metadati",
        "GET /assets/:name",
        "GET /healthz",
        "POST /accesso/passkey/fine",
        "POST /accesso/passkey/inizio",
        "POST /accesso/codice",
        "POST /accesso/invito/:secret",
        "POST /accesso",
        "POST /aspetto",
      ].toSorted(),
    );
  });

  test.each(roles)("%s gets what the role allows, and nothing else", async (role) => {
    const wrong: string[] = [];
    for (const rule of routeRules) {
      if (rule.needs === "public" || rule.path.startsWith("/uscita")) continue;
      for (const place of ["", "-altrove", "-ovunque"]) {
        const visitor = visitors.get(`${role}${place}`);
        if (visitor === undefined) throw new Error(`no ${role}${place}`);
        const answer = await ask(visitor, rule);
        const isRefused = await isRefusal(answer);
        if (isRefused !== !mayPass(role, place, rule))
          wrong.push(`${role}${place} ${rule.method} ${rule.path} ${answer.status}`);
        // Another ente's flusso is not there, whatever the role.
        if (place === "-altrove" && rule.of === "run" && !isRefused && answer.status !== 404)
          wrong.push(
            `${role}${place} ${rule.method} ${rule.path} sees another ente: ${answer.status}`,
          );
      }
    }

    expect(wrong).toEqual([]);
    // The API acts at once: on the flusso of the ente, and on no other.
    const { cancelled, resumed, answers } = world.dashboard;
    const touched = [...cancelled, ...[...resumed, ...answers].map(({ runId }) => runId)];
    expect(touched.filter((id) => id !== run)).toEqual([]);
  });
});

/** Written out a second time, so that the gate is not its own judge. */
function mayPass(role: Role, place: string, rule: RouteRule): boolean {
  if (rule.needs === "own" || rule.needs === "public") return true;
  const has = listPermissions(role).includes(rule.needs);
  return rule.of === "all" ? has && place === "-ovunque" : has;
}

describe("what each role may", () => {
  test.each([
    ["sola-lettura", "see"],
    ["operatore", "see personal documents start mapping answer resume decide correct cancel"],
    ["firmatario", "see personal documents answer"],
    ["tecnico", "see personal documents start mapping resume cancel files upkeep"],
    [
      "amministratore",
      "see personal documents start mapping answer resume decide correct cancel files upkeep people audit",
    ],
  ] as const)("%s: %s", (role, expected) => {
    expect(listPermissions(role).join(" ")).toBe(expected);
  });
});

describe("lists", () => {
  test.each(["/", "/api/runs", "/programmazioni", "/nuovo"])(
    "%s shows nothing of an ente of others",
    async (path) => {
      const text = await (
        await ask(visitors.get("operatore-altrove")!, { method: "GET", path })
      ).text();

      expect(text).toContain(path === "/nuovo" ? "Montefosco" : "20261123-0001");
      for (const foreign of [run, "20261123-0003", "valdoria", "Roccaserena", "Valdoria"])
        expect(text).not.toContain(foreign);
    },
  );

  test("whoever has two enti sees both, newest first, a page at a time", async () => {
    await world.addUser("due", [
      { ente: "roccaserena", role: "operatore" },
      { ente: "montefosco", role: "sola-lettura" },
    ]);
    const visitor = await world.signIn("due");

    const { runs } = (await (await visitor.get("/api/runs?limit=3")).json()) as {
      runs: { id: string; ente: string }[];
    };
    expect(runs.map(({ id }) => id)).toEqual(
      runs
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    expect(new Set(runs.map(({ ente }) => ente))).toEqual(new Set(["roccaserena", "montefosco"]));
  });
});
