/** Coming in: password, second factor, somebody whom a provider vouches for; each try is counted and written down. */
import type { AuditedAct } from "./audit.ts";
import type { People } from "./people.ts";
import { TooBusy } from "./passwords.ts";
import { buildCan, type RoleGrant, listEnti, type Principal, type Role } from "./roles.ts";
import type { LoginMethod, LoginSession } from "./sessions.ts";
import { hashSecret } from "./store.ts";
import { matchTotp, normalizeRecoveryCode } from "./totp.ts";
import { expandGrants, type User, type UserSource } from "./users.ts";

/** The browser that asks. */
export interface Caller {
  readonly address: string;
  readonly agent: string;
  readonly isShared: boolean;
}

/** What became of a try. */
export type LoginResult =
  | {
      readonly status: "in";
      readonly secret: string;
      readonly user: User;
      readonly isShared: boolean;
    }
  /** The password is right; `flow` goes on with the second factor. */
  | { readonly status: "second-factor"; readonly flow: string }
  | { readonly status: "wrong" }
  | { readonly status: "wait"; readonly ms: number }
  | { readonly status: "busy" }
  /** The directory does not answer. */
  | { readonly status: "away" }
  /** A provider knows them, and none of their groups has a role here. */
  | { readonly status: "no-role" };

/** Somebody whom a provider vouches for. */
export interface Vouched {
  readonly source: Exclude<UserSource, "local">;
  /** Unique with that provider, and never given to another. */
  readonly subject: string;
  readonly name: string;
  readonly fullName: string;
  readonly grants: readonly RoleGrant[];
  readonly seesPersonal: boolean;
}

/** A provider does not answer, or refuses our own account. */
export class ProviderAway extends Error {}

/** Asks a directory for whoever has this name and password; `null`: nobody. Throws ProviderAway. */
export type AskDirectory = (name: string, password: string) => Promise<Vouched | null>;

const halfWayMs = 5 * 60_000;

/** A name and a password. Of whom a directory knows the directory is asked, of others our own file. */
export async function enterWithPassword(
  people: People,
  given: { readonly name: string; readonly password: string },
  caller: Caller,
  askDirectory?: AskDirectory,
): Promise<LoginResult> {
  const name = given.name.trim();
  const wait = people.throttle.enter(name, caller.address);
  if (wait !== null) return { status: "wait", ms: wait };
  const known = people.users.find(name);
  try {
    if (known?.source !== "local" && askDirectory !== undefined && given.password !== "") {
      const vouched = await askDirectory(name, given.password);
      if (vouched === null) return refuse(people, caller, known);
      people.throttle.forgive(name, caller.address, known?.id ?? null);
      return enterVouched(people, vouched, caller);
    }
    const hash = known === null ? null : people.users.readPassword(known.id);
    const isRight = await people.passwords.verify(given.password, hash);
    if (!isRight || known === null || known.disabledAt !== null || known.source !== "local")
      return refuse(people, caller, known);
    people.throttle.forgive(name, caller.address, known.id);
    return admitUser(people, known, "parola", caller);
  } catch (error) {
    if (error instanceof TooBusy) return { status: "busy" };
    if (error instanceof ProviderAway) return { status: "away" };
    throw error;
  }
}

/** Whom a provider vouches for: known by its name for them, with the roles of their groups as they are now. */
export function enterVouched(people: People, vouched: Vouched, caller: Caller): LoginResult {
  const { source, subject, grants, seesPersonal, fullName } = vouched;
  const known = people.users.findBySubject(source, subject);
  if (grants.length === 0) {
    tell(people, caller, {
      actor: known?.name ?? source,
      action: "accesso-negato",
      detail: { motivo: "nessun ruolo" },
    });
    return { status: "no-role" };
  }
  if (known === null) {
    const name = chooseName(people, vouched);
    const user = people.users.add({ ...vouched, name });
    tell(people, caller, {
      actor: user.name,
      action: "persona-aggiunta",
      subject: user.name,
      detail: { da: source },
    });
    return admitUser(people, user, source, caller);
  }
  if (known.disabledAt !== null) return refuse(people, caller, known);
  if (
    describeGrants(known.grants) !== describeGrants(grants) ||
    known.seesPersonal !== seesPersonal
  ) {
    people.users.setGrants(known.id, grants, seesPersonal);
    tell(people, caller, {
      actor: known.name,
      action: "persona-ruoli",
      subject: known.name,
      detail: { ruoli: describeGrants(grants), da: source },
    });
  }
  if (known.fullName !== fullName) people.users.setFullName(known.id, fullName);
  return admitUser(people, known, source, caller);
}

