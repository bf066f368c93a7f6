/** A process that takes from a shared bucket as fast as it may: `bun process.ts URL BUCKET RATE COUNT`; prints when each call was granted, by the clock of the database. */
import { systemClock } from "../../../engine/host/clock.ts";
import {
  type BucketKeeper,
  createLimiter,
  type Rate,
  type SlidingWindow,
} from "../../../engine/host/limiter.ts";
import { createSharedBuckets } from "../../../hosts/limits.ts";
import { openSharedDatabase } from "../../../stores/postgres/shared.ts";

const [, , url = "", bucket = "", rateText = "", count = "0"] = process.argv;
const rate = JSON.parse(rateText) as Rate | SlidingWindow;
const db = await openSharedDatabase(url);
const shared = createSharedBuckets(db);
let seenAt = 0;
const keeper: BucketKeeper = {
  change: (name, work) =>
    shared.change(name, (state, now) => {
      seenAt = now;
      return work(state, now);
    }),
};
const limiter = createLimiter(systemClock, { keeper });
console.log("there");
for await (const line of console) if (line === "go") break;
for (let taken = 0; taken < Number(count); taken += 1) {
  await limiter.take(bucket, rate);
  console.log(String(seenAt));
}
await db.close();
