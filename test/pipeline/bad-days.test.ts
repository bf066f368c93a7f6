/** Bad days: each ends with one Italian sentence, what to do, the right exit code and nothing half done; `resume` finishes after the repair. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../engine/host/clock.ts";
import { codeOf } from "../../engine/host/errors.ts";
import { startListening } from "../../server/listen.ts";
import { createSendSimulator } from "../../simulators/send/simulator.ts";
import {
  type Ended,
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let ente: string;
let good: string;
let first = 0;
beforeAll(async () => {
  world = await makeInstallationWorld();
  ente = join(world.pipelinesFolder, "enti", "prova.yaml");
  good = readFileSync(ente, "utf8");
});
afterAll(async () => {
  await world.close();
});

/** A flusso of one verbale that no other test sends. */
function run(): string[] {
  first += 1;
  const input = world.file(`flusso-${first}.jsonl`, verbaliLines(1, world.freshDay, first));
  return ["run", "send", "--ente", "prova", "--input", input, "--wait", "0s"];
}

function idOf({ stderr, stdout }: Ended): string {
  const [, id] = /Flusso (\d{8}-\d{4}):/.exec(stderr + stdout) ?? [];
  if (id === undefined) throw new Error(`no run is named: ${stderr}${stdout}`);
  return id;
}

