/** The people of an installation as one: users, sessions, keys, audit log, in a file of their own. */
import { type Clock, systemClock } from "../../engine/host/clock.ts";
import { type KeptAnswers, createKeptAnswers } from "./answers.ts";
import { type Audit, createAudit } from "./audit.ts";
import { createFlows, type Flows } from "./flows.ts";
import { createPasskeys, type Passkeys } from "./passkeys.ts";
import { createPasswordKeeper, type HashCost, type PasswordKeeper } from "./passwords.ts";
import { createSessions, type Sessions, type SessionTerms, usualTerms } from "./sessions.ts";
import { openPeopleFile } from "./store.ts";
import { createThrottle, type Throttle } from "./throttle.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { createUsers, type Users } from "./users.ts";

export interface People {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly flows: Flows;
  readonly passkeys: Passkeys;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly answers: KeptAnswers;
  readonly throttle: Throttle;
  readonly passwords: PasswordKeeper;
  readonly clock: Clock;
  close(): void;
}

export interface PeopleOptions {
  readonly clock?: Clock;
  /** Default: what takes a third of a second. */
  readonly cost?: HashCost;
  readonly terms?: Partial<SessionTerms>;
}

/** Opens (and makes) the file at `path`. Throws RunBlocked `DATA_NOT_WRITABLE`, `DISK_FULL`, `PEOPLE_TOO_NEW`. */
export function openPeople(path: string, options: PeopleOptions = {}): People {
  const { clock = systemClock, cost, terms = {} } = options;
  const db = openPeopleFile(path);
  return {
    users: createUsers(db, clock),
    sessions: createSessions(db, clock, { ...usualTerms, ...terms }),
    flows: createFlows(db, clock),
    passkeys: createPasskeys(db, clock),
    tokens: createTokens(db, clock),
    audit: createAudit(db, clock),
    answers: createKeptAnswers(db, clock),
    throttle: createThrottle(db, clock),
    passwords: createPasswordKeeper(cost),
    clock,
    close: () => db.close(),
  };
}
