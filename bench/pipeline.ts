/** The whole pipeline on 2,000 verbali against the simulators over HTTP, beside raw RSA signatures and raw HTTP of this machine. */
import { generateKeyPairSync, sign } from "node:crypto";
import { Hono } from "hono";
import { startListening } from "../server/listen.ts";
import type { RunDocument } from "../test/support/run-document.ts";
import { makeInstallationWorld } from "../test/support/installation-world.ts";
import { tellFigure, tellWords } from "./figure.ts";
import { verbaliLines } from "../test/support/verbali.ts";

const count = Number(process.argv[2] ?? 2_000);
// As the simulated SEND is by itself: to keep 130 kB of each verbale in its tables is no work of ours.
const world = await makeInstallationWorld({ keepsFiles: false });
try {
  const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
  const began = performance.now();
  const args = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
  const started = world.start(args);
  const { code, stdout, stderr } = await started.ended;
  const seconds = (performance.now() - began) / 1000;
  if (stdout === "") throw new Error(`no document: ${stderr}`);
  const document = JSON.parse(stdout) as RunDocument;
  if (code !== 0 || document.run.counts.done !== count)
    throw new Error(`exit ${code}: ${JSON.stringify(document.run)}`);
  const { send, gpd } = world.report();
  tellFigure("pipeline.rate", count / seconds, "verbali/s", { verbali: count });
  tellFigure("pipeline.memory", started.mostMemory() / 2 ** 20, "MB", { verbali: count });
  tellWords(
    `${count} verbali through all seven steps in ${seconds.toFixed(1)} s, start of the process and the simulators' own work included; held by the simulators: ${send.accepted} accepted requests, ${gpd.positions.length} positions, ${send.repeated} repeated`,
  );
  const history = await world.postino(["runs", "--json"]);
  if (!history.stdout.includes(document.run.id)) throw new Error("the run is not in the history");
} finally {
  await world.close();
}
const calls = await measureRawHttp();
const signatures = measureRawSignatures();
// Per verbale: 3 calls for a position (create, publish, look), 1 preload per seven, 2 uploads, 1 request, 1 question; 2 signatures.
const bound = 1 / (7.2 / calls + 2 / signatures);
tellFigure("pipeline.bound-http", calls, "calls/s", { of: "fetch to Bun.serve in one process" });
tellFigure("pipeline.bound-signatures", signatures, "signatures/s", { of: "RSA-2048 on one core" });
tellFigure("pipeline.bound", bound, "verbali/s", {
  of: "7.2 calls and 2 signatures, nothing else",
});

/** The same client and server with nothing around them, 8 calls under way. */
async function measureRawHttp(): Promise<number> {
  const app = new Hono().post("/", async (context) =>
    context.json({ length: (await context.req.text()).length }),
  );
  const listening = startListening(app, { host: "127.0.0.1", port: 0 });
  const body = JSON.stringify({ text: "x".repeat(1_500) });
  const total = 4_000;
  let left = total;
  const began = performance.now();
  async function work(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await (await fetch(listening.url, { method: "POST", body })).text();
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
  const rate = total / ((performance.now() - began) / 1000);
  await listening.stop();
  return rate;
}

function measureRawSignatures(): number {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const data = Buffer.alloc(200);
  const total = 1_500;
  const began = performance.now();
  for (let n = 0; n < total; n += 1) sign("sha256", data, privateKey);
  return total / ((performance.now() - began) / 1000);
}
