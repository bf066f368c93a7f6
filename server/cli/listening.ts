/** What commands that listen on a port share: the port as it is typed, and the signal that ends them. */
import { UsageError } from "../words/usage-error.ts";
import { onStop } from "./stop-signals.ts";

/** A port number as a person types it. Throws UsageError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`--port vuole un numero da 0 a 65535, non «${text}».`);
  return port;
}

/** Resolves when the command shall end, see `onStop`. */
export function waitForSignal(controller: AbortController): Promise<void> {
  return new Promise((resolve) => {
    onStop(() => {
      controller.abort();
      resolve();
    });
  });
}
