/** Memory and time of reading a flusso of 300 MB (argument: MB) as a run does: inspected, loaded, validated; beside one of 3 MB and raw reading. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const megabytes = Number(process.argv[2] ?? 300);
const folder = mkdtempSync(join(tmpdir(), "postino-bench-"));
const header =
  "numero;dataViolazione;oraViolazione;luogo;targa;articolo;descrizione;agente;importoRidottoCents;speseCents;destinatario.tipo;destinatario.cognome;destinatario.nome;destinatario.codiceFiscale;destinatario.indirizzo.via;destinatario.indirizzo.civico;destinatario.indirizzo.cap;destinatario.indirizzo.comune;destinatario.indirizzo.provincia";
const settings = `ente: { codice: prova, nome: Prova, codiceFiscale: "89999990164" }
send: { baseUrl: "http://127.0.0.1:1/send", apiKey: { secret: A } }
payments: { baseUrl: "http://127.0.0.1:1/gpd", subscriptionKey: { secret: B }, segregationCode: "01", iban: IT60X0542811101000000123456 }
signing: { signers: {} }
flusso: { dates: AAAA-MM-GG, amounts: cents, ignore: [Annotazioni] }
`;
const pipeline = `name: Lettura
steps:
  - uses: load-verbali
  - uses: validate
`;

interface Measured {
  readonly rows: number;
  readonly seconds: number;
  readonly peak: number;
}

try {
  await Bun.write(join(folder, "pipelines", "enti", "prova.yaml"), settings);
  await Bun.write(join(folder, "pipelines", "leggi.yaml"), pipeline);
  for (const size of [3, megabytes]) {
    const path = join(folder, `flusso-${size}.csv`);
    const rows = writeFlusso(path, size * 1e6);
    const raw = await measureRawRead(path);
    const { seconds, peak } = await measureRun(path, rows);
    console.log(
      `flusso: ${size} MB, ${rows} verbali in ${seconds.toFixed(1)} s = ${Math.round(rows / seconds)} verbali/s; most resident memory ${Math.round(peak / 1e6)} MB; bound: the bytes alone in ${raw.toFixed(2)} s`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Rows of 3.4 kB until the file has its size. */
function writeFlusso(path: string, bytes: number): number {
  const day = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
  const file = openSync(path, "w");
  let written = writeSync(file, `${header};Annotazioni\n`);
  let rows = 0;
  const note = "nota ".repeat(640);
  while (written < bytes) {
    rows += 1;
    const number = String(rows).padStart(6, "0");
    written += writeSync(
      file,
      `B${number};${day};10:15;Via Roma;ZZ${number};7;Sosta;m1;4200;850;PF;Inventati;Tommaso;NVNTMS66B24X001Q;Via Prove;1;24047;Treviglio;BG;${note}\n`,
    );
  }
  closeSync(file);
  return rows;
}

/** Seconds that reading the bytes takes, with nothing made of them. */
async function measureRawRead(path: string): Promise<number> {
  const began = performance.now();
  let bytes = 0;
  for await (const chunk of Bun.file(path).stream()) bytes += chunk.byteLength;
  if (bytes !== Bun.file(path).size) throw new Error("the file changed");
  return (performance.now() - began) / 1000;
}

async function measureRun(path: string, rows: number): Promise<Measured> {
  const began = performance.now();
  const main = join(import.meta.dir, "..", "server", "main.ts");
  const child = Bun.spawn(
    [process.execPath, main, "run", "leggi", "--ente", "prova", "--input", path],
    {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        POSTINO_DATA: join(folder, `data-${rows}`),
        POSTINO_PIPELINES: "pipelines",
      },
      stdout: "ignore",
      stderr: "inherit",
    },
  );
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, readHighWater(child.pid));
  }, 100);
  const code = await child.exited;
  clearInterval(timer);
  if (code !== 0) throw new Error(`postino run ended with ${code}`);
  return { rows, seconds: (performance.now() - began) / 1000, peak };
}

/** VmHWM of the process in bytes; 0 where there is no /proc or the process is gone. */
function readHighWater(pid: number): number {
  try {
    const [, kilobytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return 0;
    throw error;
  }
}
