/** The people of an installation as the server uses them: the store, and what the settings say of ways in. */
import type { AskDirectory } from "./login.ts";
import type { People } from "./people.ts";
import type { Role } from "./roles.ts";

export interface PeopleDesk {
  readonly people: People;
  /** Roles that come in with two factors only. */
  readonly secondFactorFor: readonly Role[];
  /** Absent: no directory is set up. */
  readonly askDirectory?: AskDirectory;
  /** Names of the enti, which nobody may take for a password. */
  listOwnWords(): Promise<readonly string[]>;
}
