/** PDND and the registers behind it, over one file: ANPR and INAD. */
import { createPublicKey } from "node:crypto";
import { Hono } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import { createAnprSimulator } from "./anpr-simulator.ts";
import { createInadSimulator } from "./inad-simulator.ts";
import { createPdndSimulator, type PdndOptions, type Purpose } from "./pdnd-simulator.ts";
import { indexPeople, type SimulatedPerson } from "./people.ts";
import { type NotedCall, openLookupStore } from "./store.ts";

export interface LookupSimulatorOptions {
  readonly clock: Clock;
  /** SQLite file; default: in memory. */
  readonly file?: string;
  /** PEM of the only client, read when somebody comes: its public half is what PDND was given. */
  readonly privateKey: () => string;
  readonly people: readonly SimulatedPerson[];
  /** Calls a day by e-service, where they differ from the real ones. */
  readonly perDay?: Readonly<Record<string, number>>;
}

export interface LookupSimulators {
  /** To be mounted at the root: `/pdnd`, `/anpr`, `/inad`. */
  readonly app: Hono;
  report(): { readonly calls: readonly Omit<NotedCall, "purpose">[] };
  close(): void;
}

/** The client that the simulated PDND knows, and its purposes: one for each e-service. */
export const simulatedClient = {
  clientId: "11111111-1111-4111-8111-111111111111",
  keyId: "chiave-di-dimostrazione",
  purposes: {
    C030: "30303030-0000-4000-8000-000000000030",
    C020: "30303030-0000-4000-8000-000000000020",
    C001: "30303030-0000-4000-8000-000000000001",
    INAD: "30303030-0000-4000-8000-000000000100",
  },
} as const;

// Source: quotas of a municipality in the catalogue; that of C001 was not read.
const usualPerDay: Readonly<Record<string, number>> = {
  C030: 5000,
  C020: 2000,
  C001: 5000,
  INAD: 5000,
};

export function createLookupSimulators(options: LookupSimulatorOptions): LookupSimulators {
  const { clock, file = ":memory:", privateKey, people, perDay } = options;
  const store = openLookupStore(file);
  const { clientId, keyId, purposes } = simulatedClient;
  let publicKey: string | null = null;
  const pdnd: PdndOptions = {
    clock,
    store,
    client: {
      clientId,
      keyId,
      get publicKey() {
        publicKey ??= createPublicKey(privateKey()).export({ type: "spki", format: "pem" });
        return publicKey;
      },
    },
    purposes: Object.fromEntries(
      Object.entries(purposes).map(([service, id]): [string, Purpose] => [
        id,
        { service, perDay: perDay?.[service] ?? usualPerDay[service] ?? 0 },
      ]),
    ),
  };
  const app = new Hono();
  app.route("/pdnd", createPdndSimulator(pdnd));
  app.route("/anpr", createAnprSimulator({ ...pdnd, people: indexPeople(people) }));
  app.route("/inad", createInadSimulator({ ...pdnd, people: indexPeople(people) }));
  return {
    app,
    report: () => ({
      calls: store.listCalls().map(({ service, at, reason, user }) => ({
        service,
        at,
        reason,
        user,
      })),
    }),
    close: () => store.close(),
  };
}
