/** The network between a host and the other side: what it drops, delays, doubles and refuses. */
import type { Fetch } from "../../../engine/host/http.ts";
import type { FaultKind } from "./mix.ts";
import type { Boot, World } from "./world.ts";

/** The `fetch` of one boot of a host. */
export function createNetwork(world: World, boot: Boot): Fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const request = new Request(input, init);
      const exchange: Exchange = {
        world,
        boot,
        request,
        place: nameRequest(request),
        resolve,
        reject,
      };
      request.signal.addEventListener("abort", () => reject(request.signal.reason as Error), {
        once: true,
      });
      begin(exchange);
    });
}

interface Exchange {
  readonly world: World;
  readonly boot: Boot;
  readonly request: Request;
  /** Method and route, without what names one verbale. */
  readonly place: string;
  readonly resolve: (response: Response) => void;
  readonly reject: (reason: Error) => void;
}

function nameRequest(request: Request): string {
  const { pathname } = new URL(request.url);
  const route = pathname
    .split("/")
    .map((part) => (/\d/.test(part) && !/^v\d/.test(part) ? "*" : part))
    .join("/");
  return `${request.method} ${route}`;
}

function begin(exchange: Exchange): void {
  const { world, place, boot } = exchange;
  const strikes = (kind: FaultKind, words: string): boolean =>
    world.strikes(kind, place, `${place}: ${words}`);
  const latency = 5 + world.draw("latency") ** 3 * 400;
  if (strikes("refused", "il servizio non si raggiunge")) {
    world.wakeFor(boot, `refused ${place}`, latency, () =>
      exchange.reject(
        Object.assign(new Error("connection refused"), { code: "ConnectionRefused" }),
      ),
    );
    return;
  }
  const isSlow = strikes("slow", "la richiesta arriva tardi");
  const out = isSlow ? latency + world.draw("slow") * 60_000 : latency;
  // The other side lives on when the host dies.
  world.wakeFor(null, `arrives ${place}`, out, () => meet(exchange));
}

function meet(exchange: Exchange): void {
  const { world, place } = exchange;
  const window = world.findWindow(place);
  const refuse = (status: number): void => {
    reply(
      exchange,
      new Response(JSON.stringify({ message: "no" }), {
        status,
        headers: {
          "content-type": "application/json",
          ...(status === 429 && {
            "retry-after": String(world.chaos.pick("retry after", [1, 1, 5, 40, 120])),
          }),
        },
      }),
    );
  };
  if (window !== null) return refuse(window);
  if (world.strikes("too-many", place, `${place}: troppe richieste (429)`)) return refuse(429);
  if (world.strikes("server-error", place, `${place}: errore del servizio`))
    return refuse(world.chaos.pick("status", [500, 502, 503, 504]));
  void answer(exchange);
  // A copy of what was refused would be another request of somebody else.
  if (world.strikes("twice", place, `${place}: la richiesta arriva due volte`))
    world.wakeFor(null, `again ${place}`, world.draw("again") * 5_000, () => {
      void handle(exchange, exchange.request.clone());
    });
}

async function answer(exchange: Exchange): Promise<void> {
  reply(exchange, await handle(exchange, exchange.request.clone()));
}

/** The other side does its work; its answer, read whole. */
async function handle({ world, place }: Exchange, request: Request): Promise<Response> {
  const answer = await world.simulators.app.fetch(request);
  const body = await answer.arrayBuffer();
  world.story.trace(`${place} -> ${answer.status} ${Bun.hash.wyhash(body)}`);
  const hasBody = ![204, 304].includes(answer.status);
  return new Response(hasBody ? body : null, { status: answer.status, headers: answer.headers });
}

function reply(exchange: Exchange, response: Response): void {
  const { world, boot, place } = exchange;
  const latency = 5 + world.draw("latency") ** 3 * 400;
  const isLost = world.strikes("lost-reply", place, `${place}: fatto, ma la risposta si perde`);
  world.wakeFor(boot, `reply ${place}`, latency, () => {
    if (isLost) exchange.reject(new Error("the connection broke"));
    else exchange.resolve(response);
  });
}
