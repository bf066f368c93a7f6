/** The routes with which somebody manages the people: added, roles, invitation, ways in closed. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import {
  type AccountResult,
  addAccount,
  changeRoles,
  endSessions,
  inviteUser,
  removeSecondFactors,
  setAccountState,
} from "../../../people/accounts.ts";
import type { PeopleDesk } from "../../../people/desk.ts";
import { everyEnte, type RoleGrant, isRole, type Principal } from "../../../people/roles.ts";
import type { User } from "../../../people/users.ts";
import type { AppDeps } from "../../deps.ts";
import { requirePrincipal } from "../../gate/who.ts";
import type { Notice } from "../../pages/notice.tsx";
import { type EnteChoice, PeoplePage, PersonPage } from "../../pages/people/people.tsx";
import { renderMissing, renderPage } from "../../render.tsx";
import { ensureCsrfToken } from "../../security.ts";
import { type PeopleForm, readPeopleForm } from "./form.ts";

export function createPeopleListRoutes(deps: AppDeps, desk: PeopleDesk): Hono {
  const app = new Hono();
  const { people } = desk;
  app.get("/persone", (c) => renderPeople(c, deps, desk, { notice: null, typed: noName }));
  app.post("/persone", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const typed = { name: form.read("nome"), fullName: form.read("completo") };
    const grant = await readGrant(deps, form);
    const actor = requirePrincipal();
    const added = addAccount(people, actor, {
      ...typed,
      grants: grant === null ? [] : [grant],
      seesPersonal: form.read("personali") !== "",
    });
    if (added.status === "refused")
      return await renderPeople(c, deps, desk, {
        notice: { tone: "bad", text: added.reason },
        typed,
      });
    return await answerInvitation(c, deps, desk, { user: added.value, actor });
  });
  app.get("/persone/:name", async (c) => {
    const user = people.users.find(c.req.param("name"));
    if (user === null) return await renderMissing(c, deps, "Questa persona non c'è.");
    const said = notices[c.req.query("fatto") ?? ""];
    return await renderPerson(c, deps, desk, {
      user,
      notice: said === undefined ? null : { tone: "good", text: said },
    });
  });
  addAct(app, deps, desk, "ruoli", async ({ user, actor, form }) => {
    const added = form.read("aggiungi") === "" ? null : await readGrant(deps, form);
    const kept = form.readAll("tenuto");
    const grants = user.grants.filter(({ ente, role }) => kept.includes(`${role}@${ente}`));
    return changeRoles(people, actor, user, {
      grants: added === null ? grants : [...grants, added],
      seesPersonal: form.read("personali") !== "",
    });
  });
  addAct(app, deps, desk, "stato", ({ user, actor, form }) =>
    setAccountState(people, actor, user, form.read("stato") === "disattivata"),
  );
  addAct(app, deps, desk, "uscita", ({ user, actor }) => {
    endSessions(people, actor, user);
    return { status: "done", value: null };
  });
  addAct(app, deps, desk, "secondo-fattore", ({ user, actor }) =>
    removeSecondFactors(people, actor, user),
  );
  app.post("/persone/:name/invito", async (c) => {
    const act = await readAct(c, deps, desk);
    return act instanceof Response ? act : await answerInvitation(c, deps, desk, act);
  });
  return app;
}

const noName = { name: "", fullName: "" };

const notices: Readonly<Record<string, string>> = {
  ruoli: "I ruoli sono cambiati.",
  stato: "Lo stato è cambiato.",
  uscita: "Gli accessi sono chiusi.",
  "secondo-fattore": "Il secondo fattore è tolto.",
};

interface Given {
  readonly user: User;
  readonly actor: Principal;
  readonly form: PeopleForm;
}

async function readAct(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
): Promise<Given | Response> {
  const form = await readPeopleForm(c, deps);
  if (form instanceof Response) return form;
  const user = people.users.find(c.req.param("name") ?? "");
  if (user === null) return await renderMissing(c, deps, "Questa persona non c'è.");
  return { user, form, actor: requirePrincipal() };
}

function addAct(
  app: Hono,
  deps: AppDeps,
  desk: PeopleDesk,
  name: string,
  handle: (given: Given) => AccountResult | Promise<AccountResult>,
): void {
  app.post(`/persone/:name/${name}`, async (c) => {
    const given = await readAct(c, deps, desk);
    if (given instanceof Response) return given;
    const result = await handle(given);
    const { user } = given;
    if (result.status === "done")
      return c.redirect(`/persone/${encodeURIComponent(user.name)}?fatto=${name}`, 303);
    return await renderPerson(c, deps, desk, {
      user,
      notice: { tone: "bad", text: result.reason },
    });
  });
}

/** The role and the ente that were chosen; `null`: there is no such ente or role. */
async function readGrant(deps: AppDeps, form: PeopleForm): Promise<RoleGrant | null> {
  const [role, ente] = [form.read("ruolo"), form.read("ente")];
  const enti = await listChoices(deps);
  const isKnown = ente === everyEnte || enti.some(({ codice }) => codice === ente);
  return isRole(role) && isKnown ? { ente, role } : null;
}

async function listChoices(deps: AppDeps): Promise<EnteChoice> {
  return (await deps.loadCatalog?.())?.enti ?? [];
}

async function answerInvitation(
  c: Context,
  deps: AppDeps,
  desk: PeopleDesk,
  { user, actor }: Pick<Given, "user" | "actor">,
): Promise<Response> {
  const invited = inviteUser(desk.people, actor, user);
  if (invited.status === "refused")
    return await renderPerson(c, deps, desk, {
      user,
      notice: { tone: "bad", text: invited.reason },
    });
  const [base = new URL(c.req.url).origin] = deps.access.origins;
  const link = `${base}/accesso/invito/${invited.value}`;
  return await renderPerson(c, deps, desk, { user, notice: null, link });
}

async function renderPeople(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
  view: { readonly notice: Notice | null; readonly typed: typeof noName },
): Promise<Response> {
  return await renderPage(c, deps, {
    title: "Persone",
    section: null,
    content: (
      <PeoplePage
        {...view}
        users={people.users.list()}
        enti={await listChoices(deps)}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: view.notice?.tone === "bad" ? 409 : 200,
  });
}

async function renderPerson(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
  view: { readonly user: User; readonly notice: Notice | null; readonly link?: string },
): Promise<Response> {
  const { user, notice, link = null } = view;
  return await renderPage(c, deps, {
    title: user.fullName,
    section: null,
    content: (
      <PersonPage
        user={user}
        enti={await listChoices(deps)}
        sessions={people.sessions.list(user.id).length}
        csrf={ensureCsrfToken(c, deps.access)}
        notice={notice}
        link={link}
      />
    ),
    status: notice?.tone === "bad" ? 409 : 200,
  });
}
