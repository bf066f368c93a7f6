/** The dashboard with people in it: a store in memory, cheap passwords, and browsers that keep their cookies. */
import { makeDashboard, origin, type Dashboard, type DashboardOptions } from "./dashboard.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { sampleNow } from "./sample-flussi.ts";
import { addAccount } from "../../server/people/accounts.ts";
import type { PeopleDesk } from "../../server/people/desk.ts";
import { openPeople, type People } from "../../server/people/people.ts";
import type { RoleGrant } from "../../server/people/roles.ts";

export const goodPassword = "quattro gatti sul tetto rosso";

/** A browser: keeps cookies, sends what a browser of this machine sends. */
export interface Visitor {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** A form of the page at `page` (default: the same path): its token is read there first. */
  /** A form of another site: without a token, and without the cookies that are not for it. */
  bring(path: string, form: Record<string, string>): Promise<Response>;
  post(
    path: string,
    form: Record<string, string | readonly string[]>,
    page?: string,
  ): Promise<Response>;
}

export interface PeopleWorld {
  readonly dashboard: Dashboard;
  readonly people: People;
  readonly clock: FakeClock;
  addUser(
    name: string,
    grants: readonly RoleGrant[],
    options?: { readonly seesPersonal?: boolean; readonly fullName?: string },
  ): Promise<void>;
  visit(address?: string): Visitor;
  /** A visitor who has come in. */
  signIn(
    name: string,
    options?: { readonly address?: string; readonly isShared?: boolean },
  ): Promise<Visitor>;
  close(): Promise<void>;
}

/** `desk`: what the settings say of ways in. */
export async function makePeopleWorld(
  options: Omit<DashboardOptions, "clock"> & {
    readonly desk?:
      | Partial<PeopleDesk>
      | ((people: People, clock: FakeClock) => Partial<PeopleDesk>);
  } = {},
): Promise<PeopleWorld> {
  const clock = createFakeClock(sampleNow);
  const people = openPeople(":memory:", { clock, cost: { memoryCost: 1_024, timeCost: 1 } });
  const { desk, deps, ...rest } = options;
  const dashboard = await makeDashboard({
    ...rest,
    clock,
    deps: {
      people: {
        people,
        secondFactorFor: [],
        listOwnWords: async () => ["roccaserena"],
        ...(typeof desk === "function" ? desk(people, clock) : desk),
      },
      ...deps,
    },
  });
  const world: PeopleWorld = {
    dashboard,
    people,
    clock,
    async addUser(name, grants, { seesPersonal = false, fullName = `${name} di Prova` } = {}) {
      const added = addAccount(
        people,
        { name: "prova", address: null },
        { name, fullName, grants, seesPersonal },
      );
      if (added.status === "refused") throw new Error(added.reason);
      people.users.setPassword(added.value.id, await people.passwords.hash(goodPassword));
    },
    visit: (address = "192.0.2.7") => makeVisitor(dashboard, address),
    async signIn(name, { address, isShared = true } = {}) {
      const visitor = world.visit(address);
      const form = { nome: name, parola: goodPassword, ...(isShared && { condiviso: "si" }) };
      const answer = await visitor.post("/accesso", form);
      if (answer.status !== 303) throw new Error(`${name} did not come in: ${answer.status}`);
      return visitor;
    },
    async close() {
      people.close();
      await dashboard.close();
    },
  };
  return world;
}

function makeVisitor({ app }: Dashboard, address: string): Visitor {
  const cookies = new Map<string, string>();
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("host", "127.0.0.1:8099");
    if (cookies.size > 0)
      headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const answer = await app.request(origin + path, { ...init, headers }, { address });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return {
    cookies,
    get: (path, headers = {}) => request(path, { headers }),
    async bring(path, form) {
      const kept = new Map(cookies);
      cookies.clear();
      const answer = await request(path, {
        method: "POST",
        headers: {
          origin: "https://idp.comune.example",
          "sec-fetch-site": "cross-site",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams(form).toString(),
      });
      for (const [name, value] of kept) if (!cookies.has(name)) cookies.set(name, value);
      return answer;
    },
    async post(path, form, page = path) {
      const shown = await (await request(page, {})).text();
      const csrf = /name="csrf" value="([0-9a-f]{32})"/.exec(shown)?.[1] ?? "";
      const body = new URLSearchParams({ csrf });
      for (const [name, value] of Object.entries(form))
        for (const one of [value].flat()) body.append(name, one);
      return await request(path, {
        method: "POST",
        headers: { origin, "content-type": "application/x-www-form-urlencoded" },
        body: body.toString(),
      });
    },
  };
}
