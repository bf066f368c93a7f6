/** A Hono app on a port of this machine; a port in use becomes a sentence that a person understands. */
import type { Hono } from "hono";
import { codeOf, RunBlocked } from "../engine/host/errors.ts";

export interface Listening {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens; port 0 picks a free one. Throws RunBlocked `PORT_IN_USE`. */
export function startListening(
  app: Hono,
  options: {
    readonly host: string;
    readonly port: number;
    /** Larger bodies are refused before the app sees them, without a word; default 4 GiB. */
    readonly maxBodyBytes?: number;
  },
): Listening {
  try {
    const server = Bun.serve({
      hostname: options.host,
      port: options.port,
      idleTimeout: 120,
      maxRequestBodySize: options.maxBodyBytes ?? 4 * 1024 ** 3,
      fetch: (request, server) =>
        app.fetch(request, { address: server.requestIP(request)?.address }),
    });
    const { port = options.port } = server;
    const host = options.host.includes(":") ? `[${options.host}]` : options.host;
    return { port, url: `http://${host}:${port}`, stop: () => server.stop(true) };
  } catch (error) {
    const code = codeOf(error);
    if (code === "EADDRINUSE")
      throw new RunBlocked("PORT_IN_USE", `La porta ${options.port} è già in uso.`, {
        hint: "Chiudere il programma che la usa, oppure scegliere un'altra porta con --port.",
        cause: error,
      });
    if (code === "EACCES" || code === "EADDRNOTAVAIL")
      throw new RunBlocked(
        "PORT_NOT_ALLOWED",
        `Su ${options.host}, porta ${options.port}, questo processo non può ascoltare.`,
        {
          hint: "Usare un indirizzo di questa macchina e una porta sopra la 1023.",
          cause: error,
        },
      );
    throw error;
  }
}
