/** A resolved pipeline as data: what a run executes and is stored with it, and a step on the way there. */
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import type { Schedule } from "./schema.ts";
import type { Span } from "../yaml/diagnostics.ts";
import type { RegisteredStep } from "./registry.ts";
import type { YamlMap } from "../yaml/yaml.ts";

/** Plain data, stored with the run as JSON. */
export interface ResolvedPipeline {
  /** The file's name: `send`. */
  readonly name: string;
  /** `name:` in the file. */
  readonly title: string;
  /** Codice of the ente: the name of its file. */
  readonly ente: string;
  readonly schedule: Schedule | null;
  /** Declared parameters that have a value. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly steps: readonly ResolvedStep[];
  readonly onFailure: {
    readonly uses: string;
    readonly with: Readonly<Record<string, unknown>>;
  } | null;
  readonly expectSuccessEveryMs: number | null;
  /** The ente file without `pipelines`, typed by the settings schema; secrets are names. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `steps.transmit.retry.times` -> `pipelines/send.yaml:12`, or why the value is there. */
  readonly origins: Readonly<Record<string, string>>;
}

/** A step entry with its code and its place; `registered` is `null` where no such step exists. */
export interface AssembledStep {
  /** The place of its name. */
  readonly at: Span;
  readonly node: YamlMap;
  readonly registered: RegisteredStep | null;
  readonly resolved: ResolvedStep;
}
