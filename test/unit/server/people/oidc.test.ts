/** Coming in by OpenID Connect, against a provider that really runs here. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createOidcProvider } from "../../../../server/people/providers/oidc.ts";
import { makePeopleWorld, type PeopleWorld, type Visitor } from "../../../support/people-world.ts";

const secret = "segreto-di-prova-lungo-abbastanza";
const groupsOf = new Map([
  ["anna", ["polizia-locale", "Postino-Operatori"]],
  ["carla", ["Postino-Operatori"]],
  ["ugo", ["polizia-locale"]],
]);
let server: Server;
let issuer: string;
let world: PeopleWorld;

beforeAll(async () => {
  const { default: Provider } = await import("oidc-provider");
  let answer: ReturnType<InstanceType<typeof Provider>["callback"]> | null = null;
  server = createServer((request, response) => void answer?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "postino",
        client_secret: secret,
        redirect_uris: ["http://127.0.0.1:8099/accesso/oidc/ritorno"],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
    scopes: ["openid", "profile", "groups"],
    features: { devInteractions: { enabled: true } },
    findAccount: async (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({
        sub: id,
        preferred_username: id,
        name: `${id} Bianchi`,
        groups: groupsOf.get(id) ?? [],
      }),
    }),
    cookies: { keys: ["prova"] },
  });
  answer = provider.callback();
  const settings = {
    groups: [{ group: "postino-operatori", role: "operatore" as const, enti: ["roccaserena"] }],
    oidc: {
      issuer,
      clientId: "postino",
      clientSecret: { secret: "OIDC" },
      label: "Accesso comunale",
    },
  };
  world = await makePeopleWorld({
    desk: {
      oidc: createOidcProvider({ settings, oidc: settings.oidc, readSecret: async () => secret }),
    },
  });
  await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
});
afterAll(async () => {
  await world.close();
  server.close();
});

/** The person at the provider's pages, until the browser is sent back to us; the address that it is sent to. */
async function signInAtProvider(start: string, login: string): Promise<string> {
  const jar = new Map<string, string>();
  const go = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(init.headers as Record<string, string>), cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  let url = start;
  for (let hop = 0; hop < 12; hop += 1) {
    if (url.startsWith("http://127.0.0.1:8099/")) return url;
    const answer = await go(url);
    const to = answer.headers.get("location");
    if (to !== null) {
      url = new URL(to, url).href;
      continue;
    }
    const page = await answer.text();
    const action = /action="([^"]+)"/.exec(page)![1]!;
    const prompt = /name="prompt" value="([^"]+)"/.exec(page)![1]!;
    const sent = await go(new URL(action, url).href, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ prompt, login, password: "x" }),
    });
    url = new URL(sent.headers.get("location")!, url).href;
  }
  throw new Error("the provider did not send the browser back");
}

async function begin(visitor: Visitor, poi = "/"): Promise<string> {
  const answer = await visitor.get(`/accesso/oidc?poi=${encodeURIComponent(poi)}`);
  return answer.headers.get("location")!;
}
const toPath = (url: string): string => new URL(url).pathname + new URL(url).search;

