/** A schedule that was put aside, as pages show it and ask for it. */
import type { SchedulePair } from "../../engine/schedule/scheduled.ts";

export interface Pause extends SchedulePair {
  /** Instant; `null`: it goes on again. */
  readonly since: string | null;
  /** Who put it aside, or let it go on. */
  readonly by: string;
  /** Due times that passed meanwhile. */
  readonly missed: number;
  /** When it went on; `null`: it has not. */
  readonly endedAt: string | null;
}

export interface Pauses {
  /** Of the schedules of now: those that are put aside, and those that were. */
  list(): Promise<readonly Pause[]>;
  /** False: it was put aside already. */
  pause(pair: SchedulePair, by: string): Promise<boolean>;
  /** How many due times passed meanwhile: none of them is made up for. `null`: it was not put aside. */
  goOn(pair: SchedulePair, by: string): Promise<number | null>;
}
