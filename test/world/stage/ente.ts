/** The ente of a world on the disk of a host: its pipelines as they are shipped, its file and its secrets. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as fs from "../seams/fs.ts";
import type { Mount } from "./disk.ts";
import type { Host } from "./host.ts";
import type { Mix } from "./mix.ts";
import type { World } from "./world.ts";

export const repository = resolve(import.meta.dir, "../../..");
export const paTaxId = "89999990164";
const shipped = ["send", "import-iun", "seguito", "annulla", "ricevute"] as const;

export const environment = {
  PROVA_SEND_KEY: "chiave-di-prova",
  PROVA_GPD_KEY: "chiave-gpd",
  PROVA_GOVPAY_PASSWORD: "segreto-govpay",
  PROVA_CSC_SECRET: "segreto-csc",
  DEMO_KEY_PASSWORD: "dimostrazione",
} as const;

/** Writes a file as another program does, durable at once; whoever brings it makes room for it. */
export function putFile(world: World, path: string, content: string | Uint8Array): void {
  const { disk } = world;
  makeRoom(disk.findMount(path), () => {
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, content);
  });
  const { mount, parent, node } = fs.requireFile(path);
  node.synced = node.data;
  disk.syncFolder(mount, parent);
}

/** Writes though the disk is full. */
export function makeRoom(mount: Mount | null, write: () => void): void {
  if (mount === null) return write();
  const { isFull } = mount;
  mount.isFull = false;
  try {
    write();
  } finally {
    mount.isFull = isFull;
  }
}

export function settleEnte(world: World, host: Host): void {
  for (const name of shipped)
    putFile(
      world,
      host.locate(`pipelines/${name}.yaml`),
      readFileSync(join(repository, "pipelines", `${name}.yaml`), "utf8"),
    );
  putFile(world, host.locate("pipelines/enti/prova.yaml"), buildEnteYaml(world.mix));
}

/** The ente's file as the world's mix has it. */
export function buildEnteYaml({ side, by, signing, timeout }: Mix): string {
  const short = timeout === null ? "" : `, timeout: ${timeout}`;
  return `ente:
  codice: prova
  nome: Comune di Prova
  codiceFiscale: "${paTaxId}"
send:
  baseUrl: http://127.0.0.1:8098/send
  apiKey: { secret: PROVA_SEND_KEY }
  over20Grams: true
payments:
${payments[side]}  segregationCode: "01"
  iban: IT60X0542811101000000123456
render: { prefetto: Prova, giudiceDiPace: Prova }
signing:
  trust: ${join(repository, "data/demo/keys")}
  signers:
    comandante:
      pkcs12: { file: ${join(repository, "data/demo/keys/comandante.p12")}, password: { secret: DEMO_KEY_PASSWORD } }
    segretario:
      csc:
        baseUrl: http://127.0.0.1:8098/csc/v2
        clientId: prova
        clientSecret: { secret: PROVA_CSC_SECRET }
        credentialId: comandante
pipelines:
  # Rarer than what is shipped: a simulated year would be runs that find nothing.
  import-iun:
    schedule: { cron: "15 9 * * *", timezone: Europe/Rome, ifMissed: run-once, ifRunning: skip }
    change:
      import-iun: { with: { by: ${by} } }
  seguito:
    change:
      load-notified: { with: { by: ${by} } }
  ricevute: { schedule: { cron: "45 7 * * 1", timezone: Europe/Rome, ifMissed: run-once, ifRunning: skip } }
  send:
    schedule: { cron: "30 6 * * 1,3,5", timezone: Europe/Rome, ifMissed: run-once, ifRunning: skip }
    change:
      load-verbali: { with: { pattern: "*.jsonl" } }
      validate: { with: { severity: { CAP_TOWN: warning } } }
      sign: { with: ${signatures[signing]} }
      import-iun: { with: { by: ${by} }${short} }
${timeout === null ? "" : `      reset-iuv: { timeout: ${timeout} }\n      transmit: { timeout: ${timeout} }\n`}`;
}

const payments = {
  gpd: `  adapter: gpd
  baseUrl: http://127.0.0.1:8098/gpd/debt-positions-service/v1
  subscriptionKey: { secret: PROVA_GPD_KEY }
`,
  aca: `  adapter: gpd
  baseUrl: http://127.0.0.1:8098/aca/debt-positions-service/v1
  subscriptionKey: { secret: PROVA_GPD_KEY }
`,
  govpay: `  adapter: govpay
  baseUrl: http://127.0.0.1:8098/govpay
  govpay: { idA2A: POSTINO, idTipoPendenza: CDS, user: postino, sendAbilitato: true, password: { secret: PROVA_GOVPAY_PASSWORD } }
`,
} as const;

const signatures = {
  automatic: "{ mode: automatic, signer: comandante }",
  otp: "{ mode: otp, signer: segretario }",
  upload: "{ mode: upload, signer: comandante }",
} as const;
