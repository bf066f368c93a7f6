/** The line between a client and a payment system in a random history: calls are lost, answered by a proxy or end the process, and others act in between. */
import { createHttp, type Http } from "../../../engine/host/http.ts";
import type { Act, PositionSystem } from "./position-system.ts";

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of them; there must be some. */
export function pick<Value>(random: () => number, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

/** Chances at each call, from 0 to 1. */
export interface Luck {
  /** The call or its answer is lost, or something else answers. */
  readonly fault: number;
  /** The process dies at it. */
  readonly kill: number;
  /** Somebody else does something before it. */
  readonly act: number;
}

export const quiet: Luck = { fault: 0, kill: 0, act: 0 };

export interface PositionLine {
  readonly http: Http;
  luck: Luck;
  /** What others did last to each name. */
  readonly touched: ReadonlyMap<string, Act>;
  /** Each code that a new position got, with the names that got it. */
  readonly given: ReadonlyMap<string, ReadonlySet<string>>;
  /** What happened, for the message of a failure. */
  readonly log: string[];
  /** Resolves when the process dies that begins now. */
  death(): Promise<"dead">;
}

const page = "<html><title>404 Not Found</title></html>";

export function positionLine(system: PositionSystem, random: () => number): PositionLine {
  let die: () => void = () => {};
  const touched = new Map<string, Act>();
  const given = new Map<string, Set<string>>();
  const log: string[] = [];
  const died = (call: string, when: string): Promise<Response> => {
    log.push(`${call}: the process dies ${when} it`);
    die();
    return new Promise(() => {});
  };
  const line: PositionLine = {
    http: createHttp(async (input, init) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      const call = `${request.method} ${pathname.split("/").slice(3).join("/")}`;
      if (random() < line.luck.act) await somebody();
      const [fault, kill] = [random(), random()];
      if (kill < line.luck.kill / 2) return died(call, "before");
      if (fault < line.luck.fault * 0.3) return lost(`${call}: lost on the way`);
      if (fault < line.luck.fault * 0.6) {
        const status = pick(random, [200, 404, 500, 503, 429]);
        log.push(`${call}: a page answers ${status}`);
        return new Response(page, { status, headers: { "content-type": "text/html" } });
      }
      const text = await request.clone().text();
      const answer = await system.fetch(request);
      log.push(`${call}: ${answer.status}`);
      if (["POST", "PUT"].includes(request.method) && answer.ok && text !== "")
        note(JSON.parse(text), pathname);
      if (kill < line.luck.kill) return died(call, "after");
      return fault < line.luck.fault ? lost(`${call}: its answer is lost`) : answer;
    }),
    luck: quiet,
    touched,
    given,
    log,
    death: () =>
      new Promise((resolve) => {
        die = () => resolve("dead");
      }),
  };

  function lost(what: string): never {
    log.push(what);
    throw new Error("connection reset");
  }

  async function somebody(): Promise<void> {
    const able = system.all().filter(({ state }) => system.actsOn(state).length > 0);
    if (able.length === 0) return;
    const { name, state } = pick(random, able);
    const act = pick(random, system.actsOn(state));
    log.push(`  somebody: ${act} ${name}, which is ${state}`);
    touched.set(name, act);
    await system.act(name, act);
  }

  interface NewPosition {
    readonly iupd?: string;
    readonly paymentOption?: readonly { readonly nav: string }[];
    readonly numeroAvviso?: string;
  }

  function note({ iupd, paymentOption = [], numeroAvviso }: NewPosition, pathname: string): void {
    const name = iupd ?? pathname.split("/").at(-1) ?? "";
    const codes = paymentOption.map(({ nav }) => nav);
    for (const code of numeroAvviso === undefined ? codes : [numeroAvviso])
      given.set(code, (given.get(code) ?? new Set<string>()).add(name));
  }

  return line;
}
