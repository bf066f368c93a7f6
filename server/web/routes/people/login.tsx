/** The routes of the ways in and out. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { changePassword, endSessions } from "../../../people/accounts.ts";
import type { PeopleDesk } from "../../../people/desk.ts";
import {
  type Caller,
  enterWithCode,
  enterWithPassword,
  type LoginResult,
  beginSession,
} from "../../../people/login.ts";
import { readAddress } from "../../access.ts";
import type { AppDeps } from "../../deps.ts";
import { dropSessionCookie, writeSessionCookie } from "../../gate/session-cookie.ts";
import { readPrincipal } from "../../gate/who.ts";
import { MessagePage } from "../../pages/message.tsx";
import type { Notice } from "../../pages/notice.tsx";
import {
  LoginCodePage,
  InvitePage,
  LoginPage,
  OtherWays,
  PasskeyWay,
} from "../../pages/people/login.tsx";
import { renderPage } from "../../render.tsx";
import { ensureCsrfToken } from "../../security.ts";
import { readFlowCookie, writeFlowCookie } from "./flow-cookie.ts";
import { readPeopleForm } from "./form.ts";

/** Within the dashboard, and no address of another site in disguise. */
export function readAfter(text: string): string {
  return /^\/(?![/\\])[^\s\\]{0,500}$/.test(text) && !text.startsWith("/accesso") ? text : "/";
}

export function readCaller(c: Context, deps: AppDeps, isShared: boolean): Caller {
  return {
    address: readAddress(c, deps.access),
    agent: c.req.header("user-agent") ?? "",
    isShared,
  };
}

export function createLoginRoutes(deps: AppDeps, desk: PeopleDesk): Hono {
  const app = new Hono();
  const { people } = desk;
  app.get("/accesso", async (c) => {
    if (!people.users.hasAny()) return c.redirect("/", 303);
    const after = readAfter(c.req.query("poi") ?? "");
    const notice = notices[c.req.query("fatto") ?? ""] ?? null;
    return await renderLogin(c, deps, desk, { notice, name: "", after });
  });
  app.post("/accesso", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const name = form.read("nome");
    const after = readAfter(form.read("poi"));
    const caller = readCaller(c, deps, form.read("condiviso") !== "");
    const result = await enterWithPassword(
      people,
      { name, password: form.read("parola") },
      caller,
      desk.askDirectory,
    );
    if (result.status === "in" || result.status === "second-factor")
      return concludeLogin(c, deps, result, after);
    const view = { notice: explainRefusal(result), name, after };
    return await renderLogin(c, deps, desk, view, result);
  });
  addSecondStep(app, deps, desk);
  addWaysOut(app, deps, desk);
  addInvitation(app, deps, desk);
  return app;
}

function addSecondStep(app: Hono, deps: AppDeps, { people }: PeopleDesk): void {
  app.get("/accesso/codice", async (c) => {
    const begun = people.flows.peek("secondo", readFlowCookie(c, deps.access));
    if (begun === null) return c.redirect("/accesso", 303);
    return await renderCode(c, deps, null, readAfter(c.req.query("poi") ?? ""));
  });
  app.post("/accesso/codice", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const after = readAfter(form.read("poi"));
    const flow = readFlowCookie(c, deps.access);
    if (people.flows.peek("secondo", flow) === null) return c.redirect("/accesso", 303);
    const result = enterWithCode(people, flow, form.read("codice"), readCaller(c, deps, true));
    if (result.status === "in") return concludeLogin(c, deps, result, after);
    const text = "Il codice non è giusto, è già stato usato, o è scaduto.";
    const notice =
      result.status === "wait" ? explainRefusal(result) : { tone: "bad" as const, text };
    return await renderCode(c, deps, notice, after, result);
  });
}

function addWaysOut(app: Hono, deps: AppDeps, { people }: PeopleDesk): void {
  app.post("/uscita", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const principal = readPrincipal();
    if (principal !== null && principal.session !== null) {
      people.sessions.end(principal.session);
      people.audit.append({ actor: principal.name, action: "uscita", address: principal.address });
    }
    return leave(c, deps);
  });
  app.post("/uscita/ovunque", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const principal = readPrincipal();
    const user = principal?.userId == null ? null : people.users.read(principal.userId);
    if (principal !== null && user !== null) endSessions(people, principal, user);
    return leave(c, deps);
  });
}

const away: Notice = {
  tone: "bad",
  text: "Chi accredita le persone non risponde.",
  hint: "Riprovare fra poco; se dura, avvisare il tecnico.",
};

const notices: Readonly<Record<string, Notice>> = {
  uscita: { tone: "good", text: "L'accesso è finito." },
  ruolo: {
    tone: "bad",
    text: "L'accesso è riuscito, ma nessuno dei gruppi ha un ruolo in Postino.",
    hint: "Chiedere a chi gestisce le persone di Postino.",
  },
  assente: away,
  rifiutato: { tone: "bad", text: "L'accesso non è riuscito.", hint: "Riprovare dall'inizio." },
};

/** A fresh browser: what it kept of the pages goes too. */
function leave(c: Context, deps: AppDeps): Response {
  dropSessionCookie(c, deps.access);
  c.header("clear-site-data", '"cache", "storage"');
  return c.redirect("/accesso?fatto=uscita", 303);
}

