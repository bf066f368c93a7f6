/** The program of one file, built and used: the demonstration in a root without anything, every command, pages, threads, own steps. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildPrograms, findOwnTarget } from "../../scripts/build.ts";
import { findProgram } from "../support/programs.ts";

/** An empty root: nothing in it but the program, what it is linked with, and folders. */
const root = mkdtempSync(join(tmpdir(), "postino-root-"));
const outside = mkdtempSync(join(tmpdir(), "postino-single-"));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let program: string;
/** The demonstration, as it ran in the empty root, or outside of it where this machine makes none. */
let demo: Ended;
let isRootEmpty: boolean;

beforeAll(async () => {
  [program = ""] = await buildPrograms([findOwnTarget()], outside);
  await linkLibraries();
  isRootEmpty = (await enterRoot(["--version"]))?.code === 0;
  demo = isRootEmpty ? ((await enterRoot(["demo"])) as Ended) : await start(["demo"]);
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
});

/** The program and its libraries, copied into the empty root. */
async function linkLibraries(): Promise<void> {
  for (const name of ["proc", "tmp"]) mkdirSync(join(root, name));
  cpSync(program, join(root, "postino"));
  const listed = await run(["ldd", program], {});
  for (const [path] of listed.stdout.matchAll(/\/[^ \n]+\.so[^ \n]*/g)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(path, join(root, path), { dereference: true });
  }
}

/** `null`: this machine does not let us. */
async function enterRoot(args: readonly string[]): Promise<Ended | null> {
  const [unshare, chroot] = [findProgram("unshare"), findProgram("chroot")];
  if (unshare === null || chroot === null) return null;
  const rooted = [unshare, "-r", "-m", "-p", "-f", `--mount-proc=${root}/proc`, chroot, root];
  return await run([...rooted, "/postino", ...args], { HOME: "/" });
}

async function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return await run([program, ...args], { HOME: root, ...environment });
}

