/** What every page stands in: whose pages these are, and what the frame shows besides the page. */
import type { Child } from "hono/jsx";
import type { AskRow, Run } from "../../../engine/journal/runs.ts";
import type { Site } from "../site.ts";
import type { Theme } from "./theme.tsx";

/** The entries of the navigation. */
export type Section =
  | "oggi"
  | "flussi"
  | "programmazioni"
  | "rapporti"
  | "file"
  | "avvisi"
  | "nuovo"
  | "registro";

/** What the frame shows besides the page. */
export interface PageFrame {
  readonly title: string;
  /** Which entry of the navigation the page belongs to; `null` = none. */
  readonly section: Section | null;
  readonly site: Site;
  /** The ente of an installation that has but one; `null`: there are several, or none is known. */
  readonly ente: { readonly nome: string; readonly crestUrl: string | null } | null;
  readonly theme: Theme;
  /** Who is logged in, as the slim strip shows it. */
  readonly who: Child;
  /** Open questions of all runs. */
  readonly asks: readonly AskRow[];
  /** Runs that wait for a person to say what became of verbali in doubt, newest first. */
  readonly doubtful: readonly Run[];
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether some ente notifies from the register. */
  readonly hasRegister: boolean;
  /** Whether runs can be started here. */
  readonly canStart: boolean;
  /** Whether pipelines and enti can be edited here. */
  readonly canEdit: boolean;
}
