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

/** `switch`: true or false; `euro`: cents in the file; `secret`: the name of one. */
export type FormFieldKind = "text" | "number" | "choice" | "switch" | "date" | "euro" | "secret";

/** A value of an ente's file as a form shows it. */
export interface EnteFormField {
  /** Its keys, joined by dots. */
  readonly name: string;
  readonly path: readonly string[];
  readonly label: string;
  readonly help: string;
  readonly kind: FormFieldKind;
  readonly options: readonly string[];
  /** What holds where the file says nothing, as it is shown; `null`: nothing. */
  readonly otherwise: string | null;
  readonly isRequired: boolean;
  /** As it is shown; empty: the file says nothing. */
  readonly value: string;
  /** The text says it in a way that only the text can change. */
  readonly isInFile: boolean;
  /** Where its value stands in the text; `null`: nowhere. */
  readonly start: number | null;
  readonly end: number | null;
}

/** What stands in the text and in no field. */
export interface FormRest {
  readonly name: string;
  readonly line: number;
}

export interface EnteForm {
  readonly sections: readonly {
    readonly key: string;
    readonly title: string;
    readonly isThere: boolean;
    readonly fields: readonly EnteFormField[];
  }[];
  readonly rest: readonly FormRest[];
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
  /** The text of an ente's file as a form; `null`: it can only be edited as text. */
  readForm(name: string, text: string): Promise<EnteForm | null>;
  /** The text with what was typed into the fields that the form had (`shown`). */
  fillForm(
    name: string,
    text: string,
    typed: { readonly given: ReadonlyMap<string, string>; readonly shown: readonly string[] },
  ): Promise<string>;
  save(request: SaveRequest): Promise<SaveResult>;
  /** Newest first. */
  listVersions(name: string): Promise<readonly FileVersion[]>;
}
