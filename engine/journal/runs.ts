/** Runs in the journal: their rows, files, questions and approvals. */
import type { Hint } from "../host/hint.ts";
import type { StoredArtifact } from "../host/files.ts";
import type { RunState } from "./states.ts";

/** How many items are in which state; `pending` counts the running ones too. */
export interface RunCounts {
  readonly total: number;
  readonly pending: number;
  readonly done: number;
  readonly rejected: number;
  readonly waiting: number;
  readonly inDoubt: number;
  readonly failed: number;
  readonly cancelled: number;
}

export type RunTrigger = "manual" | "schedule" | "dashboard";

/** One row of history. Instants are ISO 8601 UTC; `null` = not yet, or none. */
export interface Run {
  /** Grows with every run: the paging key. */
  readonly seq: number;
  /** What a person types: `20261123-0001`. */
  readonly id: string;
  readonly pipeline: string;
  readonly ente: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** When the first item passed the step that seals (transmit), and how many did. */
  readonly sealedAt: string | null;
  readonly sealed: number;
  readonly input: StoredArtifact | null;
  readonly params: Readonly<Record<string, string>>;
  /** All items are in the journal. */
  readonly isLoaded: boolean;
  readonly counts: RunCounts;
  /** Why the run is blocked, waiting or failed; Italian. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly hint: Hint | null;
  /** How its input was found and read, as the source tells it; `null`: nothing to tell. */
  readonly note: string | null;
  /** The first item that was rejected or failed. */
  readonly firstCode: string | null;
  readonly firstNote: string | null;
}

export interface NewRun extends Pick<Run, "pipeline" | "ente" | "trigger" | "input" | "params"> {
  /** The resolved pipeline as JSON: the run is bound to it. */
  readonly spec: string;
}

type Patched = "state" | "startedAt" | "endedAt" | "isLoaded" | "code" | "reason" | "hint" | "note";

/** What changes of a run; an input that came later stays. */
export interface RunPatch extends Partial<Pick<Run, Patched>> {
  readonly input?: StoredArtifact;
}

export interface RunFilter {
  readonly ente?: string;
  readonly pipeline?: string;
  readonly states?: readonly RunState[];
  /** ISO 8601: created at or after. */
  readonly since?: string;
  /** Only runs with a smaller seq: the next page. */
  readonly beforeSeq?: number;
  readonly limit: number;
}

/** Done, rejected and failed per step entry of a run. */
export interface StepCount {
  readonly step: string;
  readonly done: number;
  readonly rejected: number;
  readonly failed: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
}

/** A question to a person; the answer is never stored. */
export interface AskRow {
  readonly run: string;
  readonly step: string;
  readonly kind: "otp" | "files" | "approval";
  readonly who: string;
  readonly prompt: string;
  readonly problem: string | null;
  readonly createdAt: string;
  readonly deadline: string;
}

/** A go-ahead that a person gave, as the journal keeps it. */
export interface Approval {
  /** Id of the step that it let begin. */
  readonly step: string;
  /** As the person wrote it. */
  readonly by: string;
  /** Instant. */
  readonly at: string;
}

/** Runs as they are read; safe beside a writer in another process. */
export interface RunReader {
  readRun(id: string): Promise<Run | null>;
  /** Newest first. */
  listRuns(filter: RunFilter): Promise<readonly Run[]>;
  listStepCounts(runId: string): Promise<readonly StepCount[]>;
  /** The resolved pipeline of the run, JSON. */
  readSpec(runId: string): Promise<string>;
  /** Archives and other files of the whole run. */
  listFiles(runId: string): Promise<readonly StoredArtifact[]>;
  /** Open questions of one run; of all runs only where a person is waited for now. */
  listAsks(runId?: string): Promise<readonly AskRow[]>;
  /** Who let the run go on, oldest first. */
  listApprovals(runId: string): Promise<readonly Approval[]>;
}

/** Runs as their one writer keeps them. */
export interface JournalRuns extends RunReader {
  createRun(run: NewRun): Promise<Run>;
  patchRun(runId: string, patch: RunPatch): Promise<void>;
  addFile(runId: string, file: StoredArtifact): Promise<void>;
  openAsk(ask: Omit<AskRow, "createdAt">): Promise<void>;
  closeAsk(runId: string, step: string): Promise<void>;
  /** A person agreed to go on with this step: who it was is kept, the question is closed. */
  agree(runId: string, step: string, by: string): Promise<void>;
  /** Says which runs moved; returns how to stop listening. */
  onChange(listener: (runId: string) => void): () => void;
}
