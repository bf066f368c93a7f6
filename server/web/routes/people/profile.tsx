/** The routes of one's own page: password, authenticator app, recovery codes. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { changePassword } from "../../../people/accounts.ts";
import type { AuditAction } from "../../../people/audit.ts";
import type { PeopleDesk } from "../../../people/desk.ts";
import { isCodeOf, beginSession } from "../../../people/login.ts";
import { hashSecret } from "../../../people/store.ts";
import {
  buildTotpAddress,
  drawRecoveryCodes,
  drawTotpSecret,
  matchTotp,
  normalizeRecoveryCode,
  toBase32,
} from "../../../people/totp.ts";
import type { Principal } from "../../../people/roles.ts";
import type { User } from "../../../people/users.ts";
import type { AppDeps } from "../../deps.ts";
import { writeSessionCookie } from "../../gate/session-cookie.ts";
import { readPrincipal } from "../../gate/who.ts";
import type { Notice } from "../../pages/notice.tsx";
import { QrPicture } from "../../pages/people/qr-picture.tsx";
import { ProfilePage, RecoveryCodesPage, TotpPage } from "../../pages/people/profile.tsx";
import { renderMissing, renderPage } from "../../render.tsx";
import { ensureCsrfToken } from "../../security.ts";
import { type PeopleForm, readPeopleForm } from "./form.ts";
import { readCaller } from "./login.tsx";

/** Who is in, and their form, once its token was checked. */
export interface Own {
  readonly principal: Principal;
  readonly user: User;
  readonly form: PeopleForm;
}

const enrolMs = 15 * 60_000;

export function createProfileRoutes(deps: AppDeps, desk: PeopleDesk): Hono {
  const app = new Hono();
  app.get("/profilo", async (c) => {
    const said = notices[c.req.query("fatto") ?? ""];
    return await renderProfile(
      c,
      deps,
      desk,
      said === undefined ? null : { tone: "good", text: said },
    );
  });
  app.post("/profilo/parola", async (c) => {
    const own = await readOwn(c, deps, desk);
    return own instanceof Response ? own : await answerPassword(c, deps, desk, own);
  });
  app.post("/profilo/app", async (c) => {
    const own = await readOwn(c, deps, desk);
    if (own instanceof Response) return own;
    const { user } = own;
    if (user.hasTotp) return c.redirect("/profilo", 303);
    // Whoever finds an open session shall not make it their own.
    const fault = user.source === "local" ? await findPasswordFault(desk, own) : null;
    if (fault !== null) return await renderProfile(c, deps, desk, { tone: "bad", text: fault });
    const secret = drawTotpSecret();
    desk.people.flows.drop("totp", user.id);
    const data = { secret: secret.toString("base64") };
    desk.people.flows.begin(
      "totp",
      { userId: user.id, data },
      { forMs: enrolMs, secret: nameEnrolment(own) },
    );
    return await renderTotp(c, deps, { user, secret, notice: null });
  });
  app.post("/profilo/app/conferma", async (c) => {
    const own = await readOwn(c, deps, desk);
    return own instanceof Response ? own : await confirmTotp(c, deps, desk, own);
  });
  addConfirmed(
    app,
    deps,
    desk,
    "/profilo/app/togli",
    "secondo-fattore-tolto",
    async (c, { user }) => {
      desk.people.users.setTotp(user.id, null);
      return c.redirect("/profilo?fatto=tolta", 303);
    },
  );
  addConfirmed(app, deps, desk, "/profilo/codici", "codici-recupero", (c, { user }) =>
    renderCodes(c, deps, desk, user),
  );
  return app;
}

const notices: Readonly<Record<string, string>> = {
  parola: "La parola d'accesso è cambiata: gli altri accessi sono finiti.",
  tolta: "L'app dei codici non è più attiva.",
  passkey: "La passkey è aggiunta.",
  "passkey-tolta": "La passkey non vale più.",
};

/** Known by whoever holds the session, and by nobody else. */
function nameEnrolment({ principal }: Own): string {
  return `totp:${principal.session ?? ""}`;
}

/** Whoever is in with their form; or the page that says why not. */
export async function readOwn(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
): Promise<Own | Response> {
  const form = await readPeopleForm(c, deps);
  if (form instanceof Response) return form;
  const principal = readPrincipal();
  const user =
    principal === null || principal.userId === null ? null : people.users.read(principal.userId);
  if (principal === null || user === null)
    return await renderMissing(c, deps, "Non ci sono ancora persone.");
  return { principal, user, form };
}

export async function renderProfile(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
  notice: Notice | null,
): Promise<Response> {
  const principal = readPrincipal();
  const user =
    principal === null || principal.userId === null ? null : people.users.read(principal.userId);
  if (principal === null || user === null)
    return await renderMissing(c, deps, "Non ci sono ancora persone.");
  return await renderPage(c, deps, {
    title: "Profilo",
    section: null,
    content: (
      <ProfilePage
        user={user}
        principal={principal}
        sessions={people.sessions.list(user.id)}
        recoveryCodes={people.users.countRecoveryCodes(user.id)}
        passkeys={people.passkeys.list(user.id)}
        csrf={ensureCsrfToken(c, deps.access)}
        notice={notice}
      />
    ),
    status: notice?.tone === "bad" ? 409 : 200,
  });
}

