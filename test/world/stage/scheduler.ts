/** Virtual time: every wake-up of the world stands in one queue, and nothing moves but what it hands out. */
import { drainMicrotasks } from "bun:jsc";

interface Wake {
  readonly at: number;
  /** Decides between wake-ups of one instant. */
  readonly tie: number;
  readonly seq: number;
  readonly fire: () => void;
}

export class Scheduler {
  /** Milliseconds since the epoch: the true time of the world. */
  now: number;
  /** Wake-ups handed out so far. */
  woken = 0;
  private readonly heap: Wake[] = [];
  private seq = 0;

  constructor(startMs: number) {
    this.now = startMs;
  }

  /** Wakes after `ms`; `tie` is the turn among those of the same instant. */
  wake(ms: number, tie: number, fire: () => void): void {
    this.seq += 1;
    push(this.heap, { at: this.now + Math.max(0, Math.round(ms)), tie, seq: this.seq, fire });
  }

  /** Hands out one wake-up that is due by `untilMs`, and lets it go as far as it goes by itself. False: there is none. */
  step(untilMs: number): boolean {
    const [first] = this.heap;
    if (first === undefined || first.at > untilMs) {
      this.now = Math.max(this.now, untilMs);
      return false;
    }
    const wake = pop(this.heap);
    this.now = Math.max(this.now, wake.at);
    this.woken += 1;
    wake.fire();
    drainMicrotasks();
    return true;
  }
}

function isBefore(one: Wake, other: Wake): boolean {
  if (one.at !== other.at) return one.at < other.at;
  return one.tie === other.tie ? one.seq < other.seq : one.tie < other.tie;
}

function push(heap: Wake[], wake: Wake): void {
  let at = heap.length;
  heap.push(wake);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(wake, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = wake;
}

function pop(heap: Wake[]): Wake {
  const [first] = heap;
  const last = heap.pop();
  if (first === undefined || last === undefined) throw new Error("nothing is due");
  if (heap.length > 0) sink(heap, last);
  return first;
}

function sink(heap: Wake[], wake: Wake): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const one = heap[left];
    const other = heap[left + 1];
    if (one === undefined) break;
    const [child, index] =
      other !== undefined && isBefore(other, one) ? [other, left + 1] : [one, left];
    if (!isBefore(child, wake)) break;
    heap[at] = child;
    at = index;
  }
  heap[at] = wake;
}
