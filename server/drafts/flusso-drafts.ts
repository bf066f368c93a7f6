/** Files that wait for a person's word: each is tried before anything starts, and started once. */
import { join } from "node:path";
import type { UploadedFile } from "../../engine/host/files.ts";
import { readFlussoSettings } from "../../integrations/flusso/flusso.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { WritingInstallation } from "../installation.ts";
import { resolveStart } from "../running/start-run.ts";
import type { Trial } from "../trial/trial.ts";
import { tryFlusso } from "../trial/try-flusso.ts";
import type { StartRequest, StartResult } from "../web/requests.ts";
import {
  createDraftStore,
  type DraftRequest,
  type DraftStore,
  type FlussoDraft,
  openAsUploaded,
} from "./draft-store.ts";
import { readColumns, type ReadColumn } from "./read-columns.ts";

/** What the trial of a draft came to; `busy`: it goes on. */
export type DraftTrial =
  | { readonly status: "busy" }
  | { readonly status: "refused"; readonly refusal: Extract<StartResult, { status: "refused" }> }
  | {
      readonly status: "ready";
      readonly trial: Trial;
      /** Empty where the file cannot be read at all, or has no columns. */
      readonly columns: readonly ReadColumn[];
      /** Of how many verbali the documents were drawn too; `null`: of all. */
      readonly drawn: number | null;
    };

/** The drafts of an installation. */
export interface FlussoDrafts {
  /** Takes the file, whole on disk when it resolves; `null`: not for this ente. Throws RunBlocked where the disk refuses. */
  keep(request: DraftRequest, file: UploadedFile): Promise<FlussoDraft | null>;
  /** The same file with another choice: another draft. `null`: it is gone, or not for this ente. */
  keepAgain(request: DraftRequest, handle: string): Promise<FlussoDraft | null>;
  read(handle: string): Promise<FlussoDraft | null>;
  /** Not started yet, newest first. */
  list(): Promise<readonly FlussoDraft[]>;
  /** Tries it once; `again`: anew, after a file of the ente has changed. Waits for the end at most so long. */
  readTrial(
    draft: FlussoDraft,
    options: { readonly waitMs: number; readonly again?: boolean },
  ): Promise<DraftTrial>;
  /** Starts it by `start`; a second time the answer is the flusso that it became. `first`: only its first verbali. */
  start(
    draft: FlussoDraft,
    first: number | null,
    start: (request: StartRequest) => Promise<StartResult>,
  ): Promise<StartResult>;
  drop(handle: string): Promise<void>;
  /** Where its file lies. */
  locate(draft: FlussoDraft): string;
}

/** Of more verbali the documents are not drawn: a person waits for the page. */
const mostDrawn = 100;

type Start = (request: StartRequest) => Promise<StartResult>;

export function openFlussoDrafts(writing: WritingInstallation): FlussoDrafts {
  const store = createDraftStore(join(writing.config.dataFolder, "drafts"), writing.clock);
  const trials = new Map<string, Promise<DraftTrial>>();
  const starts = new Map<string, Promise<StartResult>>();
  return {
    keep: store.keep,
    async keepAgain(request, handle) {
      const before = await store.read(handle);
      if (before === null) return null;
      return await store.keep(request, openAsUploaded(before.file, store.locate(before)));
    },
    read: store.read,
    list: async () =>
      (await store.listAll())
        .filter(({ runId }) => runId === null)
        .toSorted((left, right) => right.at.localeCompare(left.at)),
    async readTrial(draft, { waitMs, again = false }) {
      if (again) trials.delete(draft.handle);
      const known = trials.get(draft.handle);
      const trial = known ?? tryDraft(writing, draft, store.locate(draft));
      trials.set(draft.handle, trial);
      // A fault of ours is told to whoever asks, and tried anew by the next.
      trial.catch(() => trials.delete(draft.handle));
      const stop = new AbortController();
      try {
        const result = await Promise.race([trial, waitBusy(writing, waitMs, stop.signal)]);
        // The first ones are under way: what was sent is other at every look.
        if (result.status !== "busy" && draft.aheadId !== null) trials.delete(draft.handle);
        return result;
      } finally {
        stop.abort();
      }
    },
    async start(draft, first, start) {
      const name = `${draft.handle} ${first ?? "all"}`;
      const running = starts.get(name) ?? startOnce(store, { draft, first, start });
      starts.set(name, running);
      try {
        return await running;
      } finally {
        starts.delete(name);
        // What was sent is sent now: another look says so.
        trials.delete(draft.handle);
      }
    },
    async drop(handle) {
      trials.delete(handle);
      await store.drop(handle);
    },
    locate: store.locate,
  };
}

async function startOnce(
  store: DraftStore,
  {
    draft,
    first,
    start,
  }: { readonly draft: FlussoDraft; readonly first: number | null; readonly start: Start },
): Promise<StartResult> {
  const now = (await store.read(draft.handle)) ?? draft;
  const known = first === null ? now.runId : now.aheadId;
  if (known !== null) return { status: "accepted", runId: known };
  const { pipeline, ente, params, file } = now;
  const input = openAsUploaded(file, store.locate(now));
  const result = await start({ pipeline, ente, params, input, ...(first !== null && { first }) });
  if (result.status === "refused") return result;
  const { runId } = result;
  await store.write(first === null ? { ...now, runId } : { ...now, aheadId: runId });
  return result;
}

async function waitBusy(
  { clock }: WritingInstallation,
  waitMs: number,
  signal: AbortSignal,
): Promise<DraftTrial> {
  await clock.sleep(waitMs, signal);
  return { status: "busy" };
}

async function tryDraft(
  writing: WritingInstallation,
  draft: FlussoDraft,
  path: string,
): Promise<DraftTrial> {
  const input = openAsUploaded(draft.file, path);
  const pipeline = await resolveStart(writing, { ...draft, input });
  if ("status" in pipeline) return { status: "refused", refusal: pipeline };
  const trial = await tryFlusso({
    installation: writing,
    pipeline,
    path,
    only: [],
    first: null,
    journal: writing.journal,
    keepFile: () => Promise.resolve(null),
    folder: "",
    mostDrawn,
  });
  const columns = await readColumns(path, readOwnSettings(pipeline));
  const drawn = trial.items.length > mostDrawn ? mostDrawn : null;
  return { status: "ready", trial, columns, drawn };
}

function readOwnSettings({ settings }: ResolvedPipeline) {
  const own = toEnteSettings(settings);
  return own.act === undefined ? own.flusso : readFlussoSettings(own);
}
