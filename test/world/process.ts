/** A process of `bun run world`: lays the seams, plays the seeds that it is told, and tells each on a line of JSON. */
import { parseArgs } from "node:util";
import { plantedBugs } from "./bugs/planted.ts";
import { installSeams } from "./seams/loader.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "" },
    days: { type: "string" },
    story: { type: "boolean", default: false },
    planted: { type: "string" },
    only: { type: "string" },
    shrink: { type: "string", default: "0" },
    "until-broken": { type: "boolean", default: false },
  },
});

installSeams(plantedBugs.filter(({ name }) => name === values.planted));
const { playSeeds } = await import("./play-seeds.ts");
await playSeeds({
  seeds: values.seeds.split(",").map(Number),
  ...(values.days !== undefined && { days: Number(values.days) }),
  hasStory: values.story,
  isUntilBroken: values["until-broken"],
  shrinkRuns: Number(values.shrink),
  ...(values.only !== undefined && { only: new Set(values.only.split("; ")) }),
});
