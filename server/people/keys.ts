/** Keys for scripts, from the terminal and from the pages: the rules, the act, its line in the log. */
import { addDays, findRomeMidnight, toInstant } from "../../engine/host/clock.ts";
import type { AccountResult, Actor } from "./accounts.ts";
import type { People } from "./people.ts";
import { everyEnte, type Permission } from "./roles.ts";
import { keyPermissions } from "./tokens.ts";

export interface WantedToken {
  readonly name: string;
  readonly scopes: readonly Permission[];
  /** Absent: every ente. */
  readonly ente?: string;
  readonly seesPersonal?: boolean;
  /** The last day on which it works, in Rome, YYYY-MM-DD; absent: it works until it is revoked. */
  readonly endsOn?: string;
}

/** Makes a key; its secret is told now and never again. */
export function makeToken(
  people: People,
  actor: Actor,
  wanted: WantedToken,
): AccountResult<string> {
  const { name, scopes, ente = everyEnte, seesPersonal = false, endsOn } = wanted;
  const refuse = (reason: string) => ({ status: "refused", reason }) as const;
  if (!/^[a-z0-9][a-z0-9._-]{1,59}$/.test(name))
    return refuse("Il nome della chiave ha da 2 a 60 lettere minuscole, cifre, punti, trattini.");
  if (people.tokens.list().some((one) => one.name === name && one.revokedAt === null))
    return refuse(`Una chiave «${name}» c'è già: revocarla prima, o scegliere un altro nome.`);
  if (scopes.length === 0 || scopes.some((scope) => !keyPermissions.includes(scope)))
    return refuse(`Una chiave può: ${keyPermissions.join(", ")}.`);
  const ends = endsOn === undefined ? null : readEnd(endsOn);
  if (ends !== null && !(ends > people.clock.now()))
    return refuse("La scadenza deve essere un giorno che viene: AAAA-MM-GG.");
  const key = people.tokens.add({
    name,
    scopes,
    ente,
    seesPersonal,
    madeBy: actor.name,
    endsAt: ends === null ? null : toInstant(ends),
  });
  people.audit.append({
    actor: actor.name,
    action: "chiave",
    ente: ente === everyEnte ? null : ente,
    subject: name,
    detail: {
      ambiti: scopes.join(" "),
      ...(endsOn !== undefined && { fino: endsOn }),
      ...(seesPersonal && { datiPersonali: true }),
    },
    address: actor.address,
  });
  return { status: "done", value: key };
}

/** The end of that day; not a number where there is no such day. */
function readEnd(day: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00Z`));
  return isDay ? findRomeMidnight(addDays(day, 1)) : Number.NaN;
}

/** False when there is no such key, or it was revoked. */
export function revokeToken(people: People, actor: Actor, id: number): boolean {
  const token = people.tokens.list().find((one) => one.id === id);
  if (token === undefined || !people.tokens.revoke(id)) return false;
  people.audit.append({
    actor: actor.name,
    action: "chiave-revocata",
    subject: token.name,
    address: actor.address,
  });
  return true;
}
