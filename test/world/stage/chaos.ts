/** Chance of one seed: every draw is named, so that a fault that is left out changes no other draw. */

/** Something that went wrong on purpose. */
export interface Fault {
  /** Names the draw: kind, place, and which time the world came by there. */
  readonly id: string;
  /** Italian words. */
  readonly words: string;
  readonly at: number;
}

export interface ChaosOptions {
  readonly seed: number;
  /** The only faults that happen: what a shorter history is looked for with. Default: all that are drawn. */
  readonly only?: ReadonlySet<string>;
  readonly now: () => number;
}

export class Chaos {
  readonly faults: Fault[] = [];
  /** Draws so far. */
  draws = 0;
  private readonly times = new Map<string, number>();
  private readonly options: ChaosOptions;

  constructor(options: ChaosOptions) {
    this.options = options;
  }

  /** A number in [0, 1): the same for the same name and time of asking. */
  draw(name: string): number {
    return this.drawNth(name, this.count(name));
  }

  /** A whole number from `least` to `most`. */
  drawBetween(name: string, least: number, most: number): number {
    return least + Math.floor(this.draw(name) * (most - least + 1));
  }

  pick<Entry>(name: string, entries: readonly [Entry, ...Entry[]]): Entry {
    return entries[Math.floor(this.draw(name) * entries.length)] ?? entries[0];
  }

  /** Whether the fault happens here. */
  strikes(kind: string, place: string, chance: number, words: string): boolean {
    if (chance <= 0) return false;
    const name = `${kind} ${place}`;
    const nth = this.count(name);
    if (this.drawNth(name, nth) >= chance) return false;
    const id = `${name} #${nth}`;
    if (this.options.only?.has(id) === false) return false;
    this.faults.push({ id, words, at: this.options.now() });
    return true;
  }

  private count(name: string): number {
    const nth = (this.times.get(name) ?? 0) + 1;
    this.times.set(name, nth);
    return nth;
  }

  private drawNth(name: string, nth: number): number {
    this.draws += 1;
    return Bun.hash.xxHash32(`${name} ${nth}`, this.options.seed) / 2 ** 32;
  }
}
