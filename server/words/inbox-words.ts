/** What is said of a file of an inbox that no run has read yet. */
import type { Arrival } from "../../integrations/flusso/inbox/arrivals.ts";

/** A file that no run has read yet. */
export interface InboxFile {
  /** Folder below data/inbox. */
  readonly inbox: string;
  readonly name: string;
  /** Italian: why it is there. */
  readonly why: string;
  /** Instant of its last change; `null`: not known. */
  readonly since: string | null;
  /** The run that has taken it; `null`: none. */
  readonly run: string | null;
  /** The next run takes it. */
  readonly isReady: boolean;
}

export const whyWaiting: Readonly<Record<Arrival["state"], string>> = {
  "unfinished-name": "Il nome dice che la copia non è finita",
  "being-written": "Ancora in copia",
  "no-companion": "Manca il file che lo dice completo",
  ready: "Pronto: lo prende il prossimo flusso",
};
