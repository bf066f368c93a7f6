/** The simulated registers with their real clients in one process: what was asked, by whom, and every request that left. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { toInstant } from "../../engine/host/clock.ts";
import { createHttp, type Fetch } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import { createLookups, type LookupOptions } from "../../integrations/lookups/create-lookups.ts";
import type { LookupLedger } from "../../integrations/lookups/port.ts";
import { LookupSettings } from "../../integrations/lookups/settings.ts";
import {
  createLookupSimulators,
  type LookupSimulatorOptions,
  simulatedClient,
} from "../../simulators/lookups/lookup-simulators.ts";
import { simulatedPdndAudience } from "../../simulators/lookups/pdnd-simulator.ts";
import { fakeClock } from "../unit/integrations/send/setup.ts";
import { openJournal } from "../../stores/sqlite/store.ts";
import { Value } from "typebox/value";

const repository = resolve(import.meta.dir, "../..");
export const demoKey = readFileSync(
  join(repository, "data", "demo", "secrets", "DEMO_PDND_KEY"),
  "utf8",
);

/** The section of an ente file, as JSON, which is YAML. */
export function buildLookupSettings(origin: string) {
  const { clientId, keyId, purposes } = simulatedClient;
  return {
    pdnd: {
      tokenUrl: `${origin}/pdnd/token.oauth2`,
      audience: simulatedPdndAudience,
      clientId,
      keyId,
      privateKey: { secret: "DEMO_PDND_KEY" },
    },
    anpr: {
      baseUrl: `${origin}/anpr/govway/rest/in/MinInternoPortaANPR-PDND`,
      identity: { purposeId: purposes.C030 },
      residence: { purposeId: purposes.C020 },
    },
    inad: { baseUrl: `${origin}/inad`, purposeId: purposes.INAD },
  };
}

export interface NotedQuestion {
  readonly by: string;
  readonly numero: string;
  readonly register: string;
  readonly at: string;
}

export interface LookupWorldOptions extends Partial<
  Pick<LookupSimulatorOptions, "people" | "perDay">
> {
  /** Changes the section before it is filled with defaults. */
  readonly change?: (settings: ReturnType<typeof buildLookupSettings>) => object;
  readonly key?: string;
  readonly intercept?: (request: Request) => Response | Promise<Response> | null;
}

export function openLookups(options: LookupWorldOptions = {}) {
  const clock = fakeClock();
  const simulators = createLookupSimulators({
    clock,
    privateKey: () => demoKey,
    people: options.people ?? [],
    ...(options.perDay !== undefined && { perDay: options.perDay }),
  });
  const requests: Request[] = [];
  const noted: NotedQuestion[] = [];
  const ledger: LookupLedger = {
    findAsker: () => Promise.resolve("anna"),
    note: ({ by, numero, register }) =>
      void noted.push({ by, numero, register, at: toInstant(clock.now()) }),
    count: (_ente, register, since) =>
      noted.filter((one) => one.register === register && one.at >= since).length,
  };
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    return (await options.intercept?.(request)) ?? (await simulators.app.fetch(request));
  };
  const change = options.change ?? ((settings: object) => settings);
  const lookupOptions: LookupOptions = {
    settings: Value.Default(
      LookupSettings,
      change(buildLookupSettings("http://registri.test")),
    ) as LookupSettings,
    ente: "prova",
    secrets: { get: () => Promise.resolve(options.key ?? demoKey) },
    http: createHttp(fetch),
    clock,
    limiter: createLimiter(clock),
    records: openJournal(":memory:", clock),
    ledger,
  };
  return {
    clock,
    simulators,
    requests,
    noted,
    options: lookupOptions,
    lookups: createLookups(lookupOptions),
    /** As another process would have it, over the same journal. */
    reopen: () => createLookups(lookupOptions),
  };
}