/** The name that the provider gives, unless somebody of another source has it. */
function chooseName({ users }: People, { name, source }: Vouched): string {
  const names = [name, `${name}@${source}`];
  for (let number = 2; ; number += 1) {
    const free = names.find((one) => users.find(one) === null);
    if (free !== undefined) return free;
    names.push(`${name}@${source}-${number}`);
  }
}

/** In words for the log: `operatore@borgolieto, tecnico@*`. */
export function describeGrants(grants: readonly RoleGrant[]): string {
  return grants
    .map(({ ente, role }) => `${role}@${ente}`)
    .toSorted()
    .join(", ");
}

/** A provider has its own second factor; who came by password and has one here is asked for it. */
function admitUser(people: People, user: User, method: LoginMethod, caller: Caller): LoginResult {
  const asks = (method === "parola" || method === "ldap") && (user.hasTotp || user.passkeys > 0);
  if (asks) {
    const data = { isShared: caller.isShared, method };
    const flow = people.flows.begin("secondo", { userId: user.id, data }, { forMs: halfWayMs });
    return { status: "second-factor", flow };
  }
  return beginSession(people, user, {
    method,
    hasSecondFactor: method !== "parola" && method !== "ldap",
    caller,
  });
}

/** Opens the session of somebody who proved who they are. */
export function beginSession(
  people: People,
  user: User,
  {
    method,
    hasSecondFactor,
    caller,
  }: { readonly method: LoginMethod; readonly hasSecondFactor: boolean; readonly caller: Caller },
): LoginResult {
  const { address, agent, isShared } = caller;
  const secret = people.sessions.open({
    userId: user.id,
    method,
    hasSecondFactor,
    isShared,
    agent,
    address,
  });
  people.users.noteLogin(user.id);
  tell(people, caller, {
    actor: user.name,
    action: "accesso",
    detail: { con: hasSecondFactor && method === "parola" ? "parola e codice" : method },
  });
  return { status: "in", secret, user, isShared };
}

/** The code of the app, or one of those for a lost phone. The login that was begun lasts until it is right, or too many were wrong. */
export function enterWithCode(
  people: People,
  flow: string,
  code: string,
  caller: Caller,
): LoginResult {
  const begun = people.flows.peek("secondo", flow);
  const user = begun === null || begun.userId === null ? null : people.users.read(begun.userId);
  if (user === null || user.disabledAt !== null) return { status: "wrong" };
  const account = `codice:${user.name}`;
  const wait = people.throttle.enter(account, caller.address);
  if (wait !== null) return { status: "wait", ms: wait };
  if (!isCodeOf(people, user, code)) return refuse(people, caller, user);
  if (people.flows.take("secondo", flow) === null) return { status: "wrong" };
  people.throttle.forgive(account, caller.address, user.id);
  return beginSession(people, user, {
    method: "parola",
    hasSecondFactor: true,
    caller: { ...caller, isShared: begun?.data["isShared"] === true },
  });
}

/** Whether a code is one of the user's that was not used yet; it is used by this. */
export function isCodeOf(people: People, user: User, code: string): boolean {
  const { users, clock } = people;
  const totp = users.readTotp(user.id);
  const step =
    totp === null
      ? null
      : matchTotp(totp.secret, code, { now: clock.now(), usedStep: totp.usedStep });
  if (step !== null && users.useTotpStep(user.id, step)) return true;
  const recovery = normalizeRecoveryCode(code);
  return recovery.length === 12 && users.useRecoveryCode(user.id, hashSecret(recovery));
}

function refuse(people: People, caller: Caller, known: User | null): LoginResult {
  // What was typed as a name may be a password: only a name that we know is written.
  tell(people, caller, { actor: known?.name ?? "sconosciuto", action: "accesso-negato" });
  return { status: "wrong" };
}

function tell({ audit }: People, { address }: Caller, act: AuditedAct): void {
  audit.append({ ...act, address });
}

/** Who a session belongs to; `null`: nobody who may still come in. `secondFactorFor`: the roles that must have one. */
export function findPrincipal(
  { users }: People,
  session: LoginSession,
  {
    address,
    secondFactorFor,
  }: { readonly address: string; readonly secondFactorFor: readonly Role[] },
): Principal | null {
  const user = users.read(session.userId);
  if (user === null || user.disabledAt !== null) return null;
  const granted = expandGrants(user);
  const mustEnroll =
    !session.hasSecondFactor && user.grants.some(({ role }) => secondFactorFor.includes(role));
  return {
    kind: "user",
    name: user.name,
    fullName: user.fullName,
    userId: user.id,
    address,
    session: session.hash,
    mustEnroll,
    can: buildCan(granted),
    enti: listEnti(granted),
  };
}