function isPlain({ stderr, stdout }: Ended): boolean {
  return !/\n\s+at |imprevisto|Error:|undefined|\[object/.test(`\n${stderr}${stdout}`);
}

function counts() {
  const { send, gpd } = world.report();
  return { accepted: send.accepted, positions: gpd.positions.length };
}

interface BlockedDay {
  readonly day: string;
  readonly env?: Record<string, string>;
  readonly change?: (text: string) => string;
  readonly says: string;
  readonly todo: string;
  /** The remedy itself says how to go on. */
  readonly saysHow?: true;
}

const keyFile = /file: [^,]*comandante\.p12/;
const blockedDays: readonly BlockedDay[] = [
  {
    day: "a missing secret",
    env: { PROVA_SEND_KEY: "" },
    says: "Manca il segreto PROVA_SEND_KEY.",
    todo: "Impostare la variabile d'ambiente PROVA_SEND_KEY, oppure creare il file PROVA_SEND_KEY nella cartella dei segreti.",
  },
  {
    day: "a wrong password of the key file",
    env: { DEMO_KEY_PASSWORD: "sbagliata" },
    says: "La password del file",
    todo: "Controllare il segreto indicato in «pkcs12: password:» nel file dell'ente.",
  },
  {
    day: "a key file that is not there",
    change: (text) => text.replace(keyFile, "file: nulla.p12"),
    says: "Il file della chiave di firma nulla.p12 non si trova.",
    todo: "Controllare il nome in «pkcs12: file:» nel file dell'ente: è relativo alla cartella di quel file.",
  },
  {
    day: "a key file that cannot be read",
    change: (text) => text.replace(keyFile, "file: ."),
    says: "Il file della chiave di firma . non si può leggere.",
    todo: "Controllare i permessi del file.",
  },
  {
    day: "SEND not active for the ente",
    change: (text) => text.replace("send:\n", "send:\n  active: false\n"),
    says: "SEND non è attivo per questo ente. Nulla è stato inviato.",
    todo: "Quando l'ente ha aderito a SEND indicare active: true nel suo file.",
    saysHow: true,
  },
  {
    day: "a real address without live: true",
    change: (text) => text.replace(/http:\S+\/send/, "https://api.notifichedigitali.it"),
    says: "L'indirizzo api.notifichedigitali.it è di un servizio reale, ma il file dell'ente prova non permette i servizi reali. Nulla è stato inviato.",
    todo: "Per notificare davvero servono tutte e due le cose: «live: true» nel file dell'ente e POSTINO_LIVE=1 nell'ambiente.",
  },
  {
    day: "a real address without POSTINO_LIVE=1",
    change: (text) =>
      text
        .replace(/http:\S+\/send/, "https://api.notifichedigitali.it")
        .replace("send:\n", "live: true\nsend:\n"),
    says: "L'indirizzo api.notifichedigitali.it è di un servizio reale, ma manca POSTINO_LIVE=1 nell'ambiente. Nulla è stato inviato.",
    todo: "Per notificare davvero servono tutte e due le cose: «live: true» nel file dell'ente e POSTINO_LIVE=1 nell'ambiente.",
  },
];

describe("blocks the run before its first verbale (exit 5), and resume finishes after the repair", () => {
  for (const { day, env, change, says, todo, saysHow } of blockedDays)
    test(day, async () => {
      const before = counts();
      if (change !== undefined) writeFileSync(ente, change(good));

      const blocked = await world.postino(run(), { env: env ?? {} });
      const untouched = counts();
      writeFileSync(ente, good);
      const id = idOf(blocked);
      const resumed = await world.postino(["resume", id]);

      const [, verdict, sentence, remedy, next, rest] = blocked.stderr.split("\n");
      expect({ code: blocked.code, stdout: blocked.stdout, isPlain: isPlain(blocked) }).toEqual({
        code: 5,
        stdout: "",
        isPlain: true,
      });
      expect(verdict).toBe(`Flusso ${id}: bloccato — nessun verbale.`);
      expect(sentence).toStartWith(says);
      expect([remedy, next, rest]).toEqual(
        saysHow === true
          ? [`Che cosa fare: ${todo} Poi: postino resume ${id}`, "", undefined]
          : [`Che cosa fare: ${todo}`, `Per continuare: postino resume ${id}`, ""],
      );
      expect(untouched).toEqual(before);
      expect(resumed.code).toBe(0);
      expect(counts()).toEqual({
        accepted: before.accepted + 1,
        positions: before.positions + 1,
      });
    });
});

test("a key that SEND refuses blocks the run before anything is sent, and resume finishes with the right one", async () => {
  const before = counts();

  const blocked = await world.postino(run(), { env: { PROVA_SEND_KEY: "chiave-revocata" } });
  const accepted = counts().accepted;
  const resumed = await world.postino(["resume", idOf(blocked)]);

  expect({ code: blocked.code, isPlain: isPlain(blocked) }).toEqual({ code: 5, isPlain: true });
  expect(blocked.stderr).toContain(
    "SEND ha rifiutato le credenziali (HTTP 403): chiave API errata o bloccata, oppure voucher PDND mancante, scaduto o non previsto per questa chiave. Da questo momento nulla è stato inviato; ciò che era stato inviato prima resta valido.\nChe cosa fare: Controllare la chiave",
  );
  expect(blocked.stderr + blocked.stdout).not.toContain("chiave-revocata");
  expect(accepted).toBe(before.accepted);
  expect({ code: resumed.code, ...counts() }).toEqual({
    code: 0,
    accepted: before.accepted + 1,
    positions: before.positions + 1,
  });
});

test("an endpoint that is down leaves the run waiting (exit 4), and resume finishes when it is up", async () => {
  const before = counts();
  const port = quietPort();
  writeFileSync(ente, good.replace(/http:\S+\/send/, `http://127.0.0.1:${port}/send`));

  const waiting = await world.postino(run());
  // SEND alone: the positions stay on the world's GPD.
  const send = await createSendSimulator({
    file: ":memory:",
    clock: systemClock,
    apiKeys: [{ key: "chiave-di-prova", paTaxId: "89999990164" }],
    validationMs: 0,
  });
  const app = new Hono().route("/send", send.app);
  const up = startListening(app, { host: "127.0.0.1", port });
  const resumed = await world.postino(["resume", idOf(waiting)]);
  await up.stop();
  writeFileSync(ente, good);

  expect({ code: waiting.code, isPlain: isPlain(waiting) }).toEqual({ code: 4, isPlain: true });
  expect(waiting.stdout).toEndWith(
    [
      `Flusso ${idOf(waiting)}: in attesa — 0 su 1 conclusi, 1 in attesa.`,
      `SEND non risponde (http://127.0.0.1:${port}).`,
      "Che cosa fare: Controllare la rete e l'indirizzo del servizio nel file dell'ente.",
      `Per continuare più tardi: postino resume ${idOf(waiting)}`,
      "",
    ].join("\n"),
  );
  const { accepted } = send.report();
  send.close();
  expect({ code: resumed.code, there: accepted, here: counts() }).toEqual({
    code: 0,
    there: 1,
    here: { accepted: before.accepted, positions: before.positions + 1 },
  });
});

describe("a command that cannot begin says why", () => {
  test("an unknown ente and an unknown pipeline, exit 2", async () => {
    const unknownEnte = await world.postino(["run", "send", "--ente", "ignoto"]);
    const unknownPipeline = await world.postino(["run", "spedisci", "--ente", "prova"]);

    expect(unknownEnte).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: `pipelines/enti/ignoto.yaml:1:1: errore P017: l'ente "ignoto" non esiste: manca il file pipelines/enti/ignoto.yaml
   = esistono: prova
   = correzione: controlla il nome, oppure crea il file
   = vedi: postino explain P017
`,
    });
    expect(unknownPipeline.code).toBe(2);
    expect(unknownPipeline.stderr).toStartWith(
      `pipelines/spedisci.yaml:1:1: errore P017: la pipeline "spedisci" non esiste: manca il file pipelines/spedisci.yaml\n`,
    );
  });

  test("a port in use, exit 5", async () => {
    const { port } = new URL(world.url);
    const [serve, simulate] = await Promise.all([
      world.postino(["serve", "--port", port]),
      world.postino(["simulate", "--port", port], {
        env: { POSTINO_DATA: join(world.folder, "altri-dati") },
      }),
    ]);

    const said = `Errore: La porta ${port} è già in uso.\nChe cosa fare: Chiudere il programma che la usa, oppure scegliere un'altra porta con --port.\n`;
    expect([serve.code, serve.stderr]).toEqual([5, said]);
    expect([simulate.code, simulate.stderr]).toEqual([5, said]);
  });

  test("a data folder that cannot be written, exit 5", async () => {
    const inTheWay = world.file("dati", "un file dove dovrebbe esserci la cartella");

    const ended = await world.postino(run(), { env: { POSTINO_DATA: inTheWay } });

    expect({ code: ended.code, isPlain: isPlain(ended) }).toEqual({ code: 5, isPlain: true });
    expect(ended.stderr).toStartWith(
      `Errore: Nei dati di Postino non si può scrivere: ${inTheWay}`,
    );
    expect(ended.stderr).toContain("POSTINO_DATA");
  });

  test("a second process on the same journal is told who holds it and where its dashboard is, exit 5", async () => {
    const server = world.start(["serve", "--port", "0", "--no-scheduler"]);
    await server.until("Pannello: ");

    const second = await world.postino(run());
    const beside = await world.postino(["runs", "--json"]);
    server.kill("SIGTERM");
    const { code, stdout } = await server.ended;

    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout) ?? [];
    expect([second.code, second.stderr]).toEqual([
      5,
      `Errore: Il registro dei flussi è già in uso: il processo ${server.pid} (postino serve) ci sta scrivendo.\nChe cosa fare: Usare il pannello ${url}, oppure fermare quel processo e ripetere il comando.\n`,
    ]);
    expect([beside.code, code]).toEqual([0, 0]);
  });
});

