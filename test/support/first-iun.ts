/** From the export of a program to the first IUN, as a technician goes: init, doctor, run; each timed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeExports } from "./exports/programs.ts";
import type { InstallationWorld } from "./installation-world.ts";

export interface TimedStep {
  readonly name: string;
  readonly code: number | null;
  readonly ms: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FirstIun {
  readonly steps: readonly TimedStep[];
  /** The IUNs of the run, by the number of the verbale. */
  readonly iuns: Readonly<Record<string, string>>;
  /** Notes of those that have none. */
  readonly notes: readonly string[];
  readonly totalMs: number;
}

const codice = "borgonuovo";

/** What the technician knows of the ente; the rest is in the template and in the export. */
function writeAnswers(url: string): string {
  return `ente: { nome: Comune di Borgonuovo, codiceFiscale: "89999990164" }
send: { baseUrl: "${url}/send" }
payments:
  baseUrl: ${url}/gpd/debt-positions-service/v1
  segregationCode: "01"
  iban: IT60X0542811101000000123456
render: { prefetto: Borgonuovo, giudiceDiPace: Borgonuovo }
`;
}

/** Goes the whole way in a world without any ente file of that name; `now`: a clock in milliseconds. */
export async function goToFirstIun(world: InstallationWorld, now: () => number): Promise<FirstIun> {
  const [titles] = makeExports(world.today);
  const file = world.file("export.csv", titles?.bytes ?? new Uint8Array());
  const answers = world.file("risposte.yaml", writeAnswers(world.url));
  const secrets = join(world.dataFolder, "secrets");
  const steps: TimedStep[] = [];
  const begun = now();
  async function step(name: string, args: readonly string[]): Promise<TimedStep> {
    const from = now();
    const { code, stdout, stderr } = await world.postino(args);
    const done = { name, code, ms: now() - from, stdout, stderr };
    steps.push(done);
    return done;
  }
  await step("init --from", [
    "init",
    "--ente",
    codice,
    "--from",
    file,
    "--yes",
    "--answers",
    answers,
  ]);
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  for (const [name, value] of [
    ["BORGONUOVO_SEND", "chiave-di-prova"],
    ["BORGONUOVO_GPD", "chiave-gpd"],
  ] as const)
    writeFileSync(join(secrets, name), `${value}\n`, { mode: 0o600 });
  await step("check", ["check", "--ente", codice]);
  await step("doctor", ["doctor", "--ente", codice]);
  const run = await step("run", ["run", "send", "--ente", codice, "--input", file, "--json"]);
  const document = JSON.parse(run.stdout === "" ? '{"items":[]}' : run.stdout) as {
    readonly items: readonly {
      readonly key: string;
      readonly iun: string | null;
      readonly note: string | null;
    }[];
  };
  return {
    steps,
    iuns: Object.fromEntries(
      document.items.flatMap(({ key, iun }) => (iun === null ? [] : [[key, iun]])),
    ),
    notes: document.items.flatMap(({ key, iun, note }) =>
      iun === null ? [`${key}: ${note ?? ""}`] : [],
    ),
    totalMs: now() - begun,
  };
}
