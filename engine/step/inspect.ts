/** What a step says of its settings that no schema can say. */

/** Asks a step about its `with:`, coerced, and the ente's settings. */
export type InspectSettings = (
  config: Readonly<Record<string, unknown>>,
  ctx: InspectContext,
) => Promise<readonly SettingFault[]>;

/** What an inspection may look at besides the settings of its step. */
export interface InspectContext {
  /** The ente file as typed data; `null` when no ente is meant or its file has faults. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Folder of the ente file: what its file names are relative to. */
  readonly enteFolder: string;
  /** Names of all steps of the pipeline, in order. */
  readonly uses: readonly string[];
}

/** A fault that no schema can tell; the engine finds its place in the files. */
export interface SettingFault {
  /** Where `path` begins: in the `with:` of the step entry, in the ente file, or in the file of the kind of act that the pipeline names. */
  readonly within: "with" | "ente" | "act";
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
