/** A road between two processes that a test can cut, slow down, or let swallow what travels on it: a proxy of TCP on a port of loopback. */
import { connect, createServer, type Socket } from "node:net";
import { systemClock } from "../../engine/host/clock.ts";

export interface Road {
  readonly port: number;
  /** Both ways are closed: what is open breaks, what is new is refused. */
  cut(): void;
  /** As a firewall that drops: nothing arrives and nobody is told, in the ways that are named. What travels is kept, and goes on when it heals. */
  swallow(ways?: readonly Way[]): void;
  /** Bytes that were swallowed on the way back since it began. */
  readonly heldBack: number;
  /** Each piece arrives so much later. */
  delay(ms: number): void;
  heal(): void;
  /** New connections lead there from now on; those that are open break. */
  redirect(port: number): void;
  close(): Promise<void>;
}

/** `there`: to the server; `back`: to whoever asked. */
export type Way = "there" | "back";

/** Opens a road to a port of this machine. */
export async function openRoad(first: number): Promise<Road> {
  let target = first;
  const pairs = new Set<Socket>();
  let isCut = false;
  let swallowed: readonly Way[] = [];
  let delayMs = 0;
  let heldBack = 0;
  const waiting: (() => void)[] = [];

  function carry(from: Socket, to: Socket, way: Way): void {
    let line: Promise<void> = Promise.resolve();
    async function pass(before: Promise<void>, bytes: Buffer): Promise<void> {
      await before;
      if (delayMs > 0) await systemClock.sleep(delayMs);
      if (swallowed.includes(way)) {
        if (way === "back") heldBack += bytes.length;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      if (!to.destroyed) to.write(bytes);
    }
    async function finish(): Promise<void> {
      await line;
      to.end();
    }
    from.on("data", (bytes: Buffer) => {
      line = pass(line, bytes);
    });
    from.on("end", () => void finish());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      pairs.delete(from);
      if (swallowed.length === 0) to.destroy();
    });
  }

  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(target, "127.0.0.1");
    for (const [from, to, way] of [
      [near, far, "there"],
      [far, near, "back"],
    ] as const) {
      pairs.add(from);
      carry(from, to, way);
    }
    return undefined;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");

  function heal(): void {
    isCut = false;
    swallowed = [];
    delayMs = 0;
    for (const go of waiting.splice(0)) go();
  }

  function breakAll(): void {
    for (const socket of pairs) socket.destroy();
  }

  return {
    port: address.port,
    cut() {
      isCut = true;
      breakAll();
    },
    swallow(ways = ["there", "back"]) {
      swallowed = ways;
      heldBack = 0;
    },
    get heldBack() {
      return heldBack;
    },
    delay(ms) {
      delayMs = ms;
    },
    heal,
    redirect(port) {
      target = port;
      breakAll();
    },
    async close() {
      heal();
      breakAll();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
