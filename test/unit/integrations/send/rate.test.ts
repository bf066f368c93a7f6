/** Ten thousand notifications through the client at 100 calls a second, on a clock that moves only while the limiter waits. */
import { expect, test } from "bun:test";
import { file, makeSend, paTaxId, sampleRequest } from "./setup.ts";

const count = 10_000;
const perSecond = 100;
/** A tenth of a second may be saved up. */
const burst = 10;

test("10,000 notifications never make more calls in a second than rate and burst allow", async () => {
  const calls: number[] = [];
  const { clock, send, simulator } = await makeSend({
    settings: { requestsPerSecond: perSecond },
    between: async (request, next) => {
      // Uploads go to the document store, which the rate of the API does not count.
      if (!new URL(request.url).pathname.startsWith("/send/upload/")) calls.push(clock.now());
      return await next();
    },
  });
  const began = clock.now();
  const template = await sampleRequest(send);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);

  async function worker(): Promise<void> {
    for (let batch = numbers.splice(0, 15); batch.length > 0; batch = numbers.splice(0, 15)) {
      const files = await send.upload(batch.map((n) => file(`${n}/verbale`)));
      for (const [index, n] of batch.entries()) {
        const document = files[index];
        if (document === undefined) throw new Error("no reference");
        const noticeCode = `302${String(n).padStart(15, "0")}`;
        await send.send({
          ...template,
          protocol: `R-${n}`,
          idempotenceToken: `rate-${n}`,
          recipients: template.recipients.map((recipient) => ({
            ...recipient,
            payments: [{ noticeCode, creditorTaxId: paTaxId }],
          })),
          documents: [{ title: "Verbale", file: document }],
        });
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker));

  expect(simulator.report().accepted).toBe(count);
  // 667 announcements of 15 files, 10,000 requests, and one announcement for the template.
  expect(calls).toHaveLength(10_668);
  expect(mostInASecond(calls)).toBeLessThanOrEqual(perSecond + burst);
  // Nor is it slower than it may be: (10,668 - 10) / 100 seconds.
  expect(clock.now() - began).toBeLessThanOrEqual(107_000);
  expect(clock.now() - began).toBeGreaterThanOrEqual(106_580);
});

/** The most that lie within any 1000 milliseconds. */
function mostInASecond(instants: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, instant] of instants.entries()) {
    while ((instants[first] ?? 0) <= instant - 1000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
