/** Processes that die at random in every way of working: OTP, upload, GovPay, files of a partner, stream, one archive for all, a full disk; what must hold at the end is counted on the other side. */
import { sign } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { createPades } from "../../documents/signature/pades.ts";
import { crashpoints } from "../../engine/host/crashpoint.ts";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import { makePaymentCode } from "../../integrations/payments/notice-code.ts";
import { govPayEnte, govPaySecrets } from "./govpay-ente.ts";
import {
  type Ended,
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
  type WorldOptions,
} from "./installation-world.ts";
import { makeRandom } from "./random.ts";
import type { RunDocument } from "./run-document.ts";
import { verbaliLines } from "./verbali.ts";

export const killKinds = ["otp", "upload", "govpay", "file", "stream", "zip"] as const;

export type KillKind = (typeof killKinds)[number];

export interface KillsPlan {
  /** How many kills must hit. */
  readonly kills: number;
  readonly seed: number;
  /** Verbali of each flusso. */
  readonly verbali: number;
  /** Where the journal lies, as `POSTINO_STORE`; default its file. */
  readonly store?: string;
  /** Told of each flusso that came to its end. */
  readonly tell?: (line: string) => void;
}

export interface KillsReport {
  readonly hits: number;
  readonly flussi: number;
  /** What did not hold; empty: nothing lost, nothing twice. */
  readonly faults: readonly string[];
}

const keys = resolve(import.meta.dir, "../../data/demo/keys");
const otp = "4815162342";

type Env = Readonly<Record<string, string>>;

interface Kind {
  readonly options: WorldOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Does what the run waits for, before the command that goes on; its words and its input. */
  answer?(world: InstallationWorld, run: string, env: Env): Promise<Call>;
  /** A command after the flusso, under fire too. */
  readonly after?: readonly string[];
  /** What is counted on the other side once `flussi` are through. */
  findFaults(world: InstallationWorld, counted: Counted): Promise<readonly string[]>;
}

interface Counted {
  /** Verbali that were notified. */
  readonly expected: number;
  /** Kills that took the answer of a call away. */
  readonly lostAnswers: number;
  readonly env: Env;
}

interface Call {
  readonly args: readonly string[];
  readonly stdin?: string;
}

const byFile = (text: string): string =>
  text
    .replace("adapter: gpd", "adapter: file")
    .replace(/ {2}baseUrl: \S+\/gpd\S+\n {2}subscriptionKey: .*\n/, "");

const quick = (text: string): string =>
  text.replace("requestsPerSecond: 10\n", "requestsPerSecond: 1000\n");

const kinds: Readonly<Record<KillKind, Kind>> = {
  otp: {
    options: {
      sendYaml: sendYaml.replace(
        "mode: automatic, signer: comandante",
        "mode: otp, signer: segretario",
      ),
      enteYaml: (text) => quick(text).replace(/^( +)credentialId: .*$/gm, "$&\n$1chunk: 3"),
    },
    answer: async (_world, run) => ({ args: ["answer", run, "--otp", "-"], stdin: `${otp}\n` }),
    async findFaults(world, { expected, lostAnswers }) {
      const { signatures, signedAgain } = world.report().csc;
      // Nobody can be asked for signatures whose answer was lost: they are made once more.
      if (signatures >= 2 * expected && signedAgain <= lostAnswers) return [];
      return listDifferences(
        { signatures, signedAgain },
        { signatures: 2 * expected, signedAgain: 0 },
      );
    },
  },
  upload: {
    options: {
      sendYaml: sendYaml.replace("mode: automatic", "mode: upload"),
      enteYaml: (text) => quick(text).replace("signing:\n", `signing:\n  trust: ${keys}\n`),
    },
    async answer(world, run, env) {
      const folder = await signElsewhere(world, run, env);
      return { args: ["answer", run, "--files", folder] };
    },
    findFaults: async () => [],
  },
  govpay: {
    options: { enteYaml: (text) => quick(govPayEnte(text)) },
    env: govPaySecrets,
    async findFaults(world, { expected }) {
      const open = (await readPendenze(world)).filter(({ stato }) => stato === "NON_ESEGUITA");
      const codes = new Set(open.map(({ numeroAvviso }) => numeroAvviso));
      const found = { open: open.length, codes: codes.size };
      // Each third verbale has no discount, and one code.
      const all = 2 * expected - Math.floor(expected / 3);
      return listDifferences(found, { open: all, codes: all });
    },
  },
  file: {
    options: { enteYaml: byFile },
    async answer(world, run) {
      answerPartner(world);
      return { args: ["resume", run, "--wait", "10m"] };
    },
    async findFaults(world, { expected }) {
      const refs = readRequests(world).map(({ ref }) => ref);
      const found = { asked: refs.length, distinct: new Set(refs).size };
      return listDifferences(found, { asked: expected, distinct: expected });
    },
  },
  stream: {
    options: { sendYaml, enteYaml: quick },
    after: ["run", "import-iun", "--ente", "prova", "--wait", "10m"],
    async findFaults() {
      return [];
    },
  },
  zip: {
    options: {
      sendYaml: sendYaml.replace("- uses: zip\n", "- uses: zip\n    with: { split: single }\n"),
      enteYaml: quick,
    },
    async findFaults(world, { env }) {
      const [newest] = await listRuns(world, env);
      const { document } = await world.json(["status", newest?.id ?? "", "--json"], { env });
      const archives = new Set(
        document.items.flatMap(({ artifacts }) =>
          artifacts.flatMap(({ name, sha256 }) => (name.endsWith(".zip") ? [sha256] : [])),
        ),
      );
      return archives.size <= 1 ? [] : [`${archives.size} archives in one flusso`];
    },
  },
};