/** The browser is in, or goes on to the second factor. */
export function concludeLogin(
  c: Context,
  deps: AppDeps,
  result: Extract<LoginResult, { status: "in" | "second-factor" }>,
  after: string,
): Response {
  if (result.status === "in") {
    // Whoever comes in once more in the same browser leaves the session that was there.
    const before = readPrincipal()?.session ?? null;
    if (before !== null) deps.people?.people.sessions.end(before);
    writeSessionCookie(c, deps.access, result);
    return c.redirect(after, 303);
  }
  writeFlowCookie(c, deps.access, result.flow);
  return c.redirect(`/accesso/codice?poi=${encodeURIComponent(after)}`, 303);
}

function explainRefusal(result: LoginResult): Notice {
  if (result.status === "wait")
    return {
      tone: "bad",
      text: "Troppi tentativi da qui.",
      hint: `Riprovare fra ${Math.max(1, Math.ceil(result.ms / 60_000))} minuti.`,
    };
  if (result.status === "busy")
    return { tone: "bad", text: "Troppi accessi insieme.", hint: "Riprovare fra qualche secondo." };
  if (result.status === "away") return away;
  if (result.status === "no-role") return notices["ruolo"] ?? wrong;
  return wrong;
}

const wrong: Notice = { tone: "bad", text: "Nome o parola d'accesso non sono giusti." };

interface LoginView {
  readonly notice: Notice | null;
  readonly name: string;
  readonly after: string;
}

async function renderLogin(
  c: Context,
  deps: AppDeps,
  desk: PeopleDesk,
  view: LoginView,
  result?: LoginResult,
): Promise<Response> {
  return await renderPage(c, deps, {
    title: "Accesso",
    section: null,
    content: (
      <LoginPage {...view} csrf={ensureCsrfToken(c, deps.access)}>
        <OtherWays desk={desk} after={view.after} />
        <PasskeyWay csrf={ensureCsrfToken(c, deps.access)} after={view.after} />
      </LoginPage>
    ),
    status: readStatus(c, result),
  });
}

async function renderCode(
  c: Context,
  deps: AppDeps,
  notice: Notice | null,
  after: string,
  result?: LoginResult,
): Promise<Response> {
  return await renderPage(c, deps, {
    title: "Secondo fattore",
    section: null,
    content: (
      <LoginCodePage csrf={ensureCsrfToken(c, deps.access)} notice={notice} after={after}>
        <PasskeyWay csrf={ensureCsrfToken(c, deps.access)} after={after} />
      </LoginCodePage>
    ),
    status: readStatus(c, result),
  });
}

function readStatus(c: Context, result: LoginResult | undefined): 200 | 401 | 429 | 503 {
  if (result === undefined) return 200;
  if (result.status === "wait") c.header("retry-after", String(Math.ceil(result.ms / 1000)));
  if (result.status === "away") return 503;
  return result.status === "wait" || result.status === "busy" ? 429 : 401;
}

function addInvitation(app: Hono, deps: AppDeps, { people, listOwnWords }: PeopleDesk): void {
  const findInvited = (secret: string) => {
    const flow = people.flows.peek("invito", secret);
    const user = flow === null || flow.userId === null ? null : people.users.read(flow.userId);
    return user === null || user.disabledAt !== null ? null : user;
  };
  const render = (c: Context, name: string, notice: Notice | null) =>
    renderPage(c, deps, {
      title: "Parola d'accesso",
      section: null,
      content: (
        <InvitePage
          csrf={ensureCsrfToken(c, deps.access)}
          notice={notice}
          name={name}
          secret={c.req.param("secret") ?? ""}
        />
      ),
      status: notice === null ? 200 : 409,
    });
  const renderGone = (c: Context) =>
    renderPage(c, deps, {
      title: "Collegamento scaduto",
      section: null,
      content: (
        <MessagePage
          title="Il collegamento non vale più"
          text="È già stato usato, è scaduto, o ne è stato fatto un altro."
          hint="Chiederne uno nuovo a chi gestisce le persone di Postino."
        />
      ),
      status: 410,
    });
  app.get("/accesso/invito/:secret", async (c) => {
    const user = findInvited(c.req.param("secret"));
    return user === null ? await renderGone(c) : await render(c, user.name, null);
  });
  app.post("/accesso/invito/:secret", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const user = findInvited(c.req.param("secret"));
    if (user === null) return await renderGone(c);
    const password = form.read("nuova");
    if (password !== form.read("ripetuta"))
      return await render(c, user.name, { tone: "bad", text: "Le due parole non sono uguali." });
    const caller = readCaller(c, deps, true);
    const actor = { name: user.name, address: caller.address };
    const ownWords = await listOwnWords();
    const changed = await changePassword(people, actor, user, { password, ownWords });
    if (changed.status === "refused")
      return await render(c, user.name, { tone: "bad", text: changed.reason });
    if (user.hasTotp || user.passkeys > 0) return c.redirect("/accesso", 303);
    const result = beginSession(people, user, { method: "parola", hasSecondFactor: false, caller });
    return result.status === "in"
      ? concludeLogin(c, deps, result, "/")
      : c.redirect("/accesso", 303);
  });
}
