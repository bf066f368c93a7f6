/** Contexts in memory for the tests of render and zip. */
import { AlteredArtifact } from "../../../engine/host/files.ts";
import { createHash } from "node:crypto";
import { Value } from "typebox/value";
import { parse } from "yaml";
import type { Item } from "../../../engine/step/item.ts";
import type { Outcome } from "../../../engine/step/outcome.ts";
import { runOnItem, type Step } from "../../../engine/step/step.ts";
import type { StoredArtifact } from "../../../engine/host/files.ts";
import { silentLogger } from "../../../engine/host/logger.ts";

export interface DocumentsWorld {
  /** YAML text of `with:`. */
  readonly with?: string;
  readonly services?: Record<string, unknown>;
  /** What the clock says, ISO 8601 UTC. */
  readonly now?: string;
  readonly blobs?: Map<string, Uint8Array>;
}

export interface DocumentsContext {
  readonly blobs: Map<string, Uint8Array>;
  readonly attached: StoredArtifact[];
  /** Runs an item step on one item. */
  one(item: Item<unknown>): Promise<Record<string, unknown>>;
  /** Runs a group step on all items. */
  all(items: readonly Item<unknown>[]): Promise<Outcome<Record<string, unknown>>[]>;
}

/** A step with its context; the config goes through the step's own schema. */
export function documentsContext(step: Step, world: DocumentsWorld = {}): DocumentsContext {
  const blobs = world.blobs ?? new Map<string, Uint8Array>();
  const attached: StoredArtifact[] = [];
  const config = Value.Default(step.config, parse(world.with ?? "{}"));
  if (!Value.Check(step.config, config)) throw new Error("config does not fit the step's schema");
  const now = Date.parse(world.now ?? "2026-11-23T08:00:00Z");

  function store(name: string, bytes: Uint8Array): StoredArtifact {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    blobs.set(sha256, Uint8Array.from(bytes));
    return { name, sha256, bytes: bytes.length };
  }
  async function* stream(sha256: string): AsyncIterable<Uint8Array> {
    const blob = blobs.get(sha256);
    if (blob === undefined) throw new AlteredArtifact(`no blob ${sha256}`);
    for (let at = 0; at < blob.length; at += 10_000) yield blob.slice(at, at + 10_000);
  }
  const ctx = {
    runId: "run-1",
    ente: "borgolieto",
    config,
    services: world.services ?? {},
    clock: { now: () => now, sleep: () => Promise.resolve() },
    log: silentLogger,
    signal: new AbortController().signal,
    artifacts: {
      put: (name: string, bytes: Uint8Array) => Promise.resolve(store(name, bytes)),
      async putStream(name: string, chunks: AsyncIterable<Uint8Array>) {
        const parts: Uint8Array[] = [];
        for await (const chunk of chunks) parts.push(chunk);
        return store(name, Buffer.concat(parts));
      },
      stream,
    },
    attachToRun(artifact: StoredArtifact) {
      attached.push(artifact);
      return Promise.resolve();
    },
  };
  return {
    blobs,
    attached,
    async one(item) {
      return await runOnItem(step, item, ctx as never);
    },
    async all(items) {
      if (step.kind !== "group" || step.runMany === undefined) throw new Error("not a group step");
      const outcomes: Outcome<Record<string, unknown>>[] = [];
      for await (const outcome of step.runMany(items, ctx as never)) outcomes.push(outcome);
      return outcomes;
    },
  };
}
