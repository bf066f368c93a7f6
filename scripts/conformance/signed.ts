/** Signs documents in every way that the sign step knows, against the simulated CSC servers and TSA, with the keys of data/demo. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { systemClock } from "../../engine/host/clock.ts";
import type { UploadedFile } from "../../engine/host/files.ts";
import type { Answer, GroupContext } from "../../engine/step/context.ts";
import type { Item } from "../../engine/step/item.ts";
import { createHttp } from "../../engine/host/http.ts";
import { silentLogger } from "../../engine/host/logger.ts";
import { createSigning } from "../../integrations/signing/create-signing.ts";
import { createCscSimulator } from "../../simulators/signing/csc-simulator.ts";
import type { SigningPort } from "../../integrations/signing/port.ts";
import { createTsaSimulator } from "../../simulators/signing/tsa-simulator.ts";
import type { DocumentFile } from "../../steps/schemas/fields.ts";
import sign from "../../steps/sign.ts";
import { keyPassword, keysFolder } from "./keys.ts";
import {
  createOutsideSigner,
  type OutsideSigner,
  signOutsideWithPyhanko,
} from "./outside-signer.ts";
import { listMissingForPyhanko } from "./pyhanko.ts";
import type { Sample } from "./samples.ts";

const otp = "123456";
const tsaUrl = "http://firma.example/tsa";

/** Who plays the person in mode `upload`. */
type Outside = "@libpdf/core" | "pyHanko";

interface Mode {
  readonly name: string;
  readonly mode: "automatic" | "otp" | "upload";
  readonly signer: string;
  readonly outside?: Outside;
}

/** Those of the machine: pyHanko signs where it can be installed. */
const allModes: readonly Mode[] = [
  { name: "automatic PKCS#12", mode: "automatic", signer: "chiave" },
  { name: "automatic CSC v2", mode: "automatic", signer: "automatica" },
  { name: "otp CSC v2", mode: "otp", signer: "remoto-v2" },
  { name: "otp CSC v1", mode: "otp", signer: "remoto-v1" },
  { name: "upload @libpdf/core", mode: "upload", signer: "esterno", outside: "@libpdf/core" },
  { name: "upload pyHanko", mode: "upload", signer: "esterno", outside: "pyHanko" },
];

type Artifacts = GroupContext<unknown, unknown>["artifacts"];

/** Every sample signed in every mode, B-B and B-T, as files in the folder; throws when a mode does not sign. */
export async function writeSigned(
  folder: string,
  samples: readonly Sample[],
): Promise<readonly Sample[]> {
  const modes = allModes.filter(
    ({ outside }) => outside !== "pyHanko" || listMissingForPyhanko().length === 0,
  );
  const world = await openWorld();
  const signed: Sample[] = [];
  try {
    for (const level of ["B-B", "B-T"] as const)
      for (const mode of modes)
        for (const [index, bytes] of (await signAll(world, mode, level, samples)).entries()) {
          const sample = samples[index];
          if (sample === undefined) throw new Error("more files than were to be signed");
          const name = `${mode.name.replaceAll(/[^a-zA-Z0-9]+/g, "-")}-${level}-${sample.name}`;
          const path = join(folder, `${name}.pdf`);
          await writeFile(path, bytes);
          signed.push({ ...sample, group: `${mode.name} ${level}`, name, path, bytes });
        }
  } finally {
    world.close();
  }
  return signed;
}

interface World {
  createSigningPort(level: "B-B" | "B-T"): SigningPort;
  /** Signs as a person does with a program of their own. */
  readonly outside: Readonly<Record<Outside, OutsideSigner>>;
  close(): void;
}

async function openWorld(): Promise<World> {
  const clock = systemClock;
  const readKey = async (file: string) => ({
    pkcs12: new Uint8Array(await readFile(join(keysFolder, file))),
    password: keyPassword,
  });
  const key = await readKey("comandante.p12");
  const csc = createCscSimulator({ clock, key });
  const tsa = createTsaSimulator({ clock, key: await readKey("marcatura.p12") });
  const server = new Hono();
  server.route("/csc/v1", csc.v1);
  server.route("/csc/v2", csc.v2);
  server.route("/tsa", tsa.app);
  const http = createHttp(async (input, init) => server.request(input, init));
  const buildRemote = (version: "1" | "2", credentialId: string) => ({
    csc: {
      version,
      baseUrl: `http://firma.example/csc/v${version}`,
      clientId: "conformita",
      clientSecret: { secret: "CSC_SECRET" },
      credentialId,
      chunk: 4,
    },
  });
  const signers = {
    chiave: { pkcs12: { file: "comandante.p12", password: { secret: "KEY_PASSWORD" } } },
    automatica: buildRemote("2", "automatica"),
    "remoto-v2": buildRemote("2", "comandante"),
    "remoto-v1": buildRemote("1", "comandante"),
    esterno: { upload: { codiceFiscale: "RSSMRA80A01H501U" } },
  };
  const secrets = {
    get: (name: string) => Promise.resolve(name === "KEY_PASSWORD" ? keyPassword : "conformita"),
  };
  return {
    createSigningPort: (level) =>
      createSigning(
        { signers, trust: ".", ...(level === "B-T" ? { timestamp: { url: tsaUrl } } : {}) },
        { folder: keysFolder, secrets, http, clock },
      ),
    outside: {
      "@libpdf/core": await createOutsideSigner(key, tsa.app),
      pyHanko: signOutsideWithPyhanko,
    },
    close: () => csc.close(),
  };
}

