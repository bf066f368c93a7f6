/** A command of the CLI as a process of its own, to be killed, whose clock begins at `HALF_YEAR_NOW` (milliseconds since the epoch). */
import { withTerminal } from "../../../server/cli/terminal.ts";
import { runCommandLine } from "../../../server/main.ts";
import { createMovingClock } from "./clock.ts";

const { stdout, stderr, env } = process;
process.exitCode = await withTerminal(
  {
    stdout,
    stderr,
    stdin: { isTTY: false, read: () => Bun.stdin.stream() },
    environment: env,
    clock: createMovingClock(Number(env["HALF_YEAR_NOW"])),
  },
  () => runCommandLine(process.argv.slice(2)),
);
