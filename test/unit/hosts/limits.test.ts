/** Limits in the database: what three processes take of one bucket together never exceeds it, in no stretch of time. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../../engine/host/clock.ts";
import { createLimiter, type Rate, type SlidingWindow } from "../../../engine/host/limiter.ts";
import { createSharedBuckets } from "../../../hosts/limits.ts";
import { openSharedDatabase } from "../../../stores/postgres/shared.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../../support/postgres.ts";

const script = join(import.meta.dir, "../../support/limiter/process.ts");

describe.skipIf(noPostgres !== "")(`limits that hosts share${noPostgres}`, () => {
  let server: PostgresServer;
  let url: string;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  });
  afterAll(async () => await server.stop());

  /** When each call of three processes was let go, in order. */
  async function takeTogether(
    bucket: string,
    rate: Rate | SlidingWindow,
    count: number,
  ): Promise<readonly number[]> {
    const children = [1, 2, 3].map(() =>
      Bun.spawn([process.execPath, script, url, bucket, JSON.stringify(rate), String(count)], {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
      }),
    );
    const outputs = children.map(({ stdout }) => stdout.getReader());
    for (const output of outputs) await output.read();
    for (const { stdin } of children) {
      await stdin.write("go\n");
      await stdin.flush();
    }
    const texts = await Promise.all(outputs.map(readAll));
    return texts
      .join("")
      .split("\n")
      .filter((line) => line !== "" && line !== "there")
      .map(Number)
      .toSorted((left, right) => left - right);
  }

  test("tokens: rate and burst in no stretch of time exceeded, and the rate is used", async () => {
    const [perSecond, burst] = [50, 5];
    const at = await takeTogether("send", { perSecond, burst }, 40);

    expect(at.length).toBe(120);
    let most = 0;
    for (const [from, begin] of at.entries())
      for (const [index, end] of at.slice(from).entries())
        most = Math.max(most, index + 1 - (burst + (perSecond * (end - begin)) / 1000));
    // What fits is more than what was taken; a call on the very edge is in.
    expect(most).toBeLessThan(0.001);
    const seconds = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1000;
    expect(seconds).toBeGreaterThan((120 - burst - 1) / perSecond);
    expect(seconds).toBeLessThan(15);
  }, 60_000);

  test("a window that looks back: never more calls in it", async () => {
    const [calls, windowMs] = [10, 400];
    const at = await takeTogether("gpd", { calls, windowMs }, 12);

    expect(at.length).toBe(36);
    const most = Math.max(
      ...at.map((begin) => at.filter((one) => one >= begin && one < begin + windowMs).length),
    );
    expect(most).toBe(calls);
  }, 60_000);

  test("a 429 that one host meets holds all of them", async () => {
    const [one, other] = [await openSharedDatabase(url), await openSharedDatabase(url)];
    const rate = { perSecond: 1000, burst: 10 };
    const limiters = [one, other].map((db) =>
      createLimiter(systemClock, { keeper: createSharedBuckets(db) }),
    );
    for (const limiter of limiters) await limiter.take("key", rate);
    limiters[0]?.pause("key", 700);
    await limiters[0]?.take("another", rate);
    const began = performance.now();

    await Promise.all(limiters.map((limiter) => limiter.take("key", rate)));

    expect(performance.now() - began).toBeGreaterThan(500);
    await one.close();
    await other.close();
  }, 60_000);
});

async function readAll(reader: {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value);
  }
}
