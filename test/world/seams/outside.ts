/** Work that the machine does beside the one thread (WebCrypto): waited for before the world goes on, and told in the order in which it was asked. */
import { requireMachine } from "./machine.ts";

interface Work {
  readonly done: Promise<unknown>;
  readonly tell: () => void;
}

let pending: Work[] = [];

export function hasOutsideWork(): boolean {
  return pending.length > 0;
}

/** Resolves when all of it is done; who asked for it is woken by the world. */
export async function settleOutsideWork(): Promise<void> {
  const works = pending;
  pending = [];
  for (const { done } of works) await done.catch(() => undefined);
  for (const { tell } of works) tell();
}

const methods = [
  "decrypt",
  "deriveBits",
  "deriveKey",
  "digest",
  "encrypt",
  "exportKey",
  "generateKey",
  "importKey",
  "sign",
  "unwrapKey",
  "verify",
  "wrapKey",
] as const;

/** Libraries find WebCrypto by themselves: there is no import to lay a seam at. */
export function holdWebCrypto(isOn: () => boolean): void {
  for (const method of methods) {
    const real = SubtleCrypto.prototype[method] as (...args: unknown[]) => Promise<unknown>;
    Object.defineProperty(SubtleCrypto.prototype, method, {
      configurable: true,
      writable: true,
      value(this: SubtleCrypto, ...args: unknown[]) {
        const done = real.apply(this, args);
        return isOn() ? hold(method, done) : done;
      },
    });
  }
}

function hold(method: string, done: Promise<unknown>): Promise<unknown> {
  const machine = requireMachine();
  const wake = machine.keepOwner();
  return new Promise((resolve) => {
    pending.push({ done, tell: () => wake(`webcrypto ${method}`, () => resolve(done)) });
  });
}
