/** What `serve` with 500 scheduled enti costs: processor and time until it listens, and processor of an idle minute. `bun bench/serve.ts [ENTI] [PROGRAM…]`: folders of checkouts are measured in turn. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tellFigure, tellWords } from "./figure.ts";

const root = resolve(import.meta.dir, "..");
const [countText = "500", ...folders] = process.argv.slice(2);
const count = Number(countText);
const idleMs = 60_000;

for (const program of folders.length === 0 ? [root] : folders.map((one) => resolve(one)))
  await measure(program);

async function measure(program: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "postino-serve-"));
  try {
    writeEnti(folder, program);
    const child = Bun.spawn(
      [process.execPath, join(program, "server", "main.ts"), "serve", "--port", "0"],
      {
        cwd: folder,
        env: {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          POSTINO_DATA: join(folder, "data"),
          DEMO_SEND_KEY: "chiave",
          DEMO_GPD_KEY: "chiave",
          DEMO_KEY_PASSWORD: "dimostrazione",
        },
        stdout: "pipe",
        stderr: "inherit",
      },
    );
    const began = performance.now();
    await untilListening(child.stdout);
    const seconds = (performance.now() - began) / 1_000;
    const boot = readProcessor(child.pid);
    // The first look at all schedules belongs to the start.
    await Bun.sleep(idleMs);
    const settled = readProcessor(child.pid);
    await Bun.sleep(idleMs);
    const idle = readProcessor(child.pid) - settled;
    child.kill("SIGTERM");
    await child.exited;
    const about = { program, enti: count };
    tellFigure("serve.listening", seconds, "s", about);
    tellFigure("serve.boot", boot, "s of processor", about);
    tellFigure("serve.firstMinute", settled - boot, "s of processor", about);
    tellFigure("serve.idle", idle / (idleMs / 1_000), "of a core", about);
    tellWords(`bound: listening 0.3 s, idle 0.01 of a core`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each with the shipped pipelines on a schedule of its own, once a month. */
function writeEnti(folder: string, program: string): void {
  const enti = join(folder, "pipelines", "enti");
  mkdirSync(enti, { recursive: true });
  const shipped = join(program, "pipelines");
  for (const name of readdirSync(shipped))
    if (name.endsWith(".yaml")) cpSync(join(shipped, name), join(folder, "pipelines", name));
  const model = readFileSync(join(shipped, "enti", "borgolieto.yaml"), "utf8");
  for (let n = 0; n < count; n += 1) {
    const text = model
      .replaceAll("borgolieto", `ente${n}`)
      .replaceAll("../../data/demo", join(program, "data/demo"));
    const schedule = `{ cron: "${n % 60} 3 1 * *" }`;
    writeFileSync(
      join(enti, `ente${n}.yaml`),
      text.includes("\npipelines:")
        ? text
        : `${text}\npipelines:\n  send: { schedule: ${schedule} }\n  import-iun: { schedule: ${schedule} }\n`,
    );
  }
}

async function untilListening(output: ReadableStream<Uint8Array>): Promise<void> {
  let text = "";
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("Pannello:")) return;
  }
  throw new Error(`serve did not listen: ${text}`);
}

/** Seconds of processor, user and system. Source: proc(5), fields 14 and 15 behind the name, in hundredths. */
function readProcessor(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
