/** Hours in which a service of the other side answers nobody, or only that there are too many. */
import type { Chaos } from "./chaos.ts";

/** What of a world they are drawn from. */
interface Sky {
  readonly chaos: Chaos;
  now(): number;
  strikes(kind: "window", place: string, words: string): boolean;
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly status: number;
}

export class Windows {
  private readonly drawn = new Map<string, Window | null>();

  /** The status that the service of this place answers everything with now; `null`: it works. */
  find(world: Sky, place: string): number | null {
    const service = place.split("/")[1] ?? "";
    const day = Math.floor(world.now() / 86_400_000);
    const key = `${service} ${day}`;
    let window = this.drawn.get(key);
    if (window === undefined) {
      window = draw(world, service, day);
      this.drawn.set(key, window);
    }
    return window !== null && world.now() >= window.from && world.now() < window.to
      ? window.status
      : null;
  }
}

function draw(world: Sky, service: string, day: number): Window | null {
  const name = `${service} ${day}`;
  const status = world.chaos.pick(`window status ${name}`, [429, 500, 502, 503] as const);
  const from = day * 86_400_000 + world.chaos.draw(`window from ${name}`) * 20 * 3_600_000;
  const to = from + world.chaos.draw(`window to ${name}`) ** 2 * 6 * 3_600_000;
  const words = `${service}: per ${Math.ceil((to - from) / 60_000)} minuti risponde solo ${status}`;
  return world.strikes("window", name, words) ? { from, to, status } : null;
}
