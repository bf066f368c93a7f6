/** The machine that the product stands on in the world: set for each seed, asked by the seams. */
import type { VirtualDisk } from "../stage/disk.ts";

export interface WorldMachine {
  readonly disk: VirtualDisk;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Wakes the caller after `ms`. */
  wake(label: string, ms: number, fire: () => void): void;
  /** Wakes whoever moves now, later, at once when it is called. */
  keepOwner(): (label: string, fire: () => void) => void;
  /** A named point of the program is passed. */
  passPoint(name: string): void;
  /** In [0, 1). */
  draw(name: string): number;
}

let current: WorldMachine | null = null;

export function standOn(machine: WorldMachine | null): void {
  current = machine;
}

export function hasMachine(): boolean {
  return current !== null;
}

/** Throws where the product moves outside of a world. */
export function requireMachine(): WorldMachine {
  if (current === null) throw new Error("no world: the product moves by itself");
  return current;
}
