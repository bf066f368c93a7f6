/** What `--json` prints, as scripts of others read it: written out, not taken from the program. */
import type { ItemState, RunState } from "../../engine/journal/states.ts";

export interface RunDocument {
  readonly run: {
    readonly id: string;
    readonly pipeline: string;
    readonly ente: string;
    readonly state: RunState;
    readonly createdAt: string;
    readonly endedAt: string | null;
    readonly counts: {
      readonly total: number;
      readonly done: number;
      readonly rejected: number;
      readonly waiting: number;
      readonly inDoubt: number;
      readonly failed: number;
    };
  };
  readonly items: readonly {
    readonly key: string;
    readonly state: ItemState;
    readonly step: string | null;
    readonly code: string | null;
    readonly note: string | null;
    readonly iuv: readonly string[];
    readonly noticeCodes: readonly string[];
    readonly token: string | null;
    readonly iun: string | null;
    readonly artifacts: readonly {
      readonly name: string;
      readonly sha256: string;
      readonly bytes: number;
      readonly path: string;
    }[];
  }[];
}
