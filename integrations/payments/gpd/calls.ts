/** All calls to GPD with one key: version 1 for single positions and lists, version 2 for bulks, under one limit. */
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { type OnlineDoorOptions, openDoor } from "../online-client.ts";
import { type Door, holdTurns } from "../payment-door.ts";
import { createGpdApi, type GpdApi } from "./api.ts";
import { type BulkPresence, createGpdBulkApi, type GpdBulkApi } from "./bulk-api.ts";

export interface GpdDoorOptions extends OnlineDoorOptions {
  /** Asked for at each call; throws RunBlocked when the secret is missing. */
  readonly subscriptionKey: () => Promise<string>;
}

/**
 * GPD lets 100 calls of a key through in any 10 seconds, those of v1 to v3 and of all its creditors together; its count is not exact.
 * Source: pagopa-debt-position, infra/gps/api/external_api, _base_policy.xml (rate-limit-by-key).
 */
const windowSeconds = 10;
const usualPerSecond = 9;

export interface GpdCalls {
  readonly v1: GpdApi;
  /** `null`: there is no version 2 beside this address. */
  readonly v2: GpdBulkApi | null;
  /** What asking version 2 has shown so far. */
  readonly presence: BulkPresence;
  /** Calls that may go out at once, at most. */
  readonly mostHeld: number;
  /** Waits until so many calls may go out: those of the answer follow each other without waiting again. */
  hold(count: number, signal?: AbortSignal): Promise<Pick<GpdCalls, "v1" | "v2">>;
}

/** The door to GPD v1. */
export function openGpdDoor(options: GpdDoorOptions): Door {
  return openVersion(options, options.settings.baseUrl, () => false);
}

/** The door to GPD v2; `null` where none stands beside v1. */
export function openBulkDoor(options: GpdDoorOptions): Door | null {
  const url = findBulkUrl(options.settings.baseUrl);
  // GPD: DEBT_POSITION_CREATION_FAILED is a 500 that one position alone can bring on: the others must not wait for it.
  return url === null ? null : openVersion(options, url, ({ status }) => status === 500);
}

/** The calls for one creditor. */
export function openGpdCalls(options: GpdDoorOptions): GpdCalls {
  const { creditor } = options;
  const first = openGpdDoor(options);
  const second = openBulkDoor(options);
  const presence = { isAbsent: second === null };
  const open = (v1: Door, v2: Door | null): Pick<GpdCalls, "v1" | "v2"> => ({
    v1: createGpdApi(v1, creditor.taxId),
    v2: v2 === null ? null : createGpdBulkApi(v2, creditor.taxId, presence),
  });
  return {
    ...open(first, second),
    presence,
    mostHeld: countWindowCalls(options),
    async hold(count, signal) {
      const turns = await first.reserve(count, signal);
      return open(holdTurns(first, turns), second === null ? null : holdTurns(second, turns));
    },
  };
}

function openVersion(
  options: GpdDoorOptions,
  baseUrl: string,
  isRefusal: (answer: HttpAnswer) => boolean,
): Door {
  return openDoor(
    { ...options, settings: { ...options.settings, baseUrl } },
    {
      service: "GPD",
      headers: async () => ({ "ocp-apim-subscription-key": await options.subscriptionKey() }),
      isRefusal,
      rate: { calls: countWindowCalls(options), windowMs: windowSeconds * 1_000 },
    },
  );
}

function countWindowCalls({ settings }: GpdDoorOptions): number {
  return Math.floor((settings.requestsPerSecond ?? usualPerSecond) * windowSeconds);
}

/** Version 2 stands beside version 1; ACA has version 1 alone. Source: GPD openapi, servers. */
function findBulkUrl(baseUrl: string): string | null {
  if (/\/aca\//.test(`${baseUrl}/`)) return null;
  return `${baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "")}/v2`;
}
