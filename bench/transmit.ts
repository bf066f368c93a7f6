/** The SEND client alone against the simulator over HTTP: preload, upload and request of notifications with two PDFs, beside raw HTTP. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../engine/host/clock.ts";
import { createHttp } from "../engine/host/http.ts";
import { createLimiter } from "../engine/host/limiter.ts";
import { createSendClient } from "../integrations/send/client/client.ts";
import type { SendRequest } from "../integrations/send/port.ts";

const count = Number(process.argv[2] ?? 2_000);
const folder = mkdtempSync(join(tmpdir(), "postino-bench-"));
const simulator = Bun.spawn(
  [
    process.execPath,
    join(import.meta.dir, "..", "server", "main.ts"),
    "simulate",
    "--port",
    "0",
    "--json",
  ],
  {
    env: { ...process.env, POSTINO_DATA: folder },
    stdout: "pipe",
  },
);
try {
  const { port, apiKey, paTaxId } = await readFirstLine(simulator.stdout);
  const client = createSendClient({
    settings: {
      active: true,
      baseUrl: `http://127.0.0.1:${port}/send`,
      apiVersion: "2.5",
      apiKey: { secret: "X" },
      taxonomyCode: "010101P",
      feePolicy: "DELIVERY_MODE",
      paFee: 100,
      vat: 22,
      physicalCommunication: "REGISTERED_LETTER_890",
      subject: "Violazione del Codice della Strada",
      requestsPerSecond: 1_000_000,
    },
    sender: { denomination: "Comune di Prova", taxId: paTaxId },
    apiKey,
    http: createHttp(),
    clock: systemClock,
    limiter: createLimiter(systemClock),
  });
  const batches: number[][] = [];
  for (let n = 1; n <= count; n += 7)
    batches.push(Array.from({ length: Math.min(7, count - n + 1) }, (_, index) => n + index));
  const began = performance.now();
  async function sendBatches(): Promise<void> {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const files = await client.upload(
        batch.flatMap((n) => [buildPdf(n, "verbale"), buildPdf(n, "avviso")]),
      );
      for (const [index, n] of batch.entries())
        await client.send(buildRequest(n, files.slice(index * 2, index * 2 + 2), paTaxId));
    }
  }
  await Promise.all(Array.from({ length: 8 }, sendBatches));
  const seconds = (performance.now() - began) / 1000;
  const report = (await (await fetch(`http://127.0.0.1:${port}/report`)).json()) as {
    send: { accepted: number };
  };
  if (report.send.accepted !== count)
    throw new Error(`the simulator holds ${report.send.accepted} of ${count}`);
  console.log(
    `transmit: ${count} notifications with two PDFs of 60 kB in ${seconds.toFixed(1)} s = ${(count / seconds).toFixed(0)} notifications/s (client and simulator share this machine)`,
  );
  const raw = await measureRawCalls(`http://127.0.0.1:${port}/report-missing`);
  console.log(
    `bound: ${raw.toFixed(0)} raw HTTP calls/s to the same server; a notification is 3.14 calls: ${(raw / 3.14).toFixed(0)} notifications/s with no work in either`,
  );
} finally {
  simulator.kill();
  await simulator.exited;
  rmSync(folder, { recursive: true, force: true });
}

function buildPdf(n: number, kind: string) {
  const bytes = new Uint8Array(60_000);
  bytes.set(new TextEncoder().encode(`%PDF-1.7 ${kind} ${n}`));
  return { label: `${n}/${kind}`, contentType: "application/pdf" as const, bytes };
}

function buildRequest(
  n: number,
  files: readonly Awaited<ReturnType<ReturnType<typeof createSendClient>["upload"]>>[number][],
  paTaxId: string,
): SendRequest {
  const [verbale, notice] = files;
  if (verbale === undefined || notice === undefined) throw new Error("two files were uploaded");
  const noticeCode = `301${String(n).padStart(15, "0")}`;
  return {
    protocol: `B${n}`,
    idempotenceToken: `bench-${n}`,
    subject: "Violazione del Codice della Strada",
    recipients: [
      {
        type: "PF",
        taxId: "NVNTMS66B24X001Q",
        denomination: "Tommaso Inventati",
        address: {
          via: "Via delle Prove",
          civico: "1",
          cap: "24047",
          comune: "Treviglio",
          provincia: "BG",
        },
        payments: [{ noticeCode, creditorTaxId: paTaxId, attachment: notice }],
      },
    ],
    documents: [{ title: "Verbale", file: verbale }],
  };
}

async function readFirstLine(
  stream: ReadableStream<Uint8Array>,
): Promise<{ port: number; apiKey: string; paTaxId: string }> {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n"))
      return JSON.parse(text) as { port: number; apiKey: string; paTaxId: string };
  }
  throw new Error("the simulator did not start");
}

async function measureRawCalls(url: string): Promise<number> {
  const total = 4_000;
  let left = total;
  const began = performance.now();
  async function callInTurn(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await (await fetch(url)).text();
    }
  }
  await Promise.all(Array.from({ length: 8 }, callInTurn));
  return total / ((performance.now() - began) / 1000);
}
