/** Drafts on disk: each a folder with the file and what was chosen for it; they outlive the process. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, toEpochMs, toInstant } from "../../engine/host/clock.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import type { UploadedFile } from "../../engine/host/files.ts";
import { replaceFile, syncFolder, writeNewFile } from "../../engine/host/whole-file.ts";
import type { StartRequest } from "../web/requests.ts";

/** What was chosen for a file, and what became of it. */
export interface FlussoDraft {
  /** Names it in addresses; not to be guessed. */
  readonly handle: string;
  readonly pipeline: string;
  readonly ente: string;
  readonly params: Readonly<Record<string, string>>;
  readonly file: { readonly name: string; readonly bytes: number };
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The flusso that it became, and the one of its first verbali; `null`: none yet. */
  readonly runId: string | null;
  readonly aheadId: string | null;
}

export type DraftRequest = Pick<StartRequest, "pipeline" | "ente" | "params">;

/** Older ones are removed when the next one comes. */
const keptMs = 2 * 24 * 3_600_000;

export interface DraftStore {
  /** Whole on disk when it resolves. Throws RunBlocked where the disk refuses. */
  keep(request: DraftRequest, file: UploadedFile): Promise<FlussoDraft>;
  read(handle: string): Promise<FlussoDraft | null>;
  listAll(): Promise<readonly FlussoDraft[]>;
  write(draft: FlussoDraft): Promise<void>;
  drop(handle: string): Promise<void>;
  /** Where its file lies. */
  locate(draft: FlussoDraft): string;
}

/** The drafts of this folder, which need not be there yet. */
export function createDraftStore(root: string, clock: Clock): DraftStore {
  const locate = ({ handle, file }: FlussoDraft): string => join(root, handle, "file", file.name);

  async function write(draft: FlussoDraft): Promise<void> {
    const text = Buffer.from(JSON.stringify(draft));
    await guardDisk(root, () => replaceFile(join(root, draft.handle, "draft.json"), [text]));
  }

  async function read(handle: string): Promise<FlussoDraft | null> {
    if (!/^[0-9a-f]{32}$/.test(handle)) return null;
    const text = await allowMissing(readFile(join(root, handle, "draft.json"), "utf8"));
    return text === null ? null : (JSON.parse(text) as FlussoDraft);
  }

  async function listAll(): Promise<readonly FlussoDraft[]> {
    const handles = (await allowMissing(readdir(root))) ?? [];
    const drafts = await Promise.all(handles.map(read));
    return drafts.filter((draft) => draft !== null);
  }

  const drop = (handle: string): Promise<void> =>
    rm(join(root, handle), { recursive: true, force: true });

  return {
    async keep(request, file) {
      for (const draft of await listAll())
        if (clock.now() - toEpochMs(draft.at) > keptMs) await drop(draft.handle);
      const handle = randomBytes(16).toString("hex");
      const folder = join(root, handle);
      await guardDisk(root, () => mkdir(join(folder, "file"), { recursive: true, mode: 0o700 }));
      try {
        const path = join(folder, "file", file.name);
        await guardDisk(root, () => writeNewFile(path, readPieces(file)));
        const draft: FlussoDraft = {
          pipeline: request.pipeline,
          ente: request.ente,
          params: request.params,
          handle,
          file: { name: file.name, bytes: (await stat(path)).size },
          at: toInstant(clock.now()),
          runId: null,
          aheadId: null,
        };
        await write(draft);
        await guardDisk(root, () => syncFolder(folder));
        return draft;
      } catch (error) {
        await drop(handle);
        throw error;
      }
    },
    read,
    listAll,
    write,
    drop,
    locate,
  };
}

/** A file of the disk as one that was handed over. */
export function openAsUploaded({ name, bytes }: FlussoDraft["file"], path: string): UploadedFile {
  return {
    name,
    size: bytes,
    slice: async (start, end) => await Bun.file(path).slice(start, end).bytes(),
  };
}

const pieceBytes = 1024 * 1024;

async function* readPieces(file: UploadedFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += pieceBytes) yield await file.slice(at, at + pieceBytes);
}
