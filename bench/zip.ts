/** Archive bytes a second, streamed as steps/zip.ts streams them, beside fflate's own ways and the bare checksum. */
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { Zip, ZipPassThrough, zipSync } from "fflate";
import { streamZip, type ArchiveEntry } from "../documents/archive/write.ts";

const target = 250;
const count = Number(process.argv[2] ?? 3000);
const size = 95 * 1024;

/** What a signed verbale weighs; most of it does not compress. */
const content = new Uint8Array(size);
for (let at = 0, state = 1; at < size; at += 1) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  content[at] = state >>> 24;
}

function* listEntries(): Iterable<ArchiveEntry> {
  for (let index = 0; index < count; index += 1) {
    const number = String(index).padStart(6, "0");
    yield {
      path: `${number}-V-2026-${number}/V-2026-${number}-verbale.pdf`,
      bytes: size,
      day: "2026-11-23",
      async *openContent() {
        yield content.subarray(0, 65_536);
        yield content.subarray(65_536);
      },
    };
  }
}

/** Megabytes a second of content, the best of three. */
async function measureSpeed(
  name: string,
  files: number,
  run: () => Promise<unknown>,
): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  }
  const megabytes = (files * size) / 2 ** 20 / (best / 1000);
  console.log(`${name.padEnd(50)} ${megabytes.toFixed(0).padStart(6)} MB/s`);
  return megabytes;
}

/** Drains the chunks as an artifact store does, into a file. */
async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, "w");
  for await (const chunk of chunks) await handle.write(chunk);
  await handle.close();
}

async function* streamWithFflate(files: number): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((_error, chunk) => ready.push(chunk));
  for (let index = 0; index < files; index += 1) {
    const file = new ZipPassThrough(`${index}.pdf`);
    zip.add(file);
    file.push(content, true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}

console.log(`load average ${loadavg()[0]?.toFixed(1)}`);
const folder = mkdtempSync(join(tmpdir(), "postino-zip-"));
try {
  const path = join(folder, "archive.zip");
  const before = process.memoryUsage.rss();
  const ours = await measureSpeed(`${count} signed PDFs to a file`, count, () =>
    writeChunks(path, streamZip(listEntries())),
  );
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
  await measureSpeed("bound: node:zlib's checksum alone", count, () => {
    for (let index = 0; index < count; index += 1) crc32(content);
    return Promise.resolve();
  });
  await measureSpeed("bound: the bytes to a file, no archive", count, async () => {
    const handle = await open(path, "w");
    for (let index = 0; index < count; index += 1) await handle.write(content);
    await handle.close();
  });
  await measureSpeed("peer: fflate Zip with ZipPassThrough, to a file", 1000, () =>
    writeChunks(path, streamWithFflate(1000)),
  );
  await measureSpeed("peer: fflate zipSync, 300 files, in memory", 300, () => {
    const files: Record<string, Uint8Array> = {};
    for (let index = 0; index < 300; index += 1) files[`${index}.pdf`] = content;
    zipSync(files, { level: 0 });
    return Promise.resolve();
  });
  console.log(
    `memory grown while archiving                       ${grown.toFixed(0).padStart(6)} MB`,
  );
  if (ours < target) {
    console.log(`below the target: ${target} MB/s`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