/** Flussi one after the other until so many kills have hit, each ended by as many commands as it takes. */
export async function playKills(kind: KillKind, plan: KillsPlan): Promise<KillsReport> {
  const { options, after, findFaults } = kinds[kind];
  const store = plan.store === undefined ? {} : { POSTINO_STORE: plan.store };
  const env = { ...kinds[kind].env, ...store };
  const random = makeRandom(plan.seed);
  const faults: string[] = [];
  let hits = 0;
  let flussi = 0;
  let lostAnswers = 0;
  let callsLeft = Number.POSITIVE_INFINITY;
  let killNow: (() => Promise<unknown>) | null = null;
  const world = await makeInstallationWorld({
    ...options,
    async observe() {
      callsLeft -= 1;
      // The effect is done, and nobody will hear of it.
      if (callsLeft === 0) await killNow?.();
    },
  });

  /** One command, which dies somewhere while kills are left. */
  async function callUnderFire({ args, stdin }: Call): Promise<Ended> {
    const mayDie = hits < plan.kills;
    const atPoint = mayDie && random() < 0.6;
    const point = crashpoints[Math.floor(random() * crashpoints.length)] ?? "";
    const crash = atPoint
      ? { POSTINO_CRASH_AT: `${point}:${1 + Math.floor(random() * plan.verbali)}` }
      : {};
    callsLeft = mayDie && !atPoint ? 1 + Math.floor(random() * 12) : Number.POSITIVE_INFINITY;
    const started = world.start(args, {
      env: { ...env, ...crash },
      ...(stdin === undefined ? {} : { stdin }),
    });
    killNow = () => {
      started.kill("SIGKILL");
      return started.ended;
    };
    const ended = await started.ended;
    killNow = null;
    if (ended.signal === "SIGKILL") hits += 1;
    if (ended.signal === "SIGKILL" && !atPoint) lostAnswers += 1;
    if (/imprevisto|"level":"error"/.test(ended.stderr)) faults.push(ended.stderr);
    return ended;
  }

  /** Runs the pipeline until its newest run has ended. */
  async function driveToEnd(first: Call, known: number): Promise<void> {
    for (let turn = 0; turn < 60; turn += 1) {
      const runs = await listRuns(world, env);
      const [newest] = runs.length > known ? runs : [];
      if (newest === undefined) await callUnderFire(first);
      else if (newest.state.startsWith("completed")) return;
      else await callUnderFire(await chooseCall(newest));
    }
    throw new Error(`no end after 60 commands (${kind}, seed ${plan.seed})`);
  }

  async function chooseCall({ id, state }: FoundRun): Promise<Call> {
    const isAsked = state === "waiting-for-person" || (kind === "file" && state === "waiting");
    const answer = isAsked ? await kinds[kind].answer?.(world, id, env) : undefined;
    return answer ?? { args: ["resume", id, "--wait", "10m"] };
  }

  try {
    if (kind === "stream")
      writeFileSync(join(world.pipelinesFolder, "import-iun.yaml"), importYaml);
    while (hits < plan.kills) {
      flussi += 1;
      const lines = verbaliLines(plan.verbali, world.freshDay, 1 + (flussi - 1) * plan.verbali);
      const input = world.file(`flusso-${flussi}.jsonl`, lines);
      const run = ["run", "send", "--ente", "prova", "--input", input, "--wait", "10m"];
      await driveToEnd({ args: run }, (await listRuns(world, env)).length);
      if (after !== undefined)
        await driveToEnd({ args: after }, (await listRuns(world, env)).length);
      const expected = flussi * plan.verbali;
      faults.push(
        ...(await findCommonFaults(world, kind, expected)),
        ...(await findFaults(world, { expected, lostAnswers, env })),
      );
      plan.tell?.(`${kind}: flusso ${flussi}, ${hits} kills hit, ${faults.length} faults`);
      if (faults.length > 0) break;
    }
    return { hits, flussi, faults };
  } finally {
    await world.close();
  }
}

