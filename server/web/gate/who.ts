/** Who asks, for as long as a request is answered. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Permission, Principal } from "../../people/roles.ts";

const storage = new AsyncLocalStorage<Principal>();

/** Runs `work` as this person, and all that it begins. */
export function runAs<Result>(principal: Principal, work: () => Result): Result {
  return storage.run(principal, work);
}

/** Whoever asks; `null`: no request is being answered. */
export function readPrincipal(): Principal | null {
  return storage.getStore() ?? null;
}

/** Whoever asks. Throws when nobody does: what is guarded is for requests alone. */
export function requirePrincipal(): Principal {
  const principal = storage.getStore();
  if (principal === undefined) throw new Error("nobody asks: no request is being answered");
  return principal;
}

/** Whether a button belongs on the page: for the ente, or with `null` for one at least. */
export function mayDo(permission: Permission, ente: string | null): boolean {
  return storage.getStore()?.can(permission, ente) ?? true;
}

/** Whoever asks by name, where decisions are signed; `null`: nobody signed in, the name is typed. */
export function readSigner(): string | null {
  const principal = storage.getStore();
  if (principal === undefined) return null;
  return principal.kind === "user" || principal.kind === "token" ? principal.fullName : null;
}

/** Whether whoever asks still stands at the door. */
export function isStranger(): boolean {
  return storage.getStore()?.kind === "stranger";
}

/** A function that runs as whoever asks now, however late it is called. */
export function keepPrincipal<Args extends readonly unknown[], Result>(
  work: (...args: Args) => Result,
): (...args: Args) => Result {
  const inContext = AsyncLocalStorage.snapshot();
  return (...args) => inContext(() => work(...args));
}
