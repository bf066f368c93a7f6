/** A step as the engine sees it, and the four makers of it. */
import type { TObject, TProperties } from "typebox";
import type { EffectContext, GroupContext, SourceContext } from "./context.ts";
import type { Effect, EffectSpec, GroupSpec, PureSpec, SourceSpec, StepKind } from "./contract.ts";
import type { Inspection } from "./inspect.ts";
import type { Item } from "./item.ts";
import type { Outcome, Reconciled, SourceRow } from "./outcome.ts";

/** A step as the engine sees it: the types of its fields are checked by schema at run time. */
export interface Step {
  readonly kind: StepKind;
  readonly effect: Effect;
  readonly seals: boolean;
  readonly title?: string;
  readonly summary: string;
  readonly needs: readonly string[];
  readonly config: TObject;
  readonly reads: TObject;
  readonly adds: TObject;
  readonly examples: readonly string[];
  readonly inspect?: Inspection;
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
