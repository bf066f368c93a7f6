/** The outside programs that judge our documents, each as a function from files to faults. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { keysFolder } from "./keys.ts";
import { judgeWithPyhanko, listMissingForPyhanko } from "./pyhanko.ts";
import type { Sample } from "./samples.ts";
import { listMissingTools, validatePdfA } from "./verapdf.ts";
import type { JudgeVerdict } from "./verdict.ts";

export interface Judge {
  readonly name: string;
  /** Programs that it needs and that are not there. */
  listMissing(): readonly string[];
  /** Whether it has anything to say of this file. */
  canJudge(sample: Sample): boolean;
  judge(samples: readonly Sample[]): Promise<readonly JudgeVerdict[]>;
}

const authorityFile = join(keysFolder, "ca.crt");
const isSigned = (sample: Sample): boolean => !sample.group.startsWith("unsigned");
const listLacking = (...programs: readonly string[]) =>
  programs.filter((program) => Bun.which(program) === null);

/** In the order of the table's columns. */
export const judges: readonly Judge[] = [
  buildVeraJudge("ua1"),
  buildVeraJudge("2a"),
  {
    name: "qpdf",
    listMissing: () => listLacking("qpdf"),
    canJudge: () => true,
    judge: (samples) =>
      judgeEach(samples, async ({ path }) => {
        const { code, output } = await runProgram(["qpdf", "--check", path]);
        return code === 0 ? [] : [output];
      }),
  },
  {
    name: "pdfsig",
    listMissing: () => listLacking("pdfsig", "certutil"),
    canJudge: isSigned,
    judge: judgeWithPdfsig,
  },
  {
    name: "openssl",
    listMissing: () => listLacking("openssl"),
    canJudge: isSigned,
    judge: (samples) =>
      runInFolder((folder) => judgeEach(samples, (one) => checkWithOpenssl(one, folder))),
  },
  {
    name: "pyHanko",
    listMissing: listMissingForPyhanko,
    canJudge: isSigned,
    judge: judgeWithPyhanko,
  },
  {
    name: "zbarimg",
    listMissing: () => listLacking("pdftoppm", "zbarimg"),
    canJudge: (sample) => !isSigned(sample) && sample.qr.length > 0,
    judge: (samples) =>
      judgeEach(samples, async (sample) =>
        checkCodes(sample.qr, await scanCodes(sample, ["zbarimg", "-q", "--raw"], [])),
      ),
  },
  {
    name: "dmtxread",
    listMissing: () => listLacking("pdftoppm", "dmtxread"),
    canJudge: (sample) => !isSigned(sample) && sample.matrix.length > 0,
    judge: (samples) =>
      judgeEach(samples, async (sample) =>
        checkCodes(
          sample.matrix,
          await scanCodes(sample, ["dmtxread", "-n", "-N1", "-m30000"], rightThird),
        ),
      ),
  },
];

/** veraPDF by one of its profiles: PDF/UA-1 says most of what a reader needs, PDF/A-2a little of it. */
function buildVeraJudge(profile: "ua1" | "2a"): Judge {
  return {
    name: profile,
    listMissing: listMissingTools,
    canJudge: () => true,
    async judge(samples) {
      const faults = new Map<string, readonly string[]>();
      const paths = samples.map(({ path }) => path);
      for (const verdict of await validatePdfA(profile, paths))
        faults.set(verdict.path, verdict.faults);
      return samples.map((sample) => ({
        sample,
        faults: faults.get(sample.path) ?? ["not judged"],
      }));
    },
  };
}

/** With a store of certificates that trusts the demo's authority alone. */
function judgeWithPdfsig(samples: readonly Sample[]): Promise<readonly JudgeVerdict[]> {
  return runInFolder(async (folder) => {
    const store = `sql:${folder}`;
    await requireSuccess(["certutil", "-N", "-d", store, "--empty-password"]);
    await requireSuccess([
      "certutil",
      "-A",
      "-d",
      store,
      "-n",
      "ca",
      "-t",
      "C,C,C",
      "-i",
      authorityFile,
    ]);
    return await judgeEach(samples, async ({ path }) => {
      const { output } = await runProgram(["pdfsig", "-nssdir", folder, path]);
      const wanted = [
        "Signature Type: ETSI.CAdES.detached",
        "Signature Validation: Signature is Valid.",
        "Certificate Validation: Certificate is Trusted.",
        "Total document signed",
      ];
      return wanted.filter((line) => !output.includes(line)).map((line) => `not told: ${line}`);
    });
  });
}

