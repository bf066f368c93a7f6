/** `key`: the keys with which the data folder is sealed, so that a stolen one tells no names. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { syncFolder, writeNewFile } from "../../../../engine/host/whole-file.ts";
import { formatDateTime } from "../../../words/format.ts";
import {
  createRing,
  type KeyRing,
  makeDataKey,
  makeMasterText,
  type MasterKey,
  type RingMode,
} from "../../../../stores/seals/ring.ts";
import { type Config, readConfig } from "../../../config.ts";
import {
  isInside,
  locateRing,
  readMaster,
  readMasterFile,
  readRing,
  writeRing,
} from "../../../store/keys.ts";
import { resealInstallation } from "../../../upkeep/reseal.ts";
import { formatNumber } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

const actions = ["create", "status", "seal", "rotate", "unseal"] as const;
type Action = (typeof actions)[number];

export const keyCommand: Command = {
  usage: "key create FILE | status | seal | rotate [--master FILE] | unseal",
  summary:
    "cifra i dati personali sul disco, in modo che una cartella rubata non dica nessun nome: crea la chiave, cifra ciò che c'è, cambia la chiave",
  details: () => `
  create   crea la chiave in FILE, fuori dalla cartella dei dati, e il portachiavi nella cartella dei dati
  status   dice se i dati sono cifrati, con quali chiavi, e dov'è la chiave
  seal     cifra i dati che ci sono già; interrotto, si riprende ripetendo il comando
  rotate   cambia la chiave dei dati e li cifra di nuovo; con --master FILE cambia solo la chiave in FILE, in un attimo
  unseal   rimette i dati in chiaro e toglie il portachiavi
  Con «serve» e i worker fermi, tranne create e status. Chi perde la chiave perde i dati: stamparla o copiarla in
  cassaforte prima di cifrare. Una copia fatta con «backup» si ripristina solo con la chiave di allora.
`,
  words: [actions.join("|"), "FILE?"],
  options: { master: { type: "string" } },
  async run(input) {
    const [action = "", file = ""] = input.words;
    const known = actions.find((one) => one === action);
    if (known === undefined) throw new UsageError(`«${action}» non è ${actions.join(", ")}.`);
    if (file !== "" && known !== "create")
      throw new UsageError(`«key ${known}» non vuole altre parole.`);
    const master = input.findValue("master");
    if (master !== undefined && known !== "rotate")
      throw new UsageError("--master vale solo per «key rotate».");
    const config = readConfig(terminal.environment);
    return await run(known, config, { file, master });
  },
};

async function run(
  action: Action,
  config: Config,
  { file, master }: { readonly file: string; readonly master: string | undefined },
): Promise<number> {
  if (action === "create") return await createKey(config, file);
  if (action === "status") return await tellStatus(config);
  const held = await requireRing(config);
  if (action === "rotate" && master !== undefined)
    return await changeMaster(config, held.ring, master);
  return await moveData(action, config, held);
}

interface HeldRing {
  readonly ring: KeyRing;
  readonly master: MasterKey;
}

async function requireRing(config: Config): Promise<HeldRing> {
  const ring = await readRing(config);
  if (ring !== null) return { ring, master: await readMaster(config) };
  throw new UsageError(
    "I dati non sono cifrati e non c'è nessuna chiave. Crearla con «postino key create FILE».",
    { isWellTyped: true },
  );
}

async function createKey(config: Config, given: string): Promise<number> {
  const path = given === "" ? config.keyFile : resolve(given);
  if (path === null)
    throw new UsageError("«key create» vuole il FILE della chiave, fuori dalla cartella dei dati.");
  if (existsSync(locateRing(config.dataFolder)))
    throw new UsageError("C'è già una chiave. «postino key status» dice quale.", {
      isWellTyped: true,
    });
  assertOutside(config, path);
  assertFolderOfDocuments(config);
  const isNew = await makeMaster(path);
  const master = await readMasterFile(path);
  const hasData =
    config.store.kind === "postgres" ||
    existsSync(config.store.path) ||
    (config.artifacts.kind === "folder" && existsSync(config.artifacts.path));
  const mode: RingMode = hasData ? "sealing" : "sealed";
  await mkdir(config.dataFolder, { recursive: true, mode: 0o700 });
  await writeRing(config, createRing(mode, terminal.clock.now()), master);
  terminal.stdout.write(
    [
      isNew ? `Chiave creata in ${path}.` : `Chiave presa da ${path}.`,
      config.keyFile === path
        ? "POSTINO_KEY_FILE la indica già."
        : `Impostare nel file .env, o nell'ambiente di «serve»:  POSTINO_KEY_FILE=${path}`,
      "Farne subito una copia su carta o in cassaforte: senza la chiave i dati e le loro copie di sicurezza non si aprono più, e nessuno può rimediare.",
      hasData
        ? "Ciò che si scrive da ora è cifrato. Per cifrare anche i dati che ci sono già, a «serve» fermo: postino key seal"
        : "La cartella dei dati nasce cifrata.",
      "",
    ].join("\n"),
  );
  return exitCodes.completed;
}

/** `false`: it was there. */
async function makeMaster(path: string): Promise<boolean> {
  if (existsSync(path)) return false;
  if (!existsSync(dirname(path)))
    throw new UsageError(`La cartella ${dirname(path)} non c'è.`, { isWellTyped: true });
  await writeNewFile(path, [Buffer.from(makeMasterText())]);
  await syncFolder(dirname(path));
  return true;
}