/** All files of the samples, signed by one entry (and, where a person is asked, the answer) into the sign step. */
async function signAll(
  world: World,
  { mode, signer, outside = "@libpdf/core" }: Mode,
  level: "B-B" | "B-T",
  samples: readonly Sample[],
): Promise<readonly Uint8Array[]> {
  const blobs = new Map<string, Uint8Array>();
  const artifacts = createMemoryArtifacts(blobs);
  const items: Item<unknown>[] = [];
  for (const { name, bytes, qr } of samples) {
    const stored = await artifacts.put(`${name}.pdf`, bytes);
    const document = { role: qr.length === 0 ? "verbale" : "notice", pages: 1, ...stored };
    items.push({ key: name, round: 1, data: { documents: [document] } });
  }
  const giveAnswer = async (): Promise<Answer> => {
    if (mode === "otp") return { kind: "otp", otp };
    const files: UploadedFile[] = [];
    const unsigned = samples.map(({ bytes }) => bytes);
    for (const [index, signed] of (await world.outside[outside](unsigned, level)).entries())
      files.push({
        name: `firmato-${index}.pdf`,
        size: signed.byteLength,
        slice: async (start, end) => signed.subarray(start, end),
      });
    return { kind: "files", files };
  };
  const signing = world.createSigningPort(level);
  const ctx = createStepContext(
    { mode, signer, notice: "sign" },
    { signing },
    artifacts,
    giveAnswer,
  );
  const out = new Map<string, Uint8Array>();
  if (sign.runMany === undefined) throw new Error("sign has no code");
  for await (const outcome of sign.runMany(items, ctx)) {
    if (outcome.status === "failed") throw outcome.error;
    const [file] = outcome.fields["signedDocuments"] as readonly DocumentFile[];
    out.set(outcome.item.key, blobs.get(file?.sha256 ?? "") ?? new Uint8Array());
  }
  return samples.map(({ name }) => {
    const signed = out.get(name);
    if (signed === undefined) throw new Error(`${signer} did not sign ${name}`);
    return signed;
  });
}

/** The context of one entry; `answer` is given once: a second question means that the first answer was refused. */
function createStepContext(
  config: object,
  services: object,
  artifacts: Artifacts,
  answer: () => Promise<Answer>,
): GroupContext<unknown, unknown> {
  let asked = 0;
  return {
    runId: "conformita",
    ente: "conformita",
    config,
    services,
    clock: systemClock,
    log: silentLogger,
    signal: new AbortController().signal,
    artifacts,
    idempotencyKey: ({ key }) => key,
    earlier: () => [],
    holders: () => Promise.resolve(new Map()),
    async ask(ask) {
      asked += 1;
      if (asked > 1) throw new Error(`refused: ${ask.problem ?? "no reason given"}`);
      return (await answer()) as never;
    },
    intend: () => Promise.resolve(),
    attachToRun: () => Promise.resolve(),
  };
}

function createMemoryArtifacts(blobs: Map<string, Uint8Array>): Artifacts {
  const put: Artifacts["put"] = (name, bytes) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    blobs.set(sha256, Uint8Array.from(bytes));
    return Promise.resolve({ name, sha256, bytes: bytes.length });
  };
  const requireBlob = (sha256: string): Uint8Array => {
    const bytes = blobs.get(sha256);
    if (bytes === undefined) throw new Error(`no blob ${sha256}`);
    // Who reads a document may give its memory back.
    return Uint8Array.from(bytes);
  };
  return {
    put,
    async putStream(name, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      return put(name, Buffer.concat(parts));
    },
    read: (sha256) => Promise.resolve(requireBlob(sha256)),
    async *stream(sha256) {
      yield requireBlob(sha256);
    },
  };
}
