/** Pipelines and enti as pages show and edit them. */
import type { DiffLine } from "./diff-lines.ts";

export interface FileRow {
  /** Below the folder of the pipelines: `send.yaml`, `enti/borgolieto.yaml`. */
  readonly name: string;
  readonly kind: "pipeline" | "base" | "ente";
  /** Whose file it is; `null`: of several. */
  readonly ente: string | null;
  /** ISO 8601 UTC. */
  readonly changedAt: string;
}

export interface FileText extends Pick<FileRow, "name" | "ente"> {
  readonly text: string;
  /** sha256 of the text: what a save must have read. */
  readonly version: string;
}

export interface FileProblem {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly line: number;
  readonly column: number;
  /** In UTF-16 units from the beginning of the text. */
  readonly start: number;
  readonly end: number;
  /** Italian, with the remedy. */
  readonly message: string;
}

export interface FilePreview {
  readonly diff: readonly DiffLine[];
  readonly problems: readonly FileProblem[];
  /** Errors that stand in other files because of it. */
  readonly others: number;
  /** Whom it touches; Italian, several lines. */
  readonly impact: string;
  /** Of the text on disk that it was compared with. */
  readonly version: string;
}

export interface SaveRequest {
  readonly name: string;
  readonly text: string;
  readonly version: string;
  readonly by: string;
  readonly reason: string;
  /** With its errors. */
  readonly isForced?: boolean;
}

export type SaveResult =
  | { readonly status: "saved"; readonly version: string }
  | { readonly status: "conflict"; readonly current: FileText }
  | { readonly status: "refused"; readonly reason: string };

export interface FileVersion {
  readonly number: number;
  readonly text: string;
  /** Empty: as it was found on disk. */
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export interface Offers {
  readonly start: number;
  readonly end: number;
  readonly offers: readonly {
    readonly label: string;
    readonly kind: string;
    readonly detail?: string | undefined;
    readonly about?: string | undefined;
    readonly insert: string;
  }[];
}

export interface FileDesk {
  list(): Promise<readonly FileRow[]>;
  /** `null`: there is no such file of ours. */
  read(name: string): Promise<FileText | null>;
  check(name: string, text: string): Promise<readonly FileProblem[]>;
  complete(name: string, text: string, offset: number): Promise<Offers>;
  describe(
    name: string,
    text: string,
    offset: number,
  ): Promise<{ readonly start: number; readonly end: number; readonly text: string } | null>;
  preview(name: string, text: string): Promise<FilePreview | null>;
  save(request: SaveRequest): Promise<SaveResult>;
  /** Newest first. */
  listVersions(name: string): Promise<readonly FileVersion[]>;
}
