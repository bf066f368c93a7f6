/** What the dashboard needs of the program around it; server/main.ts gives it, tests give a fake. */
import type { ReportBug } from "../../engine/host/bug-report.ts";
import type { Answer } from "../../engine/step/context.ts";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { Spool } from "./spool.ts";
import type { Clock } from "../../engine/host/clock.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { ScheduleListing } from "../../engine/schedule/scheduled.ts";
import type { Logger } from "../../engine/host/logger.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { InboxFile } from "../words/inbox-words.ts";
import type { WrittenCase } from "../fascicolo/write-case.ts";
import type { PeopleDesk } from "../people/desk.ts";
import type { FindRequest, FindResult } from "../search/search.ts";
import type { Corrections } from "../correct/corrections.ts";
import type { DraftMappings } from "../drafts/draft-mapping.ts";
import type { FlussoDrafts } from "../drafts/flusso-drafts.ts";
import type { ShownMessage } from "../history/alerts.ts";
import type { SavedViews } from "../views/saved-views.ts";
import type { WaitingDesk } from "../register/open-desk.ts";
import type { Renotifications } from "../register/renotify.ts";
import type { FileDesk } from "../history/edited-files.ts";
import type { Catalog } from "../history/catalog.ts";
import type { Pauses } from "../history/pauses.ts";
import type { MonthReport } from "../report/collect.ts";
import type { EnteSummaries } from "../history/today/ente-summaries.ts";
import type { PublicAccess } from "./access.ts";
import type { Site } from "./site.ts";
import type { PriceReply } from "./price-reply.ts";
import type {
  CommandResult,
  ExcludeRequest,
  ResumeRequest,
  StartRequest,
  StartResult,
} from "./requests.ts";
import type { UploadLimits } from "./upload.ts";

export type {
  CommandResult,
  ExcludeRequest,
  ResumeRequest,
  StartRequest,
  StartResult,
} from "./requests.ts";

/** A journal that is read and that says which runs moved. */
export type ObservedJournal = JournalReader & {
  onChange(listener: (runId: string) => void): () => void;
};

export interface AppDeps {
  readonly journal: ObservedJournal;
  /** Downloads are read from it; uploads wait in its spool until somebody takes them. */
  readonly artifacts: ArtifactStore;
  /** A place on disk for what a form brings, until it is taken; default: with the temporary files of the store. */
  readonly createSpool?: () => Spool;
  /** What one upload form may bring; more is refused with 413. */
  readonly uploadLimits: UploadLimits;
  readonly clock: Clock;
  /** What the installed steps and the fields that they add are called. */
  readonly registry: StepRegistry;
  /** One line per request that failed for a reason of ours. */
  readonly log: Logger;
  /** Under which addresses browsers come. */
  readonly access: PublicAccess;
  /** Keeps what is known of such a request; absent: only the log does. */
  readonly reportBug?: ReportBug;
  /** What header and footer say of whose pages these are; absent: nothing. */
  readonly site?: Site;
  /** Version of the program, shown in the footer. */
  readonly version: string;
  /**
   * Hands a person's answer to the waiting step. Resolves as soon as the answer is taken, not when the step has ended.
   * Refuses when the run asks nothing of that kind. The answer is never stored or logged.
   */
  answer(runId: string, answer: Answer): Promise<CommandResult>;
  resume(runId: string, request: ResumeRequest): Promise<CommandResult>;
  /** `reason`: why, as a person wrote it; kept with the run. */
  cancel(runId: string, reason?: string): Promise<CommandResult>;
  /** Takes verbali out of a flusso before they are sent; absent: not offered. */
  exclude?(runId: string, request: ExcludeRequest): Promise<CommandResult>;
  /** What of a file stayed behind when its first verbali went ahead; absent: not offered. */
  readonly rest?: {
    count(run: Run): Promise<number>;
    send(run: Run): Promise<StartResult>;
  };
  /** Starts a run from the page "Nuovo flusso"; absent: the page is not offered. Needs `catalog`. */
  startRun?(request: StartRequest): Promise<StartResult>;
  /** Why such a start would be refused, before anything is kept; `null`: it would not. Absent: found out at the start. */
  judgeStart?(request: StartRequest): Promise<Extract<StartResult, { status: "refused" }> | null>;
  /** Keeps a file that was brought, to be looked at before it starts; absent: it starts at once. */
  readonly drafts?: FlussoDrafts;
  /** How the columns of such a file are read, where a person says it. Needs `drafts`. */
  readonly mappings?: DraftMappings;
  /** A rejected verbale, corrected and sent again; absent: not offered. */
  readonly corrections?: Corrections;
  /** A verbale that is notified anew; absent: not offered. */
  readonly renotifications?: Renotifications;
  /** Verbali that wait to be notified; absent: not offered. */
  readonly waiting?: WaitingDesk;
  /** Known enti and pipelines, for filters and titles; absent: codes are shown and typed as they are. */
  loadCatalog?(): Promise<Catalog>;
  /** How the enti fared lately; absent: made over the journal. */
  readonly summaries?: EnteSummaries;
  /** What starts by itself, as the files say it now; absent: not shown. */
  listSchedules?(): Promise<ScheduleListing>;
  /** The pipeline of a run as its files say it now, JSON as a run keeps it; `null`: they have an error. Absent: not compared. */
  resolveToday?(run: Run): Promise<string | null>;
  /** Puts schedules aside and lets them go on; absent: not offered. */
  readonly pauses?: Pauses;
  /** Files of the inboxes that no run has read yet; absent: not shown. */
  listInboxFiles?(): Promise<readonly InboxFile[]>;
  /** Filters that people keep under a name; absent: not offered. */
  readonly views?: SavedViews;
  /** Pipelines and enti, to be edited; absent: not offered. */
  readonly files?: FileDesk;
  /** How the notifications of an ente went in a month; `null`: there is no such ente for who asks. Absent: not shown. */
  readReport?(ente: string, month: string): Promise<MonthReport | null>;
  /** Messages to people; absent: not shown. */
  readonly alerts?: {
    list(): Promise<readonly ShownMessage[]>;
    /** Queues a message to all who are told of every ente; resolves with how many there are. */
    test(): Promise<number>;
  };
  /** The case file of a notification of that ente; `null`: none is kept. */
  writeCase(ente: string, iun: string): Promise<WrittenCase | null>;
  /** Finds verbali over all runs. */
  find(request: FindRequest): Promise<FindResult>;
  /** What a payment system that asks at payment time is told of a notice; absent: the address does not exist. */
  askPrice?(request: {
    readonly paTaxId: string;
    readonly noticeCode: string;
    readonly key: string;
  }): Promise<PriceReply>;
  /** Who may come in; absent: whoever reaches the address, as tests do. */
  readonly people?: PeopleDesk;
  /** Aborted when the server stops: ends the event streams, so that closing does not wait for browsers. */
  readonly signal?: AbortSignal;
}
