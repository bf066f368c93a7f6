/** What everybody in a world works with: the hosts of the ente, the other side, the acts, and what the invariants ask. */
import type { Database } from "bun:sqlite";
import { type Mount } from "./disk.ts";
import type { Host } from "./host.ts";
import type { Act } from "./acts.ts";
import type { Notifications } from "./notified.ts";
import type { World } from "./world.ts";

export interface Stage {
  readonly world: World;
  /** The first is where the office's files arrive. */
  readonly hosts: readonly [Host, ...Host[]];
  /** Where the other side keeps what it knows. */
  readonly other: Mount;
  /** Every act that the office has exported, by number. */
  readonly acts: Map<string, Act>;
  /** Copies that were put back, oldest first. */
  readonly restorings: Restoring[];
  /** What SEND accepted. */
  readonly notified: Notifications;
}

export interface Restoring {
  /** True time. */
  readonly at: number;
  /** The ledger was compared with the outside, what the copy does not know too. */
  isOver: boolean;
  /** Verbali of which a person was told that SEND has them and the ledger could not be rebuilt. */
  readonly told: Set<string>;
}

/** A person knows that SEND has it and the register has not. */
export function wasTold({ restorings }: Stage, numero: string): boolean {
  return restorings.some(({ told }) => told.has(numero));
}

/** Who does something in the world by himself. */
export interface Actor {
  readonly name: string;
  /** Begins to live; whatever he does later he does by the world's time. */
  begin(stage: Stage): void;
}

/** The house has broken its word. */
export class Broken extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** What must always hold. */
export interface Invariant {
  readonly name: string;
  /** Italian: what is promised. */
  readonly promise: string;
  /** What it looks at: asked when something of it has changed; `rest`: when the world has come to rest. */
  readonly on: readonly ("send" | "gpd" | "journal" | "log" | "night" | "rest")[];
  /** Throws Broken where it does not hold; `isAtRest`: the world has come to rest. */
  check(stage: Stage, isAtRest: boolean): void;
}

export function findSend({ world, other }: Pick<Stage, "world" | "other">): Database | null {
  return world.disk.findDatabase(other, "send.sqlite");
}

export function findGpd({ world, other }: Stage): Database | null {
  return world.disk.findDatabase(other, "gpd.sqlite");
}

/** The journal of a host that runs. */
export function findJournal({ world }: Pick<Stage, "world">, host: Host): Database | null {
  return host.running === null ? null : world.disk.findDatabase(host.mount, "postino.sqlite");
}