/** The CMS and what it covers, cut out of the file by its own ByteRange. */
async function checkWithOpenssl(
  { name, bytes }: Sample,
  folder: string,
): Promise<readonly string[]> {
  const file = Buffer.from(bytes);
  const found = [
    ...file.toString("latin1").matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g),
  ];
  if (found.length !== 1) return [`${found.length} signatures`];
  const [start = 0, length = 0, restStart = 0, restLength = 0] = (found[0] ?? [])
    .slice(1)
    .map(Number);
  if (start !== 0 || restStart + restLength !== file.length) return ["the file is not covered"];
  const content = Buffer.concat([file.subarray(0, length), file.subarray(restStart)]);
  const cms = Buffer.from(file.toString("latin1", length + 1, restStart - 1), "hex");
  const buildPath = (suffix: string): string => join(folder, `${name}.${suffix}`);
  await Promise.all([writeFile(buildPath("content"), content), writeFile(buildPath("cms"), cms)]);
  const signature = ["-inform", "DER", "-in", buildPath("cms"), "-content", buildPath("content")];
  const trust = ["-CAfile", authorityFile, "-purpose", "any"];
  const { code, output } = await runProgram(
    ["openssl", "cms", "-verify", "-cades", "-binary"].concat(
      signature,
      trust,
      "-out",
      "/dev/null",
    ),
  );
  const isGood = code === 0 && output.includes("CAdES Verification successful");
  return isGood ? [] : [output.trim().replaceAll("\n", "; ")];
}

// Where the Data Matrix is: dmtxread tries every edge of a page, for half a minute where it finds nothing.
const rightThird = ["-x", "1200", "-W", "454"];

/** The lines that a program reads off the pages at 200 dpi. Signing adds no mark to a page: unsigned files tell for both. */
function scanCodes(
  { path }: Sample,
  program: readonly string[],
  area: readonly string[],
): Promise<readonly string[]> {
  return runInFolder(async (folder) => {
    await requireSuccess([
      "pdftoppm",
      "-r",
      "200",
      ...area,
      "-gray",
      "-png",
      path,
      join(folder, "page"),
    ]);
    const lines: string[] = [];
    for await (const page of new Bun.Glob("page*.png").scan(folder)) {
      const { told } = await runProgram([...program, join(folder, page)]);
      lines.push(...told.split("\n").filter((line) => line.trim() !== ""));
    }
    return lines;
  });
}

function checkCodes(wanted: readonly string[], read: readonly string[]): readonly string[] {
  return [
    ...wanted.filter((code) => !read.includes(code)).map((code) => `not read: ${code}`),
    ...read.filter((code) => !wanted.includes(code)).map((code) => `read too: ${code}`),
  ];
}

/** As many at once as there are cores. */
async function judgeEach(
  samples: readonly Sample[],
  faultsOf: (sample: Sample) => Promise<readonly string[]>,
): Promise<readonly JudgeVerdict[]> {
  const verdicts: JudgeVerdict[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (;;) {
      const at = next;
      next += 1;
      const sample = samples[at];
      if (sample === undefined) return;
      verdicts[at] = { sample, faults: await faultsOf(sample) };
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return verdicts;
}

async function runInFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "postino-judge-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function requireSuccess(command: readonly string[]): Promise<void> {
  const { code, output } = await runProgram(command);
  if (code !== 0) throw new Error(`${command[0]}: ${output}`);
}

/** `told`: standard output alone; `output`: all that it said. */
async function runProgram(
  command: readonly string[],
): Promise<{ readonly code: number; readonly told: string; readonly output: string }> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [told, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, told, output: told + error };
}
