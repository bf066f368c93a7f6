/** Pages of the dashboard over a journal of years, read by twenty at once: first answer, p50, p99 and processor time of each, beside a route that does nothing. Arguments: items, runs, enti, readers; `writing`: while a run moves its verbali. */
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { openArtifacts } from "../stores/blobs/store.ts";
import { systemClock } from "../engine/host/clock.ts";
import { requireRow } from "../engine/host/errors.ts";
import { silentLogger } from "../engine/host/logger.ts";
import { openJournalReader } from "../stores/sqlite/store.ts";
import { loadRegistry } from "../loader/pipeline/registry.ts";
import { sortKeys } from "../server/history/grid-query.ts";
import { localAccess } from "../server/web/access.ts";
import { createApp } from "../server/web/app.tsx";
import type { CommandResult } from "../server/web/deps.ts";
import { writeDeskJournal } from "./desk-journal.ts";

const [items = 1_000_000, runs = 20_000, enti = 300, readers = 20] = process.argv
  .slice(2)
  .filter((argument) => argument !== "writing")
  .map(Number);
const isWriting = process.argv.includes("writing");
const asksPerReader = 15;
const folder = mkdtempSync(join(tmpdir(), "postino-desk-"));

async function refuse(): Promise<CommandResult> {
  return { status: "refused", reason: "" };
}

try {
  const path = join(folder, "postino.sqlite");
  const started = performance.now();
  const names = await writeDeskJournal(path, { enti, runs, items });
  process.stdout.write(
    `${items} items, ${runs} runs, ${enti} enti written in ${Math.round((performance.now() - started) / 1000)} s; load ${loadavg()[0]?.toFixed(1)}\n`,
  );
  const journal = requireRow(openJournalReader(path), "journal");
  const app = createApp({
    journal: { ...journal, onChange: () => () => {} },
    artifacts: await openArtifacts(join(folder, "artifacts")),
    uploadLimits: { bytes: 1_000_000, files: 1 },
    clock: systemClock,
    registry: await loadRegistry({ folders: [join(import.meta.dir, "../steps")] }),
    log: silentLogger,
    access: localAccess,
    version: "bench",
    answer: refuse,
    resume: refuse,
    cancel: refuse,
    writeCase: async () => null,
    find: async () => ({ verbali: [], isPart: false, isCut: false, isTooWide: false }),
    loadCatalog: async () => ({
      enti: Array.from({ length: enti }, (_, n) => ({ codice: `ente${n}`, nome: `Comune ${n}` })),
      pipelines: [],
    }),
  });
  const all = new Hono();
  all.get("/bare", (c) => c.text("ok"));
  all.mount("/", (request) => app.fetch(request));
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => all.fetch(request),
  });
  const large = `/flussi/${names.large}`;
  const middle = `/flussi/${names.middle}`;
  const pages: Readonly<Record<string, string>> = {
    "bare route": "/bare",
    Oggi: "/",
    "Oggi of an ente": "/?ente=ente7",
    "Enti, a later page": "/?da=200",
    Flussi: "/flussi",
    "Flussi of an ente": "/flussi?ente=ente7",
    "Flussi to follow": "/flussi?stato=blocked&stato=waiting-for-person",
    Programmazioni: "/programmazioni",
    flusso: `/flussi/${names.run}`,
    "large flusso": large,
    "large, in dubbio": `${large}?stato=in-doubt`,
    "large, scartati": `${large}?stato=rejected`,
    "large, da lavorare": `${large}?stato=pending&stato=running`,
    "large, one number": `${large}?numero=none`,
    ...listSorted("large", large),
    "20,000 verbali": middle,
    "20,000, a later row": `${middle}?riga=15001`,
    "20,000, one code": `${middle}?causa=TAX_CODE_WRONG`,
    "20,000, one number": `${middle}?numero=V%2F${runs - 1}%2F777`,
    ...listSorted("20,000", middle),
    "20,000, both": `${middle}?ordine=importo&verso=giu&stato=rejected`,
    "dubbi of the large": `${large}/dubbi`,
    verbale: `/flussi/${names.run}/verbali/${encodeURIComponent(names.item)}`,
    metrics: "/metrics",
  };
  const writer = isWriting
    ? Bun.spawn([process.execPath, join(import.meta.dir, "desk-writer.ts"), path], {
        stdout: "inherit",
        stderr: "inherit",
      })
    : null;
  let bare = 0;
  for (const [name, address] of Object.entries(pages)) {
    const url = `http://127.0.0.1:${server.port}${address}`;
    const asked = performance.now();
    await (await fetch(url)).text();
    const first = performance.now() - asked;
    const times: number[] = [];
    const before = process.cpuUsage();
    await Promise.all(Array.from({ length: readers }, () => readPage(url, times)));
    const { user, system } = process.cpuUsage(before);
    // Of this process: the reader's half is in it.
    const each = (user + system) / 1000 / times.length;
    times.sort((left, right) => left - right);
    const [p50, p99] = [pickShare(times, 0.5), pickShare(times, 0.99)];
    if (bare === 0) bare = p99;
    process.stdout.write(
      `${name.padEnd(26)} first ${first.toFixed(1).padStart(7)} ms   p50 ${p50.toFixed(1).padStart(8)} ms   p99 ${p99.toFixed(1).padStart(8)} ms   ${(p99 / bare).toFixed(1).padStart(6)} x bare   ${each.toFixed(2)} ms of processor\n`,
    );
  }
  writer?.kill();
  await writer?.exited;
  await server.stop(true);
  await journal.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** By every column that has an order, upwards and downwards. */
function listSorted(name: string, address: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    sortKeys.flatMap((key) => [
      [`${name}, by ${key}`, `${address}?ordine=${key}`],
      [`${name}, by ${key}, down`, `${address}?ordine=${key}&verso=giu`],
    ]),
  );
}

async function readPage(url: string, times: number[]): Promise<void> {
  for (let n = 0; n < asksPerReader; n += 1) {
    const from = performance.now();
    const answer = await fetch(url);
    await answer.text();
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    times.push(performance.now() - from);
  }
}

function pickShare(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
