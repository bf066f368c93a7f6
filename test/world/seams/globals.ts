/** Timers, chance and the process as the product sees them in the world. */
import { hasMachine, requireMachine } from "./machine.ts";

interface Timer {
  isOff: boolean;
  ref(): Timer;
  unref(): Timer;
}

export function setTimeout(fire: () => void, ms = 0): Timer {
  const timer: Timer = { isOff: false, ref: () => timer, unref: () => timer };
  requireMachine().wake("timer", ms, () => {
    if (!timer.isOff) fire();
  });
  return timer;
}

export function clearTimeout(timer: Timer | null | undefined): void {
  if (timer != null) timer.isOff = true;
}

export function setImmediate(fire: (value?: unknown) => void): Timer {
  return setTimeout(() => fire(undefined), 0);
}

/** What `node:timers/promises` gives. */
export function setImmediateOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}

export function passPoint(name: string): void {
  if (hasMachine()) requireMachine().passPoint(name);
}

let spent = 0;

/** Time passes a little with each look. */
export const performance = {
  now(): number {
    const machine = requireMachine();
    spent += machine.draw("work") * 1.5;
    return machine.now() + spent;
  },
};

export const AbortSignal = {
  timeout(ms: number): globalThis.AbortSignal {
    const controller = new AbortController();
    requireMachine().wake("timeout", ms, () => {
      controller.abort(new DOMException("The operation timed out.", "TimeoutError"));
    });
    return controller.signal;
  },
  any: (signals: globalThis.AbortSignal[]) => globalThis.AbortSignal.any(signals),
  abort: (reason?: unknown) => globalThis.AbortSignal.abort(reason),
};

/** Called by nobody: the world hands its network in. */
export async function fetch(): Promise<never> {
  throw new Error("no network in the world but the one that is handed in");
}

export const process: NodeJS.Process = new Proxy(globalThis.process, {
  get(target, name) {
    if (name === "pid") return 4_242;
    if (name === "kill") return () => true;
    const value: unknown = Reflect.get(target, name);
    return typeof value === "function" ? value.bind(target) : value;
  },
});

function drawBytes(bytes: Uint8Array): void {
  const machine = requireMachine();
  for (let at = 0; at < bytes.byteLength; at += 1)
    bytes[at] = globalThis.Math.floor(machine.draw("bytes") * 256);
}

export function randomBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  drawBytes(bytes);
  return bytes;
}

export function randomUUID(): `${string}-${string}-${string}-${string}-${string}` {
  const hex = randomBytes(16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export function randomInt(least: number, most: number): number {
  return least + globalThis.Math.floor(requireMachine().draw("number") * (most - least));
}

export const crypto = {
  subtle: globalThis.crypto.subtle,
  randomUUID,
  getRandomValues<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
    drawBytes(bytes);
    return bytes;
  },
};

/** `Date` whose now is the world's; while the program is read there is none yet. */
export class Date extends globalThis.Date {
  constructor(...args: unknown[]) {
    super(...((args.length === 0 ? [Date.now()] : args) as [number]));
  }

  static override now(): number {
    return hasMachine() ? requireMachine().now() : globalThis.Date.now();
  }
}

export const Math: typeof globalThis.Math = Object.create(globalThis.Math, {
  random: {
    value: () => (hasMachine() ? requireMachine().draw("chance") : globalThis.Math.random()),
  },
}) as typeof globalThis.Math;

/** `Bun` for who sleeps by it. */
export const Bun: typeof globalThis.Bun = Object.create(globalThis.Bun, {
  sleep: { value: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) },
}) as typeof globalThis.Bun;
