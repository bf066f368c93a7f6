/** What commands that listen on a port share: the port as it is typed, and the signal that ends them. */
import { UsageError } from "../words/usage-error.ts";

/** A port number as a person types it. Throws UsageError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`--port vuole un numero da 0 a 65535, non «${text}».`);
  return port;
}

/** Resolves at the first SIGINT or SIGTERM. */
export function waitForSignal(controller: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      controller.abort();
      resolve();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
}
