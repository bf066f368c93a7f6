/** Memory and speed of an upload of signed PDFs in one ZIP archive over HTTP, beside the same archive read whole; the server is a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { streamZip, type ArchiveEntry } from "../documents/archive/write.ts";
import { openArtifacts } from "../stores/blobs/store.ts";
import type { UploadedFile } from "../engine/host/files.ts";
import { startListening } from "../server/listen.ts";
import { createSpool } from "../server/web/spool.ts";
import { readUpload } from "../server/web/upload.ts";
import { readUploads } from "../steps/signing/uploads.ts";

/** Most MB that the server may hold while it takes and reads a gigabyte. */
const target = 250;
const token = "bench";
const limits = { entries: 60_000, entryBytes: 4 * 2 ** 20, totalBytes: 8 * 2 ** 30 };

interface Report {
  /** PDFs found in the archive. */
  readonly files: number;
  /** Milliseconds until the form was on disk, and then until every PDF had been read. */
  readonly storedMs: number;
  readonly readMs: number;
  /** Resident memory in MB before the request, and the most until its end. */
  readonly restMb: number;
  readonly peakMb: number;
}

if (process.argv[2] === "--serve") await serve(process.argv[3] ?? "", process.argv[4] ?? "");
else await measureAll();

/** The server: takes one form as the dashboard does, and opens its files as the sign step does. */
async function serve(folder: string, way: string): Promise<void> {
  const artifacts = await openArtifacts(folder);
  const app = new Hono();
  app.post("/", async (c) => {
    const restMb = readMemory("VmRSS");
    const start = performance.now();
    const upload = await readUpload(c, {
      createSpool: () => createSpool(artifacts.temporaryFolder),
      limits: { bytes: 8 * 2 ** 30, files: 50_000 },
      isToken: (csrf) => csrf === token,
    });
    if (upload === null) return c.text("no form", 400);
    const stored = performance.now();
    let files = 0;
    const given = way === "whole" ? await Promise.all(upload.files.map(readWhole)) : upload.files;
    for await (const { pdf } of readUploads(given, limits)) if (pdf !== null) files += 1;
    const end = performance.now();
    await upload.release();
    return c.json({
      files,
      storedMs: stored - start,
      readMs: end - stored,
      restMb,
      peakMb: readMemory("VmHWM"),
    } satisfies Report);
  });
  const { url } = startListening(app, { host: "127.0.0.1", port: 0, maxBodyBytes: 16 * 2 ** 30 });
  console.log(url);
}

/** As it was before: the file in memory. */
async function readWhole(file: UploadedFile): Promise<UploadedFile> {
  const bytes = await file.slice(0, file.size);
  return { ...file, slice: async (start, end) => bytes.subarray(start, end) };
}

/** A figure of this process as Linux counts it, in MB. */
function readMemory(name: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

async function measureAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "postino-upload-"));
  try {
    const large = await writeArchive(join(folder, "large.zip"), 11_000, 95 * 1024);
    const many = await writeArchive(join(folder, "many.zip"), 50_000, 1024);
    const peakMb = await measureUpload("1 GB: 11,000 PDFs of 95 kB, in parts", large, "parts");
    await measureUpload("the same archive, read whole", large, "whole");
    await measureUpload("50,000 files of 1 kB, in parts", many, "parts");
    if (peakMb > target) {
      console.log(`above the target: ${target} MB`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeArchive(path: string, count: number, size: number): Promise<string> {
  const content = new Uint8Array(size);
  for (let at = 0, state = 1; at < size; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    content[at] = state >>> 24;
  }
  content.set(new TextEncoder().encode("%PDF-1.7\n"));
  function* listEntries(): Iterable<ArchiveEntry> {
    for (let index = 0; index < count; index += 1)
      yield {
        path: `${String(index).padStart(6, "0")}-verbale.pdf`,
        bytes: size,
        day: "2026-11-23",
        async *openContent() {
          yield content;
        },
      };
  }
  const handle = await open(path, "w");
  for await (const chunk of streamZip(listEntries())) await handle.write(chunk);
  await handle.close();
  return path;
}

/** Sends the archive to a fresh server and prints what that one measured; resolves with its peak in MB. */
async function measureUpload(name: string, path: string, way: "parts" | "whole"): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "postino-upload-store-"));
  const child = Bun.spawn([process.execPath, import.meta.path, "--serve", folder, way], {
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    const url = await readFirstLine(child.stdout);
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body: toStream(streamForm(path)),
    });
    const report = (await response.json()) as Report;
    const megabytes = Bun.file(path).size / 2 ** 20;
    console.log(
      `${name.padEnd(38)} ${String(report.files).padStart(6)} PDFs  stored ${formatSpeed(megabytes, report.storedMs)}  read ${formatSpeed(megabytes, report.readMs)}  resident ${report.restMb.toFixed(0)} -> ${report.peakMb.toFixed(0)} MB at most`,
    );
    return report.peakMb;
  } finally {
    child.kill();
    await child.exited;
    rmSync(folder, { recursive: true });
  }
}

function formatSpeed(megabytes: number, ms: number): string {
  return `${(megabytes / (ms / 1000)).toFixed(0)} MB/s`;
}

/** A form with the token and one file, as a browser sends it. */
async function* streamForm(path: string): AsyncGenerator<Uint8Array> {
  const text = new TextEncoder();
  yield text.encode(
    `--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${token}\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="firmati.zip"\r\n\r\n`,
  );
  yield* Bun.file(path).stream();
  yield text.encode("\r\n--x--\r\n");
}

function toStream(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

async function readFirstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let seen = "";
  for await (const chunk of stream) {
    seen += new TextDecoder().decode(chunk);
    if (seen.includes("\n")) break;
  }
  return seen.trim();
}
