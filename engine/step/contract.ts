/** What a step is: its spec as data and its code. */
import type { Static, TObject, TProperties } from "typebox";
import type { Clock } from "../host/clock.ts";
import type { ItemRejected } from "../host/errors.ts";
import type { ArtifactAccess, FilesAnswer, StoredArtifact } from "../host/files.ts";
import type { Logger } from "../host/logger.ts";

export type { ArtifactAccess, StoredArtifact, UploadedFile } from "../host/files.ts";

/** `pure`: may run again; `keyed`: the other side knows our key; `once`: never again without asking. */
export type Effect = "pure" | "keyed" | "once";
export type StepKind = "source" | "item" | "group";

/** A verbale while it travels: `key` is unique in the run, `data` only grows. */
export interface Item<Data> {
  readonly key: string;
  /** Grows only when a person asks for another try after a refusal; starts at 1. */
  readonly round: number;
  readonly data: Data;
}

/** What the same step did for the same verbale in earlier rounds, newest last. */
export interface EarlierEffect {
  readonly round: number;
  readonly runId: string;
  /** The fields that the step added then. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An effect, begun or done, that holds a name: what an item uses on the other side and no other item may use. */
export interface Holder {
  readonly itemKey: string;
  readonly round: number;
  readonly runId: string;
  /** False: begun, and its end is not known yet. */
  readonly isDone: boolean;
  /**
   * True: a later step rejected the item, so that it holds nothing; unless an effect in between had made it final, which the
   * fields tell.
   */
  readonly isRefused: boolean;
  /** What the effects of that item and round added so far, this one and those of other steps. */
  readonly fields: Readonly<Record<string, unknown>>;
}

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
  /** Hash of ente, step, item key and round: 64 hex characters. */
  idempotencyKey(item: Item<unknown>): string;
  /** What this step did for this verbale in earlier rounds. */
  earlier(item: Item<unknown>): readonly EarlierEffect[];
}

/** What `reconcile` found out about our key. */
export type Reconciled<Added> =
  | { readonly status: "done"; readonly fields: Added }
  | { readonly status: "not-done" }
  | { readonly status: "unknown"; readonly reason: string };

/** One item's end in `runMany` or in a group step. */
export type Outcome<Added> =
  | {
      readonly item: Item<unknown>;
      readonly status: "done";
      readonly fields: Added;
      readonly note?: string;
    }
  | { readonly item: Item<unknown>; readonly status: "failed"; readonly error: unknown };

