/** What everybody on the stage of the half year works with. */
import type { Part } from "./cast.ts";
import type { Judge } from "./judge.ts";
import type { Notifications } from "./notified.ts";
import type { Following, PaymentSide, Town } from "./town.ts";

export interface HalfYear {
  readonly verbali: number;
  readonly seed: number;
  readonly side: PaymentSide;
  readonly by: Following;
  /** How many runs die by SIGKILL. */
  readonly kills: number;
  /** Runs that would find nothing are left out: for a test that has to be quick. */
  readonly skipsQuietDays?: boolean;
  /** Told at the beginning of each week. */
  readonly tell?: (text: string) => void;
}

export interface Stage {
  readonly town: Town;
  readonly notifications: Notifications;
  readonly judge: Judge;
  readonly parts: readonly Part[];
  readonly random: () => number;
  readonly options: HalfYear;
  /** Runs that are still to die, by pipeline: the next one whose day has come. */
  readonly doomed: { send: number; seguito: number };
}
