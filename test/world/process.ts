/** A process of `bun run world`: lays the seams, plays the seeds that it is told, and tells each on a line of JSON. */
import { parseArgs } from "node:util";
import { installSeams } from "./seams/loader.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "" },
    days: { type: "string" },
    story: { type: "boolean", default: false },
  },
});

installSeams();
const { playSeeds } = await import("./play-seeds.ts");
await playSeeds({
  seeds: values.seeds.split(",").map(Number),
  ...(values.days !== undefined && { days: Number(values.days) }),
  hasStory: values.story,
});
