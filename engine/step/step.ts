/** A step as the engine sees it, and the four makers of it. */
import type { TObject, TProperties } from "typebox";
import type { RetryLater } from "../host/errors.ts";
import type { EffectContext, ReconcileContext, SourceContext, StepContext } from "./context.ts";
import type {
  Effect,
  EffectSpec,
  GroupSpec,
  LeavesBytes,
  PureSpec,
  SourceSpec,
  SpecBase,
  StepKind,
  WhenAway,
} from "./contract.ts";
import type { Item } from "./item.ts";
import { endItem, type Outcome, type Reconciled, type SourceRow } from "./outcome.ts";

type RunMany = (
  items: readonly Item<unknown>[],
  ctx: EffectContext<unknown, unknown>,
) => AsyncIterable<Outcome<Record<string, unknown>>>;

/** A step as the engine sees it: the types of its fields are checked by schema at run time. */
export interface Step extends SpecBase<TObject, string> {
  readonly kind: StepKind;
  readonly effect: Effect;
  readonly seals: boolean;
  readonly evidence?: string;
  readonly needs: readonly string[];
  readonly reads: TObject;
  readonly adds: TObject;
  readonly prepare?: (ctx: StepContext<unknown, unknown>) => Promise<void>;
  readonly leavesBytes: LeavesBytes<unknown, unknown>;
  readonly whenAway?: WhenAway;
  readonly runsEmpty?: boolean;
  readonly note?: (fields: Readonly<Record<string, unknown>>) => string | null;
  readonly fingerprint?: (item: Item<unknown>) => string;
  readonly holds?: (item: Item<unknown>, ctx: StepContext<unknown, unknown>) => readonly string[];
  readonly holdBack?: (
    ctx: StepContext<unknown, unknown>,
  ) => Promise<{ readonly free: number; readonly why: RetryLater } | null>;
  readonly takesFile?: false;
  readonly source?: (
    ctx: SourceContext<unknown, unknown>,
  ) => AsyncIterable<SourceRow<Record<string, unknown>>>;
  /** How many items `runMany` takes at once; a group step takes all. */
  readonly atOnce: number;
  /** The code of every step but a source: yields the end of each item. A group step is handed a GroupContext. */
  readonly runMany?: RunMany;
  readonly reconcile?: (
    item: Item<unknown>,
    ctx: ReconcileContext<unknown, unknown>,
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
      return erase({
        ...spec,
        kind: "item",
        effect: "pure",
        atOnce: 1,
        runMany: runEach(spec.run),
      });
    },
    /** A step that touches the outside, one verbale at a time or some. */
    effectStep<
      C extends TObject,
      R extends TProperties,
      A extends TProperties,
      N extends string & keyof Services = never,
    >(spec: EffectSpec<Services, C, R, A, N>): Step {
      const { atOnce, run } = spec.runMany ?? { atOnce: 1, run: runEach(spec.run) };
      return erase({ ...spec, kind: "item", atOnce, runMany: run });
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
      return erase({ ...spec, kind: "group", atOnce: Infinity, runMany: spec.run });
    },
  };
}

/** Code for one verbale as code for several, one after the other. */
function runEach<One, Context, Added>(run: (item: One, ctx: Context) => Promise<Added> | Added) {
  return async function* (items: readonly (One & Item<unknown>)[], ctx: Context) {
    for (const item of items) yield await endItem(item, () => run(item, ctx));
  };
}

/** Forgets the field types; the runner checks every field by schema instead. */
function erase(spec: object): Step {
  const { run: _run, ...rest } = spec as { run: unknown };
  return { seals: false, needs: [], leavesBytes: 0, atOnce: 1, ...rest } as unknown as Step;
}

/** The fields that an item step adds to this one item. Throws what ended it otherwise. */
export async function runOnItem(
  step: Step,
  item: Item<unknown>,
  ctx: EffectContext<unknown, unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  if (step.kind !== "item" || step.runMany === undefined) throw new Error("no item step");
  for await (const outcome of step.runMany([item], ctx)) {
    if (outcome.status === "failed") throw outcome.error;
    return outcome.fields;
  }
  throw new Error(`the step said nothing of ${item.key}`);
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
