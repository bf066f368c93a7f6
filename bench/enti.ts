/** A bureau of 1,000 enti: how long `check`, `impact`, `diff` and an editor with `postino lsp` take. `bun bench/enti.ts [ENTI]` prints each beside its bound. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEditor } from "../test/support/editor-client.ts";

const root = resolve(import.meta.dir, "..");
const count = Number(process.argv[2] ?? "1000");
const folder = mkdtempSync(join(tmpdir(), "postino-enti-"));

/** Families of a hundred enti, each with a base; every tenth ente changes a pipeline. */
function writeBureau(): void {
  const pipelines = join(folder, "pipelines");
  const enti = join(pipelines, "enti");
  mkdirSync(enti, { recursive: true });
  for (const name of ["send", "import-iun", "annulla", "ricevute", "seguito"])
    cpSync(join(root, "pipelines", `${name}.yaml`), join(pipelines, `${name}.yaml`));
  const shipped = readFileSync(join(root, "pipelines/enti/borgolieto.yaml"), "utf8");
  const flusso = shipped.slice(shipped.indexOf("\nflusso:"));
  for (let family = 0; family < Math.ceil(count / 100); family += 1)
    writeFileSync(
      join(enti, `base-provincia-${family}.yaml`),
      `send: { baseUrl: "http://127.0.0.1:8098/send", over20Grams: true, paFee: 100 }
payments: { adapter: gpd, baseUrl: "http://127.0.0.1:8098/gpd/debt-positions-service/v1", category: 9/0101108TS/ }
render: { prefetto: Provincia ${family}, giudiceDiPace: Provincia ${family} }
${flusso}`,
    );
  for (let n = 0; n < count; n += 1) writeFileSync(join(enti, `ente${n}.yaml`), formatEnte(n));
}

function formatEnte(n: number): string {
  const change =
    n % 10 === 0
      ? "pipelines:\n  send:\n    change:\n      transmit: { retry: { times: 12 } }\n"
      : "";
  return `extends: [base-provincia-${Math.floor(n / 100)}.yaml]
ente: { codice: ente${n}, nome: Comune ${n}, codiceFiscale: "89999990164" }
send: { apiKey: { secret: DEMO_SEND_KEY } }
payments:
  subscriptionKey: { secret: DEMO_GPD_KEY }
  segregationCode: "12"
  iban: IT60X0542811101000000123456
signing:
  signers:
    comandante:
      pkcs12: { file: ${join(root, "data/demo/keys/comandante.p12")}, password: { secret: DEMO_KEY_PASSWORD } }
${change}`;
}

async function time(what: string, args: readonly string[], boundMs: number | null): Promise<void> {
  const began = performance.now();
  const child = Bun.spawn([process.execPath, join(root, "server/main.ts"), ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      POSTINO_DATA: join(folder, "data"),
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const out = await new Response(child.stdout).text();
  const err = await new Response(child.stderr).text();
  await child.exited;
  const ms = Math.round(performance.now() - began);
  const bound = boundMs === null ? "" : `, bound ${boundMs}`;
  const usage = child.resourceUsage();
  const cpu = usage === undefined ? 0 : Math.round(Number(usage.cpuTime.total) / 1_000);
  console.log(`${what}: ${ms} ms (${cpu} ms of CPU${bound}), exit ${child.exitCode}`);
  console.log(`  ${(out + err).trim().split("\n").slice(-2).join("\n  ").slice(0, 400)}`);
}

/** What a technician waits for while typing: the first look at a file, the next ones, a list of completions. */
async function timeEditor(): Promise<void> {
  const editor = await startEditor(folder, { POSTINO_DATA: join(folder, "data") });
  const path = `pipelines/enti/ente${count - 1}.yaml`;
  const text = readFileSync(join(folder, path), "utf8");
  const send = "pipelines/send.yaml";
  const sendText = readFileSync(join(folder, send), "utf8");
  const wait = async (what: string, rounds: number, ask: (round: number) => Promise<unknown>) => {
    const took: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      await ask(round);
      took.push(performance.now() - began);
    }
    const middle = took.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
    const most = Math.max(...took);
    console.log(
      `editor, ${what}: ${middle.toFixed(0)} ms (at most ${most.toFixed(0)} of ${rounds})`,
    );
  };
  try {
    await wait("an ente's file is opened", 1, () => editor.type(path, text));
    await wait("a line is typed in it", 20, (n) => editor.type(path, `${text}# ${n}\n`));
    await wait("a key is completed in it", 20, () => editor.complete(path, `${text}  |`));
    await wait("the pipeline of all is opened", 1, () => editor.type(send, sendText));
    await wait("a line is typed in it", 20, (n) => editor.type(send, `${sendText}# ${n}\n`));
  } finally {
    await editor.close();
  }
}

function git(...args: readonly string[]): void {
  const ended = Bun.spawnSync(["git", "-c", "user.name=p", "-c", "user.email=p@p", ...args], {
    cwd: folder,
  });
  if (ended.exitCode !== 0) throw new Error(`git ${args[0]}: ${ended.stderr.toString()}`);
}

try {
  writeBureau();
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "prima");
  await time(`check of ${count} enti`, ["check"], 2_000);
  const send = join(folder, "pipelines/send.yaml");
  writeFileSync(send, readFileSync(send, "utf8").replaceAll("times: 8", "times: 9"));
  await time("impact of a change in send.yaml", ["impact"], 3_000);
  const base = join(folder, "pipelines/enti/base-provincia-0.yaml");
  writeFileSync(base, readFileSync(base, "utf8").replace("paFee: 100", "paFee: 90"));
  await time("impact of it and of a base", ["impact", "--since", "HEAD"], 3_000);
  await time("diff of two enti", ["diff", "ente0", `ente${count - 1}`], 3_000);
  await timeEditor();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
