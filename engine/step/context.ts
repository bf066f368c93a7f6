/** What the code of a step is handed besides its items. */
import type { Clock } from "../host/clock.ts";
import type { ArtifactAccess, FilesAnswer, StoredArtifact } from "../host/files.ts";
import type { Logger } from "../host/logger.ts";
import type { EarlierEffect, Holder, Item, OpenEffect } from "./item.ts";

/** What every step's code is handed besides its items. */
export interface StepContext<Config, Needed> {
  readonly runId: string;
  /** Codice of the ente that the run works for. */
  readonly ente: string;
  /** The `with:` of the step entry, coerced and with defaults filled in. */
  readonly config: Config;
  /** Only the services that the step named in `needs`. */
  readonly services: Needed;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted on Ctrl-C, SIGTERM, timeout and cancel. */
  readonly signal: AbortSignal;
  readonly artifacts: ArtifactAccess;
  /**
   * Who holds these names in this ente, oldest first, 50 of each at most; a name that nobody holds is not in the answer.
   * What the other side refused, or what certainly did not happen, holds nothing.
   */
  holders(names: readonly string[]): Promise<ReadonlyMap<string, readonly Holder[]>>;
}

/** Context of a step with an effect: the key is the same on every retry of the same round. */
export interface EffectContext<Config, Needed> extends StepContext<Config, Needed> {
  /** Hash of ente, step, item key and round: 64 hex characters. `uses`: by which another step knows it; default: this one. */
  idempotencyKey(item: Item<unknown>, uses?: string): string;
  /** What this step did for this verbale in earlier rounds. */
  earlier(item: Item<unknown>): readonly EarlierEffect[];
}

/** Context of `reconcile`. */
export interface ReconcileContext<Config, Needed> extends EffectContext<Config, Needed> {
  /** The token or the number by which a person says that the other side knows it; absent: nobody says so. */
  readonly evidence?: string;
}

/** Context of a group step. */
export interface GroupContext<Config, Needed> extends EffectContext<Config, Needed> {
  /**
   * Asks a person. Resolves with the answer if one is at hand; otherwise the run goes to `waiting-for-person`
   * and the step is entered again from its beginning when the answer comes.
   */
  ask<Kind extends Ask["kind"]>(
    ask: Ask & { readonly kind: Kind },
  ): Promise<Extract<Answer, { kind: Kind }>>;
  /** Makes the intents durable; a `keyed` or `once` group step calls it before it touches the outside. */
  intend(items: readonly Item<unknown>[]): Promise<void>;
  /** Records a file of the whole run (an archive, a manifest). */
  attachToRun(artifact: StoredArtifact): Promise<void>;
}

/** Context of a source. */
export interface SourceContext<Config, Needed> extends StepContext<Config, Needed> {
  /** The run's input file, stored before the run began; `null` when the run has none. */
  readonly input: RunInput | null;
  /** Stores these bytes and makes them the run's input (a file taken from the inbox). */
  adopt(name: string, chunks: AsyncIterable<Uint8Array>): Promise<RunInput>;
  /** Tells whoever looks at the run how its input was found and read, in Italian; what was told before stays. */
  tell(sentence: string): Promise<void>;
  /** Another run of this pipeline and ente would find something to load at once: whoever started this one may start it. `names`: what it would find, for people. */
  announceMore(names: readonly string[]): void;
  /** Effects of this ente's earlier runs: what `doneStep` did and `openStep` has not ended. */
  openEffects(doneStep: string, openStep: string): AsyncIterable<OpenEffect>;
  /** Items that earlier runs of this pipeline rejected with this code, with the newest round of each: what a person was told. */
  rejectedBefore(code: string): Promise<ReadonlyMap<string, number>>;
}

export interface RunInput {
  /** File name as the operator knows it. */
  readonly name: string;
  readonly artifact: StoredArtifact;
}

/** What a person is asked for. */
export interface Ask {
  readonly kind: "otp" | "files" | "approval";
  /** Who is asked, as people call them: `Ada Fittizia`; where no name is known, the key of the ente file in quotes: `«comandante»`. */
  readonly who: string;
  /** What to do, in Italian. */
  readonly prompt: string;
  /** What went wrong with the previous answer, in Italian. */
  readonly problem?: string;
  /** How long the person has, in milliseconds; default 24 h. */
  readonly withinMs?: number;
}

/** A person's answer: held in memory only, never journalled or logged; of a go-ahead, who gave it is kept with the run. */
export type Answer =
  | { readonly kind: "otp"; readonly otp: string }
  | FilesAnswer
  | { readonly kind: "approval"; readonly by: string };