describe("OpenID Connect", () => {
  test("is offered by name, and asks with state, nonce and PKCE", async () => {
    const visitor = world.visit();
    expect(await (await visitor.get("/accesso")).text()).toContain("Accesso comunale");
    const asked = new URL(await begin(visitor)).searchParams;

    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("redirect_uri")).toBe("http://127.0.0.1:8099/accesso/oidc/ritorno");
    expect(asked.get("state")?.length).toBeGreaterThan(20);
    expect(asked.get("nonce")?.length).toBeGreaterThan(20);
  });

  test("brings somebody in with the role of their groups, to the page that was asked for", async () => {
    const visitor = world.visit();
    const back = await signInAtProvider(await begin(visitor, "/programmazioni"), "anna");
    const answer = await visitor.get(toPath(back));

    expect(answer.headers.get("location")).toBe("/programmazioni");
    expect((await visitor.get("/flussi/20261123-0002")).status).toBe(200);
    expect((await visitor.get("/flussi/20261123-0001")).status).toBe(404);
    expect(world.people.users.find("anna")).toMatchObject({
      source: "oidc",
      fullName: "anna Bianchi",
      grants: [{ ente: "roccaserena", role: "operatore" }],
      hasPassword: false,
    });
  });

  test("takes the roles away when the groups are gone", async () => {
    const visitor = world.visit();
    await visitor.get(toPath(await signInAtProvider(await begin(visitor), "anna")));
    groupsOf.set("anna", ["polizia-locale"]);
    const later = world.visit();
    const answer = await later.get(toPath(await signInAtProvider(await begin(later), "anna")));
    groupsOf.set("anna", ["postino-operatori"]);

    expect(answer.headers.get("location")).toBe("/accesso?fatto=ruolo");
    expect((await later.get("/")).status).toBe(303);
  });

  test("lets nobody in whose groups have no role, and says so", async () => {
    const visitor = world.visit();
    const answer = await visitor.get(toPath(await signInAtProvider(await begin(visitor), "ugo")));

    expect(answer.headers.get("location")).toBe("/accesso?fatto=ruolo");
    expect(await (await visitor.get("/accesso?fatto=ruolo")).text()).toContain(
      "nessuno dei gruppi ha un ruolo",
    );
    expect(world.people.users.find("ugo")).toBeNull();
  });

  test.each([
    ["another browser brings the code", (url: URL) => url, true],
    ["the state is another", (url: URL) => (url.searchParams.set("state", "altro"), url), false],
    ["the code is another", (url: URL) => (url.searchParams.set("code", "altro"), url), false],
    [
      "the provider says no",
      (url: URL) =>
        new URL(
          `${url.origin}${url.pathname}?error=access_denied&state=${url.searchParams.get("state")}`,
        ),
      false,
    ],
    [
      "another issuer is named",
      (url: URL) => (url.searchParams.set("iss", "https://evil.example"), url),
      false,
    ],
  ])("is refused where %s", async (_what, change, isOther) => {
    const visitor = world.visit();
    const back = change(new URL(await signInAtProvider(await begin(visitor), "anna")));
    const comer = isOther ? world.visit() : visitor;

    expect((await comer.get(back.pathname + back.search)).headers.get("location")).toBe(
      "/accesso?fatto=rifiutato",
    );
    expect((await comer.get("/")).status).toBe(303);
  });

  test("takes a code once", async () => {
    const visitor = world.visit();
    const back = toPath(await signInAtProvider(await begin(visitor), "anna"));
    const flow = visitor.cookies.get("postino_accesso")!;
    expect((await visitor.get(back)).headers.get("location")).toBe("/");
    const again = world.visit();
    again.cookies.set("postino_accesso", flow);

    expect((await again.get(back)).headers.get("location")).toBe("/accesso?fatto=rifiutato");
  });

  test("a password does not open an account that the provider vouches for", async () => {
    const visitor = world.visit();
    await visitor.get(toPath(await signInAtProvider(await begin(visitor), "carla")));
    const { id } = world.people.users.find("carla")!;
    world.people.users.setPassword(
      id,
      await world.people.passwords.hash("quattro gatti sul tetto"),
    );

    expect(
      (await world.visit().post("/accesso", { nome: "carla", parola: "quattro gatti sul tetto" }))
        .status,
    ).toBe(401);
  });

  test("a provider that does not answer is told, and asked again the next time", async () => {
    const settings = {
      oidc: { issuer: "http://127.0.0.1:9", clientId: "x", clientSecret: { secret: "X" } },
    };
    const other = await makePeopleWorld({
      desk: {
        oidc: createOidcProvider({ settings, oidc: settings.oidc, readSecret: async () => "x" }),
      },
    });
    await other.addUser("capo", [{ ente: "*", role: "amministratore" }]);

    for (let n = 0; n < 2; n += 1)
      expect((await other.visit().get("/accesso/oidc")).headers.get("location")).toBe(
        "/accesso?fatto=assente",
      );
    await other.close();
  });
});
