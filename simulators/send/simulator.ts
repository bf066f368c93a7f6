/** A simulated SEND server: speaks SEND's wire contract over its own SQLite and clock. */
import { Hono, type Context } from "hono";
import { openAddressBook } from "./checks/addresses.ts";
import { createAuthorizer } from "./auth.ts";
import { addControlRoutes } from "./control.ts";
import { addNotificationRoutes } from "./notifications.ts";
import {
  production,
  type SendSimulatorOptions,
  type SimulatedKey,
  type SimulatorWorld,
} from "./options.ts";
import { answerGatewayMessage, answerProblem } from "./problem.ts";
import { addRequestRoutes, settleRequests, type RequestRoutes } from "./requests.ts";
import { addStreamRoutes } from "./streams.ts";
import { openSimulatorStore, type SimulatorStore } from "./store.ts";
import { addUploadRoutes } from "./upload.ts";

export type { SendSimulatorOptions } from "./options.ts";

/** What the simulator took in since its database was made. */
export interface SendReport {
  /** Requests stored: one per distinct protocol and token. */
  readonly accepted: number;
  /** POSTs answered with 400. */
  readonly refused: number;
  /** POSTs answered with 409. */
  readonly repeated: number;
  /** Files announced by preload, and uploaded. */
  readonly preloaded: number;
  readonly uploaded: number;
  /** POSTs per protocol that passed the gateway, whatever became of them. */
  readonly postsPerProtocol: Readonly<Record<string, number>>;
  readonly requests: readonly {
    readonly protocol: string;
    readonly token: string;
    readonly iun: string;
    readonly status: "WAITING" | "ACCEPTED" | "REFUSED" | "CANCELLED";
  }[];
}

export interface SendSimulator {
  /** Mount it on a port, below a path, or call `app.fetch`. */
  readonly app: Hono;
  report(): SendReport;
  /** Lets what is due happen, as it does at every call: SEND goes on by itself, also while nobody asks. */
  settle(): void;
  close(): void;
}

/** The paths that want a key. */
const guarded = ["/delivery/*", "/delivery-push/*", "/delivery-progresses/*"] as const;

/** Opens the simulator; reads its tables once. */
export async function createSendSimulator(options: SendSimulatorOptions): Promise<SendSimulator> {
  const world = buildWorld(options);
  const addresses = await openAddressBook(options);
  const store = openSimulatorStore(options.file);
  const keys = new Map(options.apiKeys.map((key) => [key.key, key]));
  const routes: RequestRoutes = {
    world,
    store,
    addresses,
    requireKey: (c) => requireKey(c, keys),
    findPaKey: (pa) => options.apiKeys.find((key) => key.paTaxId === pa),
  };

  const authorize = createAuthorizer(keys, world);

  const app = new Hono();
  app.onError((error) => {
    // A fault of the simulator itself: as SEND's own, so that clients treat it so; the cause goes to the one who runs it.
    console.error(error);
    return answerProblem(
      500,
      [{ code: "PN_GENERIC_ERROR", detail: "Unexpected error" }],
      world.clock.now(),
    );
  });
  for (const prefix of guarded)
    app.use(prefix, async (c, next) => {
      const fault = authorize(c);
      if (fault !== null) return fault;
      await next();
      return undefined;
    });
  addUploadRoutes(app, {
    world,
    store,
    requireKey: routes.requireKey,
    countsPages: options.apiKeys.some((key) => key.over20Grams === false),
  });
  addRequestRoutes(app, routes);
  addNotificationRoutes(app, routes);
  addStreamRoutes(app, routes);
  addControlRoutes(app, routes);
  // A path or method that it does not know (older versions of the requests among them), as the gateway answers it.
  for (const prefix of guarded)
    app.all(prefix, () => answerGatewayMessage(403, "Missing Authentication Token"));

  return {
    app,
    report: () => {
      settleRequests(routes);
      return readReport(store);
    },
    settle: () => settleRequests(routes),
    close: () => store.db.close(),
  };
}

function buildWorld(options: SendSimulatorOptions): SimulatorWorld {
  return {
    clock: options.clock,
    environment: { ...production, ...options.environment },
    validationMs: options.validationMs ?? 200,
    keepsFiles: options.keepsFiles ?? false,
    publicUrl: options.publicUrl ?? null,
    isPayable: options.isPayable ?? (() => true),
    pushFee: options.pushFee ?? (() => undefined),
    attest: options.attest ?? null,
    random: options.random ?? Math.random,
  };
}

function requireKey(c: Context, keys: ReadonlyMap<string, SimulatedKey>): SimulatedKey {
  const key = keys.get(c.req.header("x-api-key") ?? "");
  if (key === undefined) throw new Error("route reached without a key");
  return key;
}

function readReport(store: SimulatorStore): SendReport {
  const counts = new Map(
    store.db
      .query<{ name: string; value: number }, []>("SELECT name, value FROM counts")
      .all()
      .map(({ name, value }) => [name, value]),
  );
  const rows = store.db
    .query<
      { protocol: string; token: string; iun: string; status: "WAITING" | "ACCEPTED" | "REFUSED" },
      []
    >("SELECT protocol, token, iun, status FROM requests ORDER BY seq")
    .all();
  const uploaded = store.db
    .query<{ n: number }, []>("SELECT count(*) AS n FROM files WHERE uploadedAt IS NOT NULL")
    .get();
  const posts = store.db
    .query<{ protocol: string; value: number }, []>("SELECT protocol, value FROM posts")
    .all();
  return {
    accepted: rows.length,
    refused: counts.get("refused") ?? 0,
    repeated: counts.get("repeated") ?? 0,
    preloaded: counts.get("preloaded") ?? 0,
    uploaded: uploaded?.n ?? 0,
    postsPerProtocol: Object.fromEntries(posts.map(({ protocol, value }) => [protocol, value])),
    requests: rows,
  };
}