async function answerPassword(
  c: Context,
  deps: AppDeps,
  desk: PeopleDesk,
  { principal, user, form }: Own,
): Promise<Response> {
  const { people } = desk;
  const refuse = (text: string) => renderProfile(c, deps, desk, { tone: "bad", text });
  if (user.source !== "local")
    return await refuse("La parola d'accesso sta nel sistema che accredita.");
  if (form.read("nuova") !== form.read("ripetuta"))
    return await refuse("Le due parole non sono uguali.");
  const fault = await findPasswordFault(desk, { principal, user, form });
  if (fault !== null) return await refuse(fault);
  const result = await changePassword(people, principal, user, {
    password: form.read("nuova"),
    keptSession: principal.session,
    ownWords: await desk.listOwnWords(),
  });
  if (result.status === "refused") return await refuse(result.reason);
  return c.redirect("/profilo?fatto=parola", 303);
}

/** Why the password that was typed once more is not taken; `null`: it is theirs. Guessing is slowed down here too. */
async function findPasswordFault(desk: PeopleDesk, own: Own): Promise<string | null> {
  return await findRepeatedFault(desk, own, own.form.read("attuale"));
}

/** The same for a password that came in another way than a form. */
export async function findRepeatedFault(
  { people }: PeopleDesk,
  { principal, user }: Pick<Own, "principal" | "user">,
  password: string,
): Promise<string | null> {
  const account = `parola:${user.name}`;
  if (people.throttle.enter(account, principal.address) !== null)
    return "Troppi tentativi: riprovare più tardi.";
  const known = people.users.readPassword(user.id);
  if (!(await people.passwords.verify(password, known)))
    return "La parola d'accesso di adesso non è quella.";
  people.throttle.forgive(account, principal.address, user.id);
  return null;
}

async function confirmTotp(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
  own: Own,
): Promise<Response> {
  const { principal, user, form } = own;
  const name = nameEnrolment(own);
  const begun = people.flows.peek("totp", name)?.data["secret"];
  if (typeof begun !== "string") return c.redirect("/profilo", 303);
  const secret = Buffer.from(begun, "base64");
  const step = matchTotp(secret, form.read("codice"), { now: people.clock.now(), usedStep: 0 });
  if (step === null) {
    const text = "Il codice non è quello che l'app mostra adesso: controllare l'ora del telefono.";
    return await renderTotp(c, deps, { user, secret, notice: { tone: "bad", text } });
  }
  people.flows.take("totp", name);
  people.users.setTotp(user.id, secret);
  people.users.useTotpStep(user.id, step);
  people.audit.append({
    actor: user.name,
    action: "secondo-fattore",
    detail: { con: "app" },
    address: principal.address,
  });
  renewSession(c, deps, people, own);
  return await renderCodes(c, deps, { people }, user);
}

/** A session with another standing has another name: the old one is over, and so are those that came in with one factor. */
export function renewSession(
  c: Context,
  deps: AppDeps,
  people: PeopleDesk["people"],
  { principal, user }: Omit<Own, "form">,
): void {
  const isShared =
    people.sessions.list(user.id).find(({ hash }) => hash === principal.session)?.isShared ?? true;
  people.sessions.endAll(user.id);
  const caller = readCaller(c, deps, isShared);
  const result = beginSession(people, user, { method: "parola", hasSecondFactor: true, caller });
  if (result.status === "in") writeSessionCookie(c, deps.access, result);
}

async function renderCodes(
  c: Context,
  deps: AppDeps,
  { people }: Pick<PeopleDesk, "people">,
  user: User,
): Promise<Response> {
  const codes = drawRecoveryCodes();
  people.users.setRecoveryCodes(
    user.id,
    codes.map((code) => hashSecret(normalizeRecoveryCode(code))),
  );
  return await renderPage(c, deps, {
    title: "Codici di recupero",
    section: null,
    content: <RecoveryCodesPage codes={codes} />,
  });
}

async function renderTotp(
  c: Context,
  deps: AppDeps,
  {
    user,
    secret,
    notice,
  }: { readonly user: User; readonly secret: Uint8Array; readonly notice: Notice | null },
): Promise<Response> {
  return await renderPage(c, deps, {
    title: "App dei codici",
    section: null,
    content: (
      <TotpPage
        secret={toBase32(secret)}
        picture={<QrPicture text={buildTotpAddress(secret, user.name)} />}
        csrf={ensureCsrfToken(c, deps.access)}
        notice={notice}
      />
    ),
    status: notice === null ? 200 : 409,
  });
}

/** A form that wants a code of the app once more. */
function addConfirmed(
  app: Hono,
  deps: AppDeps,
  desk: PeopleDesk,
  path: string,
  action: AuditAction,
  handle: (c: Context, own: Own) => Promise<Response>,
): void {
  const { people } = desk;
  app.post(path, async (c) => {
    const own = await readOwn(c, deps, desk);
    if (own instanceof Response) return own;
    const { principal, user, form } = own;
    const account = `codice:${user.name}`;
    const wait = people.throttle.enter(account, principal.address);
    if (wait !== null || !isCodeOf(people, user, form.read("codice"))) {
      const text =
        wait === null
          ? "Il codice non è giusto o è già stato usato."
          : "Troppi tentativi: riprovare più tardi.";
      return await renderProfile(c, deps, desk, { tone: "bad", text });
    }
    people.throttle.forgive(account, principal.address, user.id);
    people.audit.append({
      actor: user.name,
      action,
      subject: user.name,
      address: principal.address,
    });
    return await handle(c, own);
  });
}
