/** The SEND client and the simulated SEND over real sockets: random faults, and a simulator that is killed. */
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { systemClock } from "../../../../engine/host/clock.ts";
import { RetryLater } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import { createFaultMiddleware, parseFaults } from "../../../../simulators/faults.ts";
import { createSendClient } from "../../../../integrations/send/client/client.ts";
import type { SendFileRef, SendPort } from "../../../../integrations/send/port.ts";
import { createSendSimulator } from "../../../../simulators/send/simulator.ts";
import { fakeClock, file, paTaxId, sampleRequest, settings, type FakeClock } from "./setup.ts";

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function clientOf(baseUrl: string, clock: FakeClock | typeof systemClock): SendPort {
  return createSendClient({
    settings: { ...settings, baseUrl },
    sender: { denomination: "Comune di Esempio", taxId: paTaxId },
    apiKey: "k-1",
    http: createHttp(),
    clock,
    limiter: createLimiter(clock),
  });
}

/** The same numbers at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Tries until it works; a doubt is asked for first. */
async function persist<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let turn = 0; turn < 50; turn += 1)
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
    }
  throw new Error("fifty tries were not enough");
}

test("two hundred verbali through random faults are notified once each", async () => {
  const clock = fakeClock();
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock,
    apiKeys: [{ key: "k-1", paTaxId }],
  });
  const app = new Hono();
  app.use(createFaultMiddleware(parseFaults("drop=0.1,5xx=0.1,429=0.05"), seeded(7)));
  app.route("/send", simulator.app);
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
  cleanups.push(() => server.stop(true));
  const send = clientOf(`http://127.0.0.1:${server.port}/send`, clock);
  const numbers = Array.from({ length: 200 }, (_, index) => index);

  async function transmit(index: number): Promise<void> {
    const protocol = `V-${index}`;
    const noticeCode = `302010${String(index).padStart(12, "0")}`;
    const [ref] = (await persist(() => send.upload([file(protocol)]))) as [SendFileRef];
    const upload: SendPort = { ...send, upload: () => Promise.resolve([ref]) };
    const request = await sampleRequest(upload, { protocol, noticeCode });
    await persist(() => send.send(request));
  }
  for (let start = 0; start < numbers.length; start += 8)
    await Promise.all(numbers.slice(start, start + 8).map(transmit));

  const report = simulator.report();
  expect(report.accepted).toBe(200);
  expect(new Set(report.requests.map(({ protocol }) => protocol)).size).toBe(200);
  const posts = Object.values(report.postsPerProtocol);
  expect(Math.max(...posts)).toBeGreaterThan(1);
});

test("what a killed simulator had accepted is still accepted", async () => {
  const folder = mkdtempSync(join(tmpdir(), "send-killed-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const database = join(folder, "send.sqlite");
  const source = join(import.meta.dir, "../../../..");
  const script = join(folder, "serve.ts");
  await Bun.write(
    script,
    `import { createSendSimulator } from ${JSON.stringify(join(source, "simulators/send/simulator.ts"))};
import { systemClock } from ${JSON.stringify(join(source, "engine/host/clock.ts"))};
const { app } = await createSendSimulator({ file: ${JSON.stringify(database)}, clock: systemClock, apiKeys: [{ key: "k-1", paTaxId: "${paTaxId}" }] });
console.log(Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch }).port);`,
  );
  const child = Bun.spawn([process.execPath, script], { stdout: "pipe", cwd: source });
  const { value } = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value).trim());
  const send = clientOf(`http://127.0.0.1:${port}`, systemClock);
  const receipt = await send.send(await sampleRequest(send));

  child.kill("SIGKILL");
  await child.exited;

  const simulator = await createSendSimulator({
    file: database,
    clock: systemClock,
    apiKeys: [{ key: "k-1", paTaxId }],
  });
  const report = simulator.report();
  simulator.close();
  expect(report).toMatchObject({ accepted: 1, uploaded: 1, repeated: 0 });
  expect(Buffer.from(report.requests[0]?.iun ?? "").toString("base64")).toBe(
    receipt.notificationRequestId,
  );
});