const importYaml = `name: IUN per stream
steps:
  - uses: load-open-notifications
  - uses: import-iun
    with: { by: stream }
    within: 24h
`;

interface FoundRun {
  readonly id: string;
  readonly state: string;
}

/** Newest first. */
async function listRuns(world: InstallationWorld, env: Env): Promise<readonly FoundRun[]> {
  const { stdout } = await world.postino(["runs", "--json"], { env });
  return (JSON.parse(stdout) as { readonly runs: readonly FoundRun[] }).runs;
}

/** One notification of each verbale, and on GPD one open position. */
async function findCommonFaults(
  world: InstallationWorld,
  kind: KillKind,
  expected: number,
): Promise<readonly string[]> {
  const { send, gpd } = world.report();
  const protocols = new Set(send.requests.map(({ protocol }) => protocol));
  const found = { accepted: send.accepted, protocols: protocols.size };
  const told = listDifferences(found, { accepted: expected, protocols: expected });
  if (kind === "govpay" || kind === "file") return told;
  const open = gpd.positions.filter(({ status }) => status === "VALID").length;
  const positions = gpd.positions.length;
  return [
    ...told,
    ...listDifferences({ open, positions }, { open: expected, positions: expected }),
  ];
}

function listDifferences(
  found: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
): readonly string[] {
  return Object.entries(expected)
    .filter(([name, count]) => found[name] !== count)
    .map(([name, count]) => `${name}: ${found[name]}, expected ${count}`);
}

/** Signs what the run hands out, as another program would; returns the folder with the files. */
async function signElsewhere(world: InstallationWorld, run: string, env: Env): Promise<string> {
  const folder = join(world.folder, `firmati-${run}`);
  if (existsSync(folder)) return folder;
  const { document }: { document: RunDocument } = await world.json(["status", run, "--json"], {
    env,
  });
  const bytes = await Bun.file(join(keys, "comandante.p12")).bytes();
  const key = await openPkcs12(bytes, "dimostrazione", "comandante.p12");
  const pades = createPades({ chain: key.chain, algorithm: "RSA-SHA256", timestampBytes: 0 });
  mkdirSync(folder);
  for (const { artifacts } of document.items)
    for (const { name, path } of artifacts) {
      const signedAt = new Date().toISOString();
      const prepared = pades.prepare(await Bun.file(path).bytes(), { signedAt });
      const signature = sign("sha256", prepared.toSign, key.privateKey);
      writeFileSync(join(folder, name), pades.embed(prepared, signature));
    }
  return folder;
}

interface PartnerRequest {
  readonly ref: string;
}

function findPayments(world: InstallationWorld): string {
  return join(world.dataFolder, "outbox", "prova", "pagamenti");
}

/** Every row of every file that the partner was handed. */
function readRequests(world: InstallationWorld): readonly PartnerRequest[] {
  const folder = findPayments(world);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /(^|\/)richieste-[^/]*\.csv$/.test(name))
    .flatMap((name) => {
      const [head = "", ...rows] = readFileSync(join(folder, name), "utf8")
        .replace(/^\uFEFF/, "")
        .trim()
        .split(/\r?\n/);
      const column = head
        .split(";")
        .findIndex((title) => title.replaceAll('"', "") === "riferimento");
      return rows.map((row) => ({ ref: row.split(";")[column]?.replaceAll('"', "") ?? "" }));
    });
}

/** The partner's half: every request that was ever made gets the same codes each time. */
function answerPartner(world: InstallationWorld): void {
  const folder = findPayments(world);
  const rows = [...new Set(readRequests(world).map(({ ref }) => ref))].map((ref, index) => {
    const codes = [1, 2].map((step) => makePaymentCode("02", 1_000 + index * 2 + step).noticeCode);
    return [ref, "creata", ...codes].join(";");
  });
  const title = "riferimento;esito;codice_avviso_scontato;codice_avviso_ridotto";
  writeFileSync(join(folder, "risposte.csv.tmp"), `${[title, ...rows].join("\n")}\n`);
  renameSync(join(folder, "risposte.csv.tmp"), join(folder, "risposte.csv"));
}

async function readPendenze(
  world: InstallationWorld,
): Promise<readonly { readonly stato: string; readonly numeroAvviso: string }[]> {
  const report = await (await fetch(`${world.url}/report`)).json();
  const { govpay } = report as {
    readonly govpay: {
      readonly pendenze: readonly { readonly stato: string; readonly numeroAvviso: string }[];
    };
  };
  return govpay.pendenze;
}