async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = root,
): Promise<Ended> {
  const child = Bun.spawn([...command], {
    cwd,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** What the demonstration left, as an installation of its own. */
const installed = { POSTINO_DATA: "data/demo-run", POSTINO_PIPELINES: "data/programma/pipelines" };

test("the demonstration runs to its end where there is neither Node nor Bun nor anything else", () => {
  if (!isRootEmpty) console.warn("no empty root here (unshare, chroot): run outside of one");

  expect(demo.stderr.replaceAll(/^avanzamento .*\n/gm, "")).toBe("");
  expect(demo.stdout).toContain("54 su 60 conclusi, 6 scartati");
  expect(demo.stdout).toContain("postino serve");
  expect(demo.code).toBe(0);
});

/** Words, exit code, and what must be told, on what the demonstration left. */
const commands: readonly (readonly [words: string, code: number, told: RegExp])[] = [
  ["runs", 0, /Completato con scarti/],
  ["status FLUSSO", 3, /54 su 60 conclusi, 6 scartati/],
  ["export FLUSSO", 0, /^2026-V-0101;Concluso;/m],
  ["find 2026-V-0101", 0, /2026-V-0101 +borgolieto/],
  ["files FLUSSO", 0, /verbali-firmati\.zip/],
  ["costs --ente borgolieto --month MESE", 0, /^IUN;Verbale;/],
  ["fascicolo 2026-V-0999 --ente borgolieto", 2, /Nessuna notifica del verbale/],
  ["resume FLUSSO", 2, /non c'è nulla da riprendere/],
  ["cancel FLUSSO", 2, /è già concluso/],
  ["answer FLUSSO --approve", 2, /non aspetta risposte/],
  ["check", 0, /import-iun\.yaml/],
  ["impact", 2, /repository git/],
  ["diff borgolieto altrove", 2, /«altrove» non ha un file/],
  ["show send --ente borgolieto", 0, /uses: transmit/],
  ["explain P023", 0, /cron che non fa/],
  ["steps sign", 0, /PAdES/],
  ["postal show", 0, /compresa nel programma/],
  ["map nessuno.csv --ente borgolieto", 2, /nessuno\.csv non si può leggere/],
  ["preview --ente borgolieto", 0, /-verbale\.pdf/],
  ["try data/demo-run/flusso-dimostrativo.csv --ente borgolieto --first 2", 0, /ALREADY_SENT/],
  ["run send --ente borgolieto --input nessuno.csv", 2, /nessuno\.csv non esiste/],
  ["test data/programma/pipelines/tests/import-iun.yaml --ente borgolieto", 0, /✓/],
  ["secret list", 0, /non ce ne sono/],
  ["secret check", 0, /DEMO_SEND_KEY +della dimostrazione/],
  ["doctor --ente borgolieto", 5, /Cartella dei dati/],
  ["trust --ente borgolieto", 0, /./],
  ["realign --ente borgolieto", 4, /./],
  ["notification 1 --ente borgolieto", 2, /non è uno IUN/],
  ["platform --ente borgolieto", 4, /./],
  ["store copy sqlite:nessuno sqlite:copia", 5, /nessun registro/],
  ["user list", 0, /Nessuna persona/],
  ["token list", 0, /Nessuna chiave/],
  ["audit verify", 0, /è intero/],
  ["lsp --help", 0, /Language Server Protocol/],
  ["serve --porta 1", 2, /--port\n/],
  ["simulate --porta 1", 2, /--port\n/],
];

test.each(commands)("`%s` does in one file what it does from source", async (words, code, told) => {
  const ended = await start(fillIn(words), installed);

  expect(`${ended.stdout}${ended.stderr}`).toMatch(told);
  expect(ended.code).toBe(code);
});

function fillIn(words: string): readonly string[] {
  const id = /Flusso (\d{8}-\d{4})/.exec(demo.stdout)?.[1] ?? "";
  const month = `${id.slice(0, 4)}-${id.slice(4, 6)}`;
  return words.replace("FLUSSO", id).replace("MESE", month).split(" ");
}

/** Each in a folder of its own. */
const beginnings: readonly (readonly [words: string, made: string])[] = [
  ["init --ente nuovo", "pipelines/enti/nuovo.yaml"],
  ["new step mio-passo", "passi/mio-passo.ts"],
  ["demo --help", "."],
];

test.each(beginnings)("`%s` begins in an empty folder", async (words, made) => {
  const folder = mkdtempSync(join(outside, "begun-"));

  const ended = await run([program, ...words.split(" ")], { HOME: root }, folder);

  expect(ended.code).toBe(0);
  expect(existsSync(join(folder, made))).toBe(true);
});

test("a command that has no row here explains itself", async () => {
  const help = await start(["--help"]);
  const known = [...help.stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = ""]) => name);
  const tried = new Set([...commands, ...beginnings].map(([words]) => words.split(" ")[0]));

  expect(known.length).toBeGreaterThan(30);
  for (const name of known.filter((one) => !tried.has(one))) {
    const ended = await start([name, "--help"]);
    expect(ended.stdout).toStartWith(`postino ${name}`);
    expect(ended.code).toBe(0);
  }
});

test("the dashboard answers with its pages, fonts and pictures", async () => {
  const child = Bun.spawn([program, "serve", "--port", "0", "--no-scheduler"], {
    cwd: root,
    env: { HOME: root, ...installed },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const url = await readUrl(child.stdout);
  const kinds: Record<string, string> = {};
  for (const path of ["/", "/manuale/guida-operatore", "/manuale/immagini/oggi.png", "/healthz"]) {
    const answer = await fetch(new URL(path, url));
    kinds[path] = `${answer.status} ${answer.headers.get("content-type") ?? ""}`;
  }
  const page = await (await fetch(url)).text();
  const style = /href="([^"]+\.css[^"]*)"/.exec(page)?.[1] ?? "";
  const font = /url\("?([^")]+\.woff2[^")]*)/.exec(
    await (await fetch(new URL(style, url))).text(),
  )?.[1];
  const letters = await (await fetch(new URL(font ?? "", new URL(style, url)))).bytes();
  child.kill("SIGTERM");
  await child.exited;

  expect(kinds).toEqual({
    "/": "200 text/html; charset=UTF-8",
    "/manuale/guida-operatore": "200 text/html; charset=UTF-8",
    "/manuale/immagini/oggi.png": "200 image/png",
    "/healthz": "200 application/json",
  });
  expect(new TextDecoder().decode(letters.slice(0, 4))).toBe("wOF2");
});

/** The first address that it prints. */
async function readUrl(output: ReadableStream<Uint8Array>): Promise<string> {
  let told = "";
  const decoder = new TextDecoder();
  for await (const bytes of output) {
    told += decoder.decode(bytes);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(told)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`no address: ${told}`);
}

/** A step outside of the program that looks into it. */
const lookingStep = `import { pureStep, Type } from "postino";
import { word } from ${JSON.stringify("./parts/word.ts")};
const thread = new Worker(new URL("./drawing-thread.ts", "file://" + Bun.main));
const opened = await new Promise((resolve) => {
  thread.addEventListener("open", () => resolve("opened"));
  thread.addEventListener("error", ({ message }) => resolve(message));
});
thread.terminate();
console.log(word + " " + opened);
export default pureStep({ summary: "Guarda", config: Type.Object({}), reads: Type.Object({}), adds: Type.Object({}), examples: [], run: async () => ({}) });
`;

test("a step of one's own is loaded from outside, and the threads that draw lie where they are looked for", async () => {
  const steps = mkdtempSync(join(outside, "steps-"));
  writeFileSync(join(steps, "look-around.ts"), lookingStep);
  mkdirSync(join(steps, "parts"));
  writeFileSync(join(steps, "parts", "word.ts"), 'export const word = "thread";\n');

  const ended = await start(["steps", "look-around"], { POSTINO_STEPS: steps });

  expect(ended.stdout).toContain("thread opened");
  expect(ended.stdout).toContain("look-around: Guarda");
});
