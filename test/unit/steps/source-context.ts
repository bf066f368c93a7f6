/** A source's context in memory, for the tests of the sources. */
import type { RunInput, SourceContext } from "../../../engine/step/context.ts";
import type { OpenEffect } from "../../../engine/step/item.ts";
import type { SourceRow } from "../../../engine/step/outcome.ts";
import type { Step } from "../../../engine/step/step.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SendDesk } from "../../../integrations/send/desk-port.ts";
import type { SendVerdicts } from "../../../integrations/send/port.ts";
import { createFlusso } from "../../../integrations/flusso/flusso.ts";
import type { FlussoSettings } from "../../../integrations/flusso/settings.ts";

export interface SourceWorld {
  readonly config: Record<string, unknown>;
  readonly inboxRoot?: string;
  readonly settings?: FlussoSettings;
  /** The run's own input: name and text. */
  readonly input?: { readonly name: string; readonly text: string };
  readonly open?: readonly OpenEffect[];
  /** The whole ledger, by step: what was done there, ended or not. */
  readonly effects?: Readonly<Record<string, readonly OpenEffect[]>>;
  /** The steps that the source may ask about; default transmit and import-iun. */
  readonly asks?: readonly [string, string];
  /** What earlier runs rejected: round by item key. */
  readonly told?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Now, milliseconds since the epoch; default 0. */
  readonly now?: number;
  readonly register?: Register;
  readonly desk?: Pick<SendDesk, "findQuietly">;
  readonly verdicts?: Pick<SendVerdicts, "refresh">;
}

export interface SourceEnd {
  /** What the source told of its input. */
  readonly told: readonly string[];
  /** Another run would find something to load. */
  readonly hasMore: boolean;
  readonly rows: readonly SourceRow<Record<string, unknown>>[];
  /** Names of the files that became the run's input. */
  readonly adopted: readonly string[];
}

/** Runs a source to its end; rows that came before an error are lost with it. */
export async function runSource(step: Step, world: SourceWorld): Promise<SourceEnd> {
  const blobs = new Map<string, Uint8Array>();
  const adopted: string[] = [];
  const told: string[] = [];
  let hasMore = false;
  const clock = { now: () => world.now ?? 0, sleep: async () => undefined };

  async function* stream(sha256: string): AsyncIterable<Uint8Array> {
    const blob = blobs.get(sha256);
    if (blob === undefined) throw new Error(`no blob ${sha256}`);
    yield blob;
  }
  function stored(name: string, bytes: Uint8Array): RunInput {
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    blobs.set(sha256, bytes);
    return { name, artifact: { name, sha256, bytes: bytes.length } };
  }
  const ctx = {
    runId: "run-1",
    ente: "borgo",
    config: world.config,
    services: {
      flusso: createFlusso({
        settings: world.settings,
        inboxRoot: world.inboxRoot ?? "/nonexistent",
        clock,
      }),
      register: world.register,
      desk: world.desk,
      verdicts: world.verdicts,
      ente: {
        send: {
          baseUrl: "http://send.test/send",
          feePolicy: "DELIVERY_MODE",
          paFee: 100,
          vat: 22,
        },
      },
    },
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    signal: new AbortController().signal,
    artifacts: { stream },
    input:
      world.input === undefined
        ? null
        : stored(world.input.name, new TextEncoder().encode(world.input.text)),
    async adopt(name: string, chunks: AsyncIterable<Uint8Array>) {
      adopted.push(name);
      return stored(name, Buffer.concat(await Array.fromAsync(chunks)));
    },
    async tell(sentence: string) {
      told.push(sentence);
    },
    announceMore() {
      hasMore = true;
    },
    async *openEffects(doneStep: string, openStep: string) {
      if (world.effects !== undefined) {
        yield* world.effects[doneStep] ?? [];
        return;
      }
      const [done, open] = world.asks ?? ["transmit", "import-iun"];
      if (doneStep !== done || openStep !== open) throw new Error("asked for others");
      yield* world.open ?? [];
    },
    rejectedBefore: async (code: string) => new Map(Object.entries(world.told?.[code] ?? {})),
  } as unknown as SourceContext<unknown, unknown>;
  const rows = await Array.fromAsync(step.source?.(ctx) ?? []);
  return { rows, adopted, told, hasMore };
}