function assertOutside({ dataFolder }: Config, path: string): void {
  if (!isInside(dataFolder, path)) return;
  throw new UsageError(
    `${path} sta nella cartella dei dati: chi la ruba avrebbe anche la chiave. Indicare un file altrove.`,
    { isWellTyped: true },
  );
}

function assertFolderOfDocuments({ artifacts }: Config): void {
  if (artifacts.kind === "folder") return;
  throw new UsageError(
    "POSTINO_ARTIFACTS è un bucket, nel quale Postino non cifra: attivare la cifratura del bucket (SSE), o tenere i documenti in una cartella.",
    { isWellTyped: true },
  );
}

const modeWords: Readonly<Record<RingMode, string>> = {
  sealing:
    "Si scrive cifrato; una parte dei dati è ancora in chiaro. Per finire, a «serve» fermo: postino key seal",
  sealed: "I dati sono cifrati.",
  opening:
    "Si torna in chiaro; una parte dei dati è ancora cifrata. Per finire, a «serve» fermo: postino key unseal",
};

async function tellStatus(config: Config): Promise<number> {
  const ring = await readRing(config);
  if (ring === null) {
    terminal.stdout.write(
      "I dati sono in chiaro: li protegge solo la cifratura del disco, se c'è. Per cifrarli: postino key create FILE\n",
    );
    return exitCodes.completed;
  }
  const { where } = await readMaster(config);
  const lines = [
    modeWords[ring.mode],
    `Chiave: ${where}`,
    `Portachiavi: ${locateRing(config.dataFolder)}`,
    ...ring.keys.map(
      ({ id, madeAt }, index) =>
        `  chiave dei dati ${id}, del ${formatDateTime(madeAt)}${index === ring.keys.length - 1 ? ", in uso" : ", ancora da lasciare: postino key seal"}`,
    ),
  ];
  const isExposed = isInside(config.dataFolder, where);
  if (isExposed)
    lines.push(
      "La chiave sta nella cartella dei dati: chi la ruba ha anche la chiave. Spostarla altrove.",
    );
  terminal.stdout.write(`${lines.join("\n")}\n`);
  return isExposed ? exitCodes.failure : exitCodes.completed;
}

async function changeMaster(config: Config, ring: KeyRing, given: string): Promise<number> {
  const path = resolve(given);
  assertOutside(config, path);
  await makeMaster(path);
  await writeRing(config, ring, await readMasterFile(path));
  terminal.stdout.write(
    `Da ora apre solo la chiave in ${path}. Impostare POSTINO_KEY_FILE su quel file e riavviare. La chiave di prima apre ancora le copie di sicurezza fatte prima: conservarla finché quelle si tengono.\n`,
  );
  return exitCodes.completed;
}

async function moveData(
  action: "seal" | "rotate" | "unseal",
  config: Config,
  { ring, master }: HeldRing,
): Promise<number> {
  assertFolderOfDocuments(config);
  const sealing: RingMode = ring.mode === "sealed" ? "sealed" : "sealing";
  const wanted: KeyRing = {
    ...ring,
    mode: action === "unseal" ? "opening" : sealing,
    keys: action === "rotate" ? [...ring.keys, makeDataKey(terminal.clock.now())] : ring.keys,
  };
  const isSame = wanted.mode === ring.mode && wanted.keys.length === ring.keys.length;
  const means = { clock: terminal.clock, tell: tellProgress };
  const moved = await resealInstallation(config, { ring: wanted, master, isSame }, means);
  if (terminal.stderr.isTTY) terminal.stderr.write("\n");
  const what = `${formatCount(moved.rows, "riga del registro", "righe del registro")} e ${formatCount(moved.blobs, "documento", "documenti")}`;
  if (moved.altered.length > 0) {
    terminal.stderr.write(
      `${formatCount(moved.altered.length, "documento non è più com'era quando è stato conservato, e resta", "documenti non sono più com'erano quando sono stati conservati, e restano")} dove ${moved.altered.length === 1 ? "sta" : "stanno"}: il resto è fatto. Recuperarli da una copia di sicurezza e ripetere.\n${moved.altered.map((sha256) => `  ${sha256}\n`).join("")}`,
    );
    return exitCodes.failure;
  }
  terminal.stdout.write(
    action === "unseal"
      ? `Di nuovo in chiaro: ${what}. La chiave serve ancora per le copie di sicurezza fatte mentre i dati erano cifrati.\n`
      : `Cifrati: ${what}. Le copie di sicurezza fatte prima sono come erano allora.\n`,
  );
  return exitCodes.completed;
}

function tellProgress(what: "rows" | "blobs", count: number): void {
  if (!terminal.stderr.isTTY) return;
  terminal.stderr.write(`\r${formatNumber(count)} ${what === "rows" ? "righe" : "documenti"}`);
}
