/** One world: its time, its chance, its disks, its network and its hosts, all of one seed. */
import { drainMicrotasks } from "bun:jsc";
import type { Clock } from "../../../engine/host/clock.ts";
import type { Simulators } from "../../../server/simulators.ts";
import type { WorldMachine } from "../seams/machine.ts";
import { Chaos } from "./chaos.ts";
import { type Mount, VirtualDisk } from "./disk.ts";
import type { FaultKind, Mix } from "./mix.ts";
import { Scheduler } from "./scheduler.ts";
import { Story } from "./story.ts";
import { Windows } from "./windows.ts";

/** A time between the start and the death of a host: what belongs to it moves only while it lives. */
export interface Boot {
  readonly host: string;
  readonly mount: Mount;
  isAlive: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly mix: Mix;
  /** Where SQLite keeps its files. */
  readonly realFolder: string;
  readonly only?: ReadonlySet<string>;
}

export class World implements WorldMachine {
  readonly seed: number;
  readonly chaos: Chaos;
  readonly disk: VirtualDisk;
  readonly story: Story;
  readonly mix: Mix;
  readonly scheduler: Scheduler;
  /** From then on nothing goes wrong any more; `null`: not yet. */
  calmSince: number | null = null;
  /** Who moves now; `null`: the world itself. */
  current: Boot | null = null;
  /** Told before a boot of a host goes on, and at every named point of the program. */
  onMove: (boot: Boot, place: string) => void = () => undefined;
  /** What an actor has thrown: a promise that it saw broken, or a fault of its own. */
  fault: Error | null = null;
  private opened: Simulators | null = null;
  private readonly windows = new Windows();

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.mix = options.mix;
    this.scheduler = new Scheduler(options.startMs);
    const now = (): number => this.scheduler.now;
    this.chaos = new Chaos({
      seed: options.seed,
      now,
      ...(options.only !== undefined && { only: options.only }),
    });
    this.disk = new VirtualDisk(options.realFolder);
    this.story = new Story(now);
  }

  get simulators(): Simulators {
    if (this.opened === null) throw new Error("the other side is not open yet");
    return this.opened;
  }

  openOtherSide(simulators: Simulators): void {
    this.opened = simulators;
  }

  now(): number {
    return this.scheduler.now;
  }

  get isCalm(): boolean {
    return this.calmSince !== null;
  }

  /** Whether this goes wrong here and now; `times` as often as elsewhere. */
  strikes(kind: FaultKind, place: string, words: string, times = 1): boolean {
    const chance = this.isCalm ? 0 : this.mix.chances[kind] * times;
    return this.chaos.strikes(kind, place, chance, words);
  }

  findWindow(place: string): number | null {
    return this.windows.find(this, place);
  }

  draw(name: string): number {
    return this.chaos.draw(name);
  }

  /** Wakes whoever moves now, after `ms`; not if its host is dead by then. */
  wake(label: string, ms: number, fire: () => void): void {
    this.wakeFor(this.current, label, ms, fire);
  }

  wakeFor(owner: Boot | null, label: string, ms: number, fire: () => void): void {
    this.scheduler.wake(ms, this.chaos.draw("turn"), () => {
      if (owner !== null && !owner.isAlive) return;
      this.current = owner;
      this.story.trace(label);
      if (owner !== null) this.onMove(owner, label);
      if (owner === null || owner.isAlive) fire();
    });
  }

  keepOwner(): (label: string, fire: () => void) => void {
    const owner = this.current;
    return (label, fire) => this.wakeFor(owner, label, 0, fire);
  }

  /** What the other side answers somebody who stands before it. */
  askNow(
    path: string,
    init: Pick<RequestInit, "method" | "body"> & { headers?: Record<string, string> } = {},
  ): { readonly status: number; readonly body: unknown } {
    const request = new Request(`http://fuori${path}`, {
      ...init,
      headers: {
        "x-api-key": "chiave-di-prova",
        "ocp-apim-subscription-key": "chiave-gpd",
        "content-type": "application/json",
        ...init.headers,
      },
    });
    const found: { status: number; body: unknown } = { status: 0, body: null };
    void this.readAnswer(request, found);
    drainMicrotasks();
    if (found.status === 0) throw new Error(`the other side does not answer at once: ${path}`);
    return found;
  }

  private async readAnswer(
    request: Request,
    into: { status: number; body: unknown },
  ): Promise<void> {
    const answer = await this.simulators.app.fetch(request);
    const text = await answer.text();
    into.body = /json/.test(answer.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
    into.status = answer.status;
  }

  /** A named point of the program, met by whoever moves now. */
  passPoint(name: string): void {
    this.story.reach("punto", name);
    if (this.current?.isAlive === true) this.onMove(this.current, `point ${name}`);
  }

  /** The life of an actor: what it throws ends the play. */
  live(life: Promise<void>): void {
    life.catch((error: unknown) => {
      this.fault ??= error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Waits as the world waits; for actors. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.wakeFor(null, "actor", ms, resolve));
  }

  /** The clock of a boot, ahead of the true time by what `offsetMs` says. */
  makeClock(boot: Boot, offsetMs: () => number): Clock {
    return {
      now: () => this.scheduler.now + offsetMs(),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) return resolve();
          let isOver = false;
          const finish = (): void => {
            if (isOver) return;
            isOver = true;
            signal?.removeEventListener("abort", finish);
            resolve();
          };
          this.wakeFor(boot, "sleep", Math.min(ms, 2 ** 31 - 1), finish);
          signal?.addEventListener("abort", finish, { once: true });
        }),
    };
  }

  /** The clock of everybody who is not a host. */
  readonly trueClock: Clock = {
    now: () => this.scheduler.now,
    sleep: (ms) => this.sleep(ms),
  };

  /** Lets go of what the other side and the hosts hold. */
  close(): void {
    for (const mount of this.disk.mounts.values()) {
      mount.isAlive = false;
      for (const { database } of mount.databases) database.close();
    }
  }
}
