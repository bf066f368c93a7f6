/** What happened in a world: a sum of everything, to compare two runs by, and the lines that a person reads. */
import { toInstant } from "../../../engine/host/clock.ts";

export interface Line {
  readonly at: number;
  readonly who: string;
  readonly words: string;
}

export class Story {
  readonly lines: Line[] = [];
  /** Kinds of things that were reached, and how often each. */
  readonly reached = new Map<string, number>();
  /** Of every wake-up, request and line so far. */
  sum = 0n;
  private readonly now: () => number;
  /** Every traced line, for whoever looks for what differs. */
  private full: string[] | null = null;

  constructor(now: () => number) {
    this.now = now;
  }

  keepAll(): void {
    this.full = [];
  }

  listAll(): readonly string[] {
    return this.full ?? [];
  }

  trace(text: string): void {
    const line = `${this.now()} ${text}`;
    this.sum = Bun.hash.wyhash(line, this.sum);
    this.full?.push(line);
  }

  tell(who: string, words: string): void {
    this.trace(`${who}: ${words}`);
    this.lines.push({ at: this.now(), who, words });
  }

  reach(kind: string, name: string): void {
    const key = `${kind} ${name}`;
    this.reached.set(key, (this.reached.get(key) ?? 0) + 1);
  }
}

export function formatLine({ at, who, words }: Line): string {
  return `${toInstant(at).slice(0, 16).replace("T", " ")}  ${who.padEnd(16)} ${words}`;
}
