/** Threads that draw beside the main one, started once there is enough to draw; the only file that owns threads. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { VerbaleContent } from "../model/content.ts";
import { toDrawingError } from "./drawing-faults.ts";
import type { DrawingDelivery, Order } from "./drawing-thread.ts";
import { createDrawer, type Drawer, type DrawingPlan, type Drawn } from "./drawing.ts";

/**
 * Verbali that are drawn on the main thread before others are started: to start a thread and compile the code for it once more
 * takes the processor time of some 600. Measured, see Decisions in README.md.
 */
const startsAfter = 1_000;

/** More threads than this were not measured. */
const mostThreads = 7;

/** Orders that a thread has at a time: one that it draws, one that waits, so that it is never idle. */
const mostPending = 2;

export interface DrawingPool {
  /** How many threads run. */
  readonly threads: number;
  /**
   * Draws on a thread that has room, else on this one; the bytes are the same. Throws MissingGlyph, SubjectTooLong or BoxTooTall.
   * When a thread dies, what it had is drawn here and `onLost` is told why; no other takes its place.
   */
  draw(
    plan: DrawingPlan,
    content: VerbaleContent,
    onLost: (reason: string) => void,
  ): Promise<Drawn>;
  /** Ends the threads; the pool goes on with the main one. */
  close(): void;
}

export interface PoolOptions {
  /** Threads beside the main one; default: a core each, with one left for the main thread. */
  readonly threads?: number;
  /** Default `startsAfter`. */
  readonly startsAfter?: number;
  /** The module that a thread runs; default `drawing-thread.ts`. */
  readonly module?: URL;
}

interface Pending {
  readonly plan: DrawingPlan;
  readonly content: VerbaleContent;
  readonly onLost: (reason: string) => void;
  readonly resolve: (drawn: Drawn | Promise<Drawn>) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
  /** Numbers of the plans that it was sent. */
  readonly plans: Set<number>;
}

/** Makes a pool without threads yet. They keep the process alive while they draw, and not otherwise. */
export function createDrawingPool(options: PoolOptions = {}): DrawingPool {
  return new Pool({
    threads: options.threads ?? Math.min(availableParallelism() - 1, mostThreads),
    startsAfter: options.startsAfter ?? startsAfter,
    module: options.module ?? new URL("./drawing-thread.ts", import.meta.url),
  });
}

/** A plan with its number in messages and its drawer on the main thread. */
interface Known {
  readonly number: number;
  readonly drawer: Drawer;
}

class Pool implements DrawingPool {
  private readonly running: Thread[] = [];
  private readonly plans = new Map<DrawingPlan, Known>();
  /** What neither a thread nor the main one has begun. */
  private readonly queue: Pending[] = [];
  private isDrawing = false;
  private hasStarted = false;
  private drawn = 0;
  private orders = 0;
  private readonly options: Required<PoolOptions>;

  constructor(options: Required<PoolOptions>) {
    this.options = options;
  }

  get threads(): number {
    return this.running.length;
  }

  async draw(
    plan: DrawingPlan,
    content: VerbaleContent,
    onLost: (reason: string) => void,
  ): Promise<Drawn> {
    const known = this.registerPlan(plan);
    if (!this.hasStarted && this.drawn >= this.options.startsAfter) this.start();
    this.drawn += 1;
    if (this.running.length === 0) return await known.drawer.draw(content);
    return await new Promise<Drawn>((resolve, reject) => {
      this.queue.push({ plan, content, onLost, resolve, reject });
      this.pump();
    });
  }

  close(): void {
    for (const thread of this.running.slice()) this.end(thread);
  }

  private registerPlan(plan: DrawingPlan): Known {
    let known = this.plans.get(plan);
    if (known === undefined) {
      known = { number: this.plans.size, drawer: createDrawer(plan) };
      this.plans.set(plan, known);
    }
    return known;
  }

  /** Hands out what waits: to threads that have room, then one to this thread. */
  private pump(): void {
    for (
      let thread = findFreest(this.running);
      thread !== undefined;
      thread = findFreest(this.running)
    ) {
      const pending = this.queue.shift();
      if (pending === undefined) return;
      this.sendOrder(thread, pending);
    }
    if (this.isDrawing) return;
    const pending = this.queue.shift();
    if (pending === undefined) return;
    this.isDrawing = true;
    // One for each turn of the event loop: else no thread could hand over its files and take new orders meanwhile.
    setImmediate(() => void this.drawHere(pending));
  }

  private async drawHere({ plan, content, resolve, reject }: Pending): Promise<void> {
    try {
      resolve(await this.registerPlan(plan).drawer.draw(content));
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.isDrawing = false;
    this.pump();
  }

  private start(): void {
    this.hasStarted = true;
    for (let index = 0; index < this.options.threads; index += 1)
      this.running.push(
        startThread(this.options.module, {
          lost: (thread, reason) => {
            this.lose(thread, reason);
          },
          delivered: () => {
            this.pump();
          },
        }),
      );
  }

  private sendOrder(thread: Thread, pending: Pending): void {
    const { number } = this.registerPlan(pending.plan);
    const id = this.orders;
    this.orders += 1;
    const message: Order = thread.plans.has(number)
      ? { id, planNumber: number, content: pending.content }
      : { id, planNumber: number, content: pending.content, plan: pending.plan };
    thread.plans.add(number);
    thread.worker.ref();
    thread.pending.set(id, pending);
    // A thread is no window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    thread.worker.postMessage(message);
  }

  private lose(thread: Thread, reason: string): void {
    // A death is told by more than one event, and an end that was wanted is no loss.
    if (!this.running.includes(thread)) return;
    const [first] = thread.pending.values();
    first?.onLost(reason);
    this.end(thread);
  }

  /** Takes the thread out; what it had is drawn here. */
  private end(thread: Thread): void {
    this.running.splice(this.running.indexOf(thread), 1);
    void thread.worker.terminate();
    for (const { plan, content, resolve } of thread.pending.values())
      resolve(this.registerPlan(plan).drawer.draw(content));
    thread.pending.clear();
    this.pump();
  }
}

/** The thread with the fewest orders, if it has room. */
function findFreest(threads: readonly Thread[]): Thread | undefined {
  let best: Thread | undefined;
  for (const thread of threads)
    if (thread.pending.size < (best?.pending.size ?? mostPending)) best = thread;
  return best;
}

interface ThreadEvents {
  readonly lost: (thread: Thread, reason: string) => void;
  readonly delivered: () => void;
}

/** `smol`, which Bun knows: it collects sooner, for what a thread needs from one verbale to the next is little. */
const threadOptions = { name: "postino-drawing", smol: true };

function startThread(module: URL, { lost, delivered }: ThreadEvents): Thread {
  const worker = new Worker(module, threadOptions);
  const thread: Thread = { worker, pending: new Map(), plans: new Set() };
  worker.unref();
  worker.on("message", (delivery: DrawingDelivery) => {
    const pending = thread.pending.get(delivery.id);
    thread.pending.delete(delivery.id);
    if (thread.pending.size === 0) worker.unref();
    if ("drawn" in delivery) pending?.resolve(delivery.drawn);
    else pending?.reject(toDrawingError(delivery.fault));
    delivered();
  });
  worker.on("error", (error) => {
    lost(thread, error instanceof Error ? error.message : String(error));
  });
  worker.on("exit", (code) => {
    lost(thread, `ended with code ${code}`);
  });
  return thread;
}