/** What a person is asked for. */
export interface Ask {
  readonly kind: "otp" | "files" | "approval";
  /** Who is asked, as the ente file names them: `comandante`. */
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

export interface OpenEffect {
  readonly itemKey: string;
  readonly round: number;
  readonly runId: string;
  /** When it was done, ISO 8601 UTC. */
  readonly at: string;
  /** The fields that the step added. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a source yields: an item, or a row that is no item (`onInvalidRow: reject`). */
export type SourceRow<Added> =
  | {
      readonly key: string;
      readonly fields: Added;
      /** What tells these data from other data of the same key; default: the fields. What a row says of its neighbours does not belong. */
      readonly identity?: unknown;
    }
  | { readonly key: string; readonly rejected: ItemRejected };

interface SpecBase<Config extends TObject, Needs extends string> {
  /** One Italian sentence: what the step does. */
  readonly summary: string;
  /** Services by name; asking for another is a compile error. */
  readonly needs?: readonly Needs[];
  /** What YAML `with:` may say; every field has a description and, where sensible, a default. */
  readonly config: Config;
  /** YAML text of `with:`; a test validates each. */
  readonly examples: readonly string[];
  /**
   * What the schema cannot say about `with:` and the ente's settings: asked by `check` and before a run, for each ente. Reads
   * only, asks nothing of the outside. Parts of `with` that the schema refused are missing or as they were written.
   */
  readonly inspect?: (
    config: Readonly<Record<string, unknown>>,
    ctx: InspectContext,
  ) => Promise<readonly SettingFault[]>;
}

/** What an inspection may look at besides the settings of its step. */
export interface InspectContext {
  /** The ente file as typed data; `null` when no ente is meant or its file has faults. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Folder of the ente file: what its file names are relative to. */
  readonly enteFolder: string;
}

/** A fault that no schema can tell; the engine finds its place in the files. */
export interface SettingFault {
  /** Where `path` begins: in the `with:` of the step entry, or in the ente file. */
  readonly within: "with" | "ente";
  /** Keys and list positions that lead to the value; what is not written there is told at the nearest part that is. */
  readonly path: readonly string[];
  /** Points at the key instead of its value. */
  readonly isAboutKey?: boolean;
  /** The part of the value to point at. */
  readonly word?: string;
  /** Default `error`. */
  readonly severity?: "error" | "warning";
  /** Italian, as all that follows. */
  readonly message: string;
  readonly why?: string;
  readonly remedy?: string;
  /** What may stand in the place of `wrong`; the nearest is suggested. */
  readonly choice?: {
    readonly wrong: string;
    readonly title: string;
    readonly names: readonly string[];
  };
}

interface TravelSpec<Reads extends TProperties, Adds extends TProperties> {
  /** Item fields that must be there. */
  readonly reads: TObject<Reads>;
  /** Item fields that are new after the step. */
  readonly adds: TObject<Adds>;
  /** What the operator reads beside an item that passed, one short Italian sentence; `null` = nothing to say. */
  readonly note?: (fields: Static<TObject<Adds>>) => string | null;
}

type Pick_<Services, Needs extends string> = {
  readonly [N in Needs & keyof Services]: Services[N];
};

export interface SourceSpec<
  S,
  C extends TObject,
  A extends TProperties,
  N extends string & keyof S,
> extends SpecBase<C, N> {
  readonly adds: TObject<A>;
  /** False: it makes its items from elsewhere and a run with an input file is refused. Default true. */
  readonly takesFile?: false;
  run(ctx: SourceContext<Static<C>, Pick_<S, N>>): AsyncIterable<SourceRow<Static<TObject<A>>>>;
}

export interface PureSpec<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
>
  extends SpecBase<C, N>, TravelSpec<R, A> {
  run(
    item: Item<Static<TObject<R>>>,
    ctx: StepContext<Static<C>, Pick_<S, N>>,
  ): Promise<Static<TObject<A>>> | Static<TObject<A>>;
}

export interface EffectSpec<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
>
  extends SpecBase<C, N>, TravelSpec<R, A> {
  readonly effect: "keyed" | "once";
  /** Once done, the verbale is closed: later runs may only repeat what was done. Default false. */
  readonly seals?: boolean;
  /** A later run repeats the recorded result only where this is equal; default: digest of what the source gave. */
  readonly fingerprint?: (item: Item<Static<TObject<R>>>) => string;
  /** Names that the item uses on the other side, held from the intent on: what `holders` answers from. Default none. */
  readonly holds?: (item: Item<Static<TObject<R>>>) => readonly string[];
  run(
    item: Item<Static<TObject<R>>>,
    ctx: EffectContext<Static<C>, Pick_<S, N>>,
  ): Promise<Static<TObject<A>>>;
  /** Where the other side takes several at once: at most `atOnce` items per call; yields every item's end. */
  readonly runMany?: {
    readonly atOnce: number;
    run(
      items: readonly Item<Static<TObject<R>>>[],
      ctx: EffectContext<Static<C>, Pick_<S, N>>,
    ): AsyncIterable<Outcome<Static<TObject<A>>>>;
  };
  /** Asks the other side what became of our key. */
  reconcile(
    item: Item<Static<TObject<R>>>,
    ctx: EffectContext<Static<C>, Pick_<S, N>>,
  ): Promise<Reconciled<Static<TObject<A>>>>;
}

export interface GroupSpec<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
>
  extends SpecBase<C, N>, TravelSpec<R, A> {
  readonly effect: Effect;
  /** As for an effect step. */
  readonly fingerprint?: (item: Item<Static<TObject<R>>>) => string;
  run(
    items: readonly Item<Static<TObject<R>>>[],
    ctx: GroupContext<Static<C>, Pick_<S, N>>,
  ): AsyncIterable<Outcome<Static<TObject<A>>>>;
  /** Needed unless `pure`. */
  reconcile?(
    item: Item<Static<TObject<R>>>,
    ctx: EffectContext<Static<C>, Pick_<S, N>>,
  ): Promise<Reconciled<Static<TObject<A>>>>;
}

/** A step as the engine sees it: the types of its fields are checked by schema at run time. */
export interface Step {
  readonly kind: StepKind;
  readonly effect: Effect;
  readonly seals: boolean;
  readonly summary: string;
  readonly needs: readonly string[];
  readonly config: TObject;
  readonly reads: TObject;
  readonly adds: TObject;
  readonly examples: readonly string[];
  readonly inspect?: SpecBase<TObject, string>["inspect"];
  readonly note?: (fields: Readonly<Record<string, unknown>>) => string | null;
  readonly fingerprint?: (item: Item<unknown>) => string;
  readonly holds?: (item: Item<unknown>) => readonly string[];
  readonly takesFile?: false;
  readonly source?: (
    ctx: SourceContext<unknown, unknown>,
  ) => AsyncIterable<SourceRow<Record<string, unknown>>>;
  readonly runOne?: (
    item: Item<unknown>,
    ctx: EffectContext<unknown, unknown>,
  ) => Promise<Record<string, unknown>> | Record<string, unknown>;
  readonly runMany?: {
    readonly atOnce: number;
    readonly run: (
      items: readonly Item<unknown>[],
      ctx: EffectContext<unknown, unknown>,
    ) => AsyncIterable<Outcome<Record<string, unknown>>>;
  };
  readonly runGroup?: (
    items: readonly Item<unknown>[],
    ctx: GroupContext<unknown, unknown>,
  ) => AsyncIterable<Outcome<Record<string, unknown>>>;
  readonly reconcile?: (
    item: Item<unknown>,
    ctx: EffectContext<unknown, unknown>,
  ) => Promise<Reconciled<Record<string, unknown>>>;
}

const nothing = {
  type: "object",
  properties: {},
  additionalProperties: true,
} as unknown as TObject;

/** The four makers of steps, bound to the services that steps may ask for. */
export function createStepMakers<Services>() {
  return {
    /** A step that makes the items. */
    sourceStep<C extends TObject, A extends TProperties, N extends string & keyof Services = never>(
      spec: SourceSpec<Services, C, A, N>,
    ): Step {
      return erase({ ...spec, kind: "source", effect: "pure", reads: nothing, source: spec.run });
    },
    /** A step without outside effect: may run again freely. */
    pureStep<
      C extends TObject,
      R extends TProperties,
      A extends TProperties,
      N extends string & keyof Services = never,
    >(spec: PureSpec<Services, C, R, A, N>): Step {
      return erase({ ...spec, kind: "item", effect: "pure", runOne: spec.run });
    },
    /** A step that touches the outside, one verbale at a time. */
    effectStep<
      C extends TObject,
      R extends TProperties,
      A extends TProperties,
      N extends string & keyof Services = never,
    >(spec: EffectSpec<Services, C, R, A, N>): Step {
      return erase({ ...spec, kind: "item", runOne: spec.run });
    },
    /** A step that sees all live items: a barrier. */
    groupStep<
      C extends TObject,
      R extends TProperties,
      A extends TProperties,
      N extends string & keyof Services = never,
    >(spec: GroupSpec<Services, C, R, A, N>): Step {
      if (spec.effect !== "pure" && spec.reconcile === undefined)
        throw new Error("a keyed or once group step needs reconcile");
      return erase({ ...spec, kind: "group", runGroup: spec.run });
    },
  };
}

/** Forgets the field types; the runner checks every field by schema instead. */
function erase(spec: object): Step {
  const { run: _run, ...rest } = spec as { run: unknown };
  return { seals: false, needs: [], ...rest } as unknown as Step;
}

/** Marks what `erase` made, for the loader's check of a default export. */
export function isStep(value: unknown): value is Step {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    "summary" in value &&
    "config" in value
  );
}
