/** Gives every test five minutes, which only one that hangs takes, on a machine under load too; loaded by bunfig.toml. */
import { readFileSync } from "node:fs";

const mostMs = 300_000;

// `timeout` in bunfig.toml is not read, and `setDefaultTimeout` counts for the file that calls it (oven-sh/bun#7789, #43787):
// each test file calls it first. On the file's first line, so that lines keep their numbers.
Bun.plugin({
  name: "timeouts",
  setup(build) {
    build.onLoad({ filter: /\.test\.tsx?$/ }, ({ path }) => ({
      contents: `import { setDefaultTimeout as setTimeouts } from "bun:test"; setTimeouts(${mostMs}); ${readFileSync(path, "utf8")}`,
      loader: path.endsWith("x") ? "tsx" : "ts",
    }));
  },
});
