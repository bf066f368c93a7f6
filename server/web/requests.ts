/** What a person asks of runs, and what became of it: shared by the dashboard and by who carries it out. */
import type { UploadedFile } from "../../engine/host/files.ts";
import type { Hint } from "../../engine/host/hint.ts";
import type { DecisionWord } from "../../engine/journal/items.ts";

/** What became of a person's command. `reason` is Italian. */
export type CommandResult =
  | { readonly status: "accepted" }
  | { readonly status: "refused"; readonly reason: string; readonly hint?: Hint };

/** Which items another round is asked for; nothing given: go on with what is left. */
export interface ResumeRequest {
  readonly only?: "rejected" | "failed" | "in-doubt";
  /** Item keys; absent: all that `only` names. */
  readonly items?: readonly string[];
  /** Of rejected items: what a person corrected, in the place of what the file gave. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** What a person says of items in doubt. */
  readonly decision?: DecisionWord;
}

/** Which verbali a person takes out of a flusso, and why. */
export interface ExcludeRequest {
  readonly items: readonly string[];
  readonly by: string;
  readonly reason: string;
}

export interface StartRequest {
  /** Name of the pipeline file without `.yaml`. */
  readonly pipeline: string;
  /** Codice of the ente. */
  readonly ente: string;
  /** Readable until the start has ended; stored once the start is sure. `null`: the source takes it from the inbox. */
  readonly input: UploadedFile | null;
  readonly params: Readonly<Record<string, string>>;
  /** Only so many verbali from the beginning of the file; absent: all. */
  readonly first?: number;
  /** Of a pipeline that takes verbali from the register: those alone that a person chose, whatever its file says. */
  readonly isChosenOnly?: true;
}

export type StartResult =
  | { readonly status: "accepted"; readonly runId: string }
  | {
      readonly status: "refused";
      readonly reason: string;
      readonly hint?: Hint;
      /** Of parameters that are missing or wrong: why, by name; Italian. */
      readonly params?: Readonly<Record<string, string>>;
    };
