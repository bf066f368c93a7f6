/** What the author of a step writes: its spec as data and its code. */
import type { Static, TObject, TProperties } from "typebox";
import type {
  EffectContext,
  GroupContext,
  ReconcileContext,
  SourceContext,
  StepContext,
} from "./context.ts";
import type { RetryLater } from "../host/errors.ts";
import type { InspectSettings } from "./inspect.ts";
import type { Item } from "./item.ts";
import type { Outcome, Reconciled, SourceRow } from "./outcome.ts";

/** `pure`: may run again; `keyed`: the other side knows our key; `once`: never again without asking. */
export type Effect = "pure" | "keyed" | "once";
export type StepKind = "source" | "item" | "group";

/** `pass`: the item goes on without the fields of the step; `leave`: it leaves the flow as failed. */
export type WhenAway = "pass" | "leave";

/** What every step says of itself. */
export interface SpecBase<Config extends TObject, Needs extends string> {
  /** What operators call the step, in Italian, a short noun phrase (`Invio a SEND`); default: the summary where it is short, else the name. */
  readonly title?: string;
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
  readonly inspect?: InspectSettings;
  /** How many bytes it leaves in the data folder for one verbale, measured; a run that has no room for them does not begin. Default 0. Item and group steps may ask their context. */
  readonly leavesBytes?: number | ((ctx: never) => number);
}

/** Where it depends on how the step is set, or on what the ente has. */
export type LeavesBytes<Config, Needed> = number | ((ctx: StepContext<Config, Needed>) => number);

interface TravelSpec<Reads extends TProperties, Adds extends TProperties> {
  /** Item fields that must be there. */
  readonly reads: TObject<Reads>;
  /** Item fields that are new after the step; `title` of a field and of its literals is what operators read. */
  readonly adds: TObject<Adds>;
  /** What the operator reads beside an item that passed, one short Italian sentence; `null` = nothing to say. */
  readonly note?: (fields: Static<TObject<Adds>>) => string | null;
  /**
   * What becomes of an item where the other side refuses everybody (RunBlocked) or stays away for all tries: the run goes on,
   * says so at its end, and a later run does the step again. Whoever may `pass` adds nothing that a later step reads, and has
   * seen to it that the item comes back. Default: the run is blocked, the item failed or in doubt.
   */
  readonly whenAway?: WhenAway;
}

/** The services that a step named, of all there are. */
type Needed<Services, Needs extends string> = {
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
  run(ctx: SourceContext<Static<C>, Needed<S, N>>): AsyncIterable<SourceRow<Static<TObject<A>>>>;
}

export interface PureSpec<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
>
  extends SpecBase<C, N>, TravelSpec<R, A> {
  readonly leavesBytes?: LeavesBytes<Static<C>, Needed<S, N>>;
  /** Tries what every item will need, before the first effect of the run. Throws RunBlocked; reads only. */
  readonly prepare?: (ctx: StepContext<Static<C>, Needed<S, N>>) => Promise<void>;
  run(
    item: Item<Static<TObject<R>>>,
    ctx: StepContext<Static<C>, Needed<S, N>>,
  ): Promise<Static<TObject<A>>> | Static<TObject<A>>;
}

interface EffectSpecBase<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
>
  extends SpecBase<C, N>, TravelSpec<R, A> {
  readonly effect: "keyed" | "once";
  /** As for a pure step. */
  readonly prepare?: (ctx: StepContext<Static<C>, Needed<S, N>>) => Promise<void>;
  /** Once done, the verbale is closed: later runs may only repeat what was done. Default false. */
  readonly seals?: boolean;
  /** A later run repeats the recorded result only where this is equal; default: digest of what the source gave. */
  readonly fingerprint?: (item: Item<Static<TObject<R>>>) => string;
  /** By what a person may name an effect that nobody heard the end of, in Italian (`Numero di protocollo`); default: only what seals may be named. */
  readonly evidence?: string;
  /** Names that the item uses on the other side, held from the intent on: what `holders` answers from. Default none. */
  readonly holds?: (
    item: Item<Static<TObject<R>>>,
    ctx: StepContext<Static<C>, Needed<S, N>>,
  ) => readonly string[];
  /** Of a step that seals: how many items may go before others have passed; `null`, and by default, all. Asks nobody outside. */
  readonly holdBack?: (
    ctx: StepContext<Static<C>, Needed<S, N>>,
  ) => Promise<{ readonly free: number; readonly why: RetryLater } | null>;
  /** Asks the other side what became of our key. */
  reconcile(
    item: Item<Static<TObject<R>>>,
    ctx: ReconcileContext<Static<C>, Needed<S, N>>,
  ): Promise<Reconciled<Static<TObject<A>>>>;
}

/** Written for one verbale; or, where the other side takes several at once, for some. */
export type EffectSpec<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
> = EffectSpecBase<S, C, R, A, N> &
  (
    | {
        run(
          item: Item<Static<TObject<R>>>,
          ctx: EffectContext<Static<C>, Needed<S, N>>,
        ): Promise<Static<TObject<A>>>;
        readonly runMany?: never;
      }
    | {
        readonly run?: never;
        /** At most `atOnce` items per call; yields every item's end, see `endEach`. */
        readonly runMany: {
          readonly atOnce: number;
          run(
            items: readonly Item<Static<TObject<R>>>[],
            ctx: EffectContext<Static<C>, Needed<S, N>>,
          ): AsyncIterable<Outcome<Static<TObject<A>>>>;
        };
      }
  );

export interface GroupSpec<
  S,
  C extends TObject,
  R extends TProperties,
  A extends TProperties,
  N extends string & keyof S,
>
  extends SpecBase<C, N>, TravelSpec<R, A> {
  readonly effect: Effect;
  readonly leavesBytes?: LeavesBytes<Static<C>, Needed<S, N>>;
  /** It is run where no item has come to it too: what it does is about more than them. Default false. */
  readonly runsEmpty?: boolean;
  /** As for an effect step. */
  readonly fingerprint?: (item: Item<Static<TObject<R>>>) => string;
  run(
    items: readonly Item<Static<TObject<R>>>[],
    ctx: GroupContext<Static<C>, Needed<S, N>>,
  ): AsyncIterable<Outcome<Static<TObject<A>>>>;
  /** Needed unless `pure`. */
  reconcile?(
    item: Item<Static<TObject<R>>>,
    ctx: ReconcileContext<Static<C>, Needed<S, N>>,
  ): Promise<Reconciled<Static<TObject<A>>>>;
}
