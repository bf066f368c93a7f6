/** What is done to accounts, from the terminal and from the pages: the rules, the act itself, and its line in the log. */
import { toInstant } from "../../engine/host/clock.ts";
import { describeGrants } from "./login.ts";
import type { People } from "./people.ts";
import { judgePassword } from "./passwords.ts";
import type { RoleGrant } from "./roles.ts";
import { hasOther, NameTaken, type User } from "./users.ts";

/** Who does it: `sistema:root` for the terminal. */
export interface Actor {
  readonly name: string;
  readonly address: string | null;
}

/** Done, or in Italian why not. */
export type AccountResult<Value = null> =
  | { readonly status: "done"; readonly value: Value }
  | { readonly status: "refused"; readonly reason: string };

const invitationMs = 72 * 3_600_000;

function refuseAccount(reason: string): { readonly status: "refused"; readonly reason: string } {
  return { status: "refused", reason };
}

/** A local account without a password: its owner sets one by the invitation. */
export function addAccount(
  people: People,
  actor: Actor,
  given: {
    readonly name: string;
    readonly fullName: string;
    readonly grants: readonly RoleGrant[];
    readonly seesPersonal: boolean;
  },
): AccountResult<User> {
  // With the first one everybody is asked who they are: whoever adds it must be able to make its link again.
  if (!people.users.hasAny() && actor.address !== null)
    return refuseAccount("La prima persona si aggiunge al terminale: postino user add.");
  const name = given.name.trim().toLowerCase();
  const fullName = given.fullName.trim();
  if (!/^[a-z0-9][a-z0-9._-]{1,59}$/.test(name))
    return refuseAccount(
      "Il nome per l'accesso ha da 2 a 60 lettere minuscole senza accento, cifre, punti, trattini; comincia con una lettera o una cifra.",
    );
  if (fullName === "" || fullName.length > 80)
    return refuseAccount("Scrivere nome e cognome, fino a 80 caratteri.");
  if (given.grants.length === 0) return refuseAccount("Scegliere almeno un ruolo.");
  try {
    const user = people.users.add({ ...given, name, fullName, source: "local" });
    tell(people, actor, "persona-aggiunta", user, { ruoli: describeGrants(given.grants) });
    return { status: "done", value: user };
  } catch (error) {
    if (error instanceof NameTaken)
      return refuseAccount(`«${name}» c'è già: scegliere un altro nome.`);
    throw error;
  }
}

/** A link that lets its holder set a password once; the secret goes to the person by a way of one's own. */
export function inviteUser(people: People, actor: Actor, user: User): AccountResult<string> {
  if (user.source !== "local")
    return refuseAccount(
      `La parola d'accesso di ${user.name} sta nel sistema che l'accredita: si cambia là.`,
    );
  if (user.disabledAt !== null)
    return refuseAccount(`${user.name} è disattivata: riattivarla prima.`);
  people.flows.drop("invito", user.id);
  const secret = people.flows.begin(
    "invito",
    { userId: user.id, data: {} },
    { forMs: invitationMs },
  );
  tell(people, actor, "invito", user, {
    scade: toInstant(people.clock.now() + invitationMs),
  });
  return { status: "done", value: secret };
}

/** Sets a password; all sessions but the one that is kept end. */
export async function changePassword(
  people: People,
  actor: Actor,
  user: User,
  {
    password,
    keptSession = null,
    ownWords = [],
  }: {
    readonly password: string;
    readonly keptSession?: string | null;
    readonly ownWords?: readonly string[];
  },
): Promise<AccountResult> {
  const fault = judgePassword(password, ["postino", user.name, user.fullName, ...ownWords]);
  if (fault !== null) return refuseAccount(fault);
  const hash = await people.passwords.hash(password);
  people.users.setPassword(user.id, hash, keptSession);
  tell(people, actor, "parola", user);
  return { status: "done", value: null };
}

export function changeRoles(
  people: People,
  actor: Actor,
  user: User,
  { grants, seesPersonal }: Pick<User, "grants" | "seesPersonal">,
): AccountResult {
  if (grants.length === 0) return refuseAccount("Scegliere almeno un ruolo.");
  const keepsPeople = grants.some(({ ente, role }) => ente === "*" && role === "amministratore");
  if (!keepsPeople && !hasOther(people.users.list(), user.id, "people") && isLastKeeper(user))
    return refuseAccount(
      `${user.name} è l'unica persona che può gestire le altre: nominarne prima un'altra.`,
    );
  people.users.setGrants(user.id, grants, seesPersonal);
  tell(people, actor, "persona-ruoli", user, {
    ruoli: describeGrants(grants),
    ...(seesPersonal && { datiPersonali: true }),
  });
  return { status: "done", value: null };
}

function isLastKeeper({ grants }: User): boolean {
  return grants.some(({ ente, role }) => ente === "*" && role === "amministratore");
}

export function setAccountState(
  people: People,
  actor: Actor,
  user: User,
  isDisabled: boolean,
): AccountResult {
  if (isDisabled && isLastKeeper(user) && !hasOther(people.users.list(), user.id, "people"))
    return refuseAccount(
      `${user.name} è l'unica persona che può gestire le altre: nominarne prima un'altra.`,
    );
  people.users.setDisabled(user.id, isDisabled);
  tell(people, actor, isDisabled ? "persona-disattivata" : "persona-riattivata", user);
  return { status: "done", value: null };
}

/** Ends every session of the user, and tells how many there were. */
export function endSessions(people: People, actor: Actor, user: User): number {
  const ended = people.sessions.endAll(user.id);
  tell(people, actor, "uscita-ovunque", user, { sessioni: ended });
  return ended;
}

/** Takes the second factors away: of whom lost the phone and the codes. */
export function removeSecondFactors(people: People, actor: Actor, user: User): AccountResult {
  people.users.setTotp(user.id, null);
  for (const { id } of people.passkeys.list(user.id)) people.passkeys.remove(user.id, id);
  people.sessions.endAll(user.id);
  tell(people, actor, "secondo-fattore-tolto", user);
  return { status: "done", value: null };
}

function tell(
  { audit }: People,
  { name, address }: Actor,
  action: Parameters<People["audit"]["append"]>[0]["action"],
  user: User,
  detail: Readonly<Record<string, unknown>> | null = null,
): void {
  audit.append({ actor: name, action, subject: user.name, detail, address });
}