const canMount = isMountable();
test.skipIf(!canMount)(
  "a full disk blocks with its sentence, and resume finishes once there is room (needs leave to mount a tmpfs)",
  async () => {
    // Its own simulators: the codes of a journal that begins anew are in use at the others. What is mounted is let go when a process ends.
    const own = await makeInstallationWorld({
      hasProcesses: true,
      sendYaml: sendYaml.replace("- uses: render\n", "- uses: render\n    approval: true\n"),
    });
    const dataFolder = join(own.folder, "disco");
    mkdirSync(dataFolder);
    mount(["-t", "tmpfs", "-o", "size=800k", "tmpfs", dataFolder]);
    try {
      const env = { POSTINO_DATA: dataFolder };
      const input = own.file("pieno.jsonl", verbaliLines(12, own.freshDay, 900));
      const command = ["run", "send", "--ente", "prova", "--input", input, "--wait", "10m"];

      const tooSmall = await own.postino(command, { env });
      const { positions } = own.report().gpd;
      mount(["-o", "remount,size=60m", dataFolder]);
      const listed = await own.postino(["runs", "--json"], { env });
      const { runs } = JSON.parse(listed.stdout) as { runs: { id: string }[] };
      const id = runs[0]?.id ?? "";
      const asked = await own.postino(["resume", id], { env });
      // What another program leaves there meanwhile.
      mount(["-o", "remount,size=1400k", dataFolder]);
      const full = await own.postino(["answer", id, "--approve"], { env });
      mount(["-o", "remount,size=60m", dataFolder]);
      // Where the disk was full before the go-ahead was kept, it is asked for once more.
      const again = await own.postino(["resume", id], { env });
      const resumed =
        again.code === 4 ? await own.postino(["answer", id, "--approve"], { env }) : again;

      expect([tooSmall.code, positions.length, asked.code]).toEqual([5, 0, 4]);
      expect(tooSmall.stderr).toMatch(
        /Per 12 verbali servono circa \d{3} kB nella cartella dei dati, e ne restano [\d,]+ kB\. Nulla è stato cominciato\./,
      );
      expect({ code: full.code, isPlain: /\n\s+at /.test(full.stderr) }).toEqual({
        code: 5,
        isPlain: false,
      });
      expect(full.stderr).toContain("Il disco dei dati è pieno o non si può scrivere: ");
      expect(full.stderr).toContain("Che cosa fare: Liberare spazio sul disco dei dati");
      const { send, gpd } = own.report();
      expect({
        code: resumed.code,
        accepted: send.accepted,
        positions: gpd.positions.length,
      }).toEqual({ code: 0, accepted: 12, positions: 12 });
    } finally {
      spawnSync("umount", [dataFolder]);
      await own.close();
    }
  },
);

function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync("mount", args);
  if (status !== 0) throw new Error(`mount: ${String(stderr)}`);
}

function isMountable(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = join(process.env["TMPDIR"] ?? "/tmp", `postino-mount-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder]).status === 0;
  if (isMounted) spawnSync("umount", [folder]);
  spawnSync("rmdir", [folder]);
  return isMounted;
}

/**
 * A port on which nobody listens until the test does. Not one that the system chose: it may give the same one to any
 * connection or server meanwhile. Below 32768 it gives none (Linux: net.ipv4.ip_local_port_range).
 */
function quietPort(): number {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_768; port += 1)
    if (canListen(port)) return port;
  throw new Error("no port is free");
}

function canListen(port: number): boolean {
  try {
    void Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response() }).stop(true);
    return true;
  } catch (error) {
    if (codeOf(error) === "EADDRINUSE") return false;
    throw error;
  }
}
