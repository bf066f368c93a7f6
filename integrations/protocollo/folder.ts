/** Protocol numbers by CSV: `richieste-<giorno>.csv` and the documents go out, the office's `risposte/*.csv` come in. */
import { mkdir, open, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Clock, toRomeDay } from "../../engine/host/clock.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { dropTornLine, replaceFile } from "../../engine/host/whole-file.ts";
import { formatCsvLine, readCsvRecords } from "../csv.ts";
import {
  type GivenNumber,
  parseProtocolNumber,
  type ProtocolEntry,
  type ProtocolPort,
} from "./port.ts";

export interface FolderProtocolOptions {
  readonly folder: string | undefined;
  readonly oggetto: string;
  readonly ente: string;
  readonly outboxFolder: string;
  readonly clock: Clock;
}

const requestHeader = ["riferimento", "verbale", "oggetto", "documento"];
const answerHeader = ["riferimento", "numero", "data"];

/** How often the answers are looked at. */
const lookMs = 10 * 60_000;

/** One writer at a time per folder, whichever run has opened it. */
const tails = new Map<string, Promise<void>>();

/** Asking twice writes one row: the office's answer is found by our reference. */
export function createFolderProtocol(options: FolderProtocolOptions): ProtocolPort {
  const { folder, ente, outboxFolder } = options;
  const place = resolve(outboxFolder, ente, folder ?? "protocollo");
  return {
    by: "file",
    async give(entry) {
      const found = await findAnswer(place, entry.reference);
      if (found !== null) return found;
      await queueRequest(place, entry, options);
      throw new RetryLater("L'ufficio protocollo non ha ancora risposto.", {
        code: "PROTOCOLLO_PENDING",
        effect: "none",
        afterMs: lookMs,
        hint: "Registrare i documenti elencati in richieste-….csv e mettere i numeri nella cartella risposte.",
      });
    },
    find: async (reference) => (await findAnswer(place, reference)) ?? "repeat",
  };
}

function queueRequest(
  place: string,
  entry: ProtocolEntry,
  options: FolderProtocolOptions,
): Promise<void> {
  const turn = (tails.get(place) ?? Promise.resolve()).then(() =>
    guardDisk(place, () => writeRequest(place, entry, options)),
  );
  // The next in line waits for this one's end, whatever it is; who asked hears of it.
  tails.set(
    place,
    turn.catch(() => undefined),
  );
  return turn;
}

async function writeRequest(
  place: string,
  { reference, numero, file }: ProtocolEntry,
  { oggetto, clock }: FolderProtocolOptions,
): Promise<void> {
  await mkdir(join(place, "documenti"), { recursive: true, mode: 0o700 });
  await mkdir(join(place, "risposte"), { recursive: true, mode: 0o700 });
  const asked = toReference(reference);
  for (const name of await readdir(place)) {
    if (!/^richieste-.*\.csv$/.test(name)) continue;
    if ((await dropTornLine(join(place, name))).includes(asked)) return;
  }
  const document = join(
    "documenti",
    `${asked}${file.contentType === "text/plain" ? ".txt" : ".pdf"}`,
  );
  await replaceFile(join(place, document), [file.bytes]);
  const path = join(place, `richieste-${toRomeDay(clock.now())}.csv`);
  const handle = await open(path, "a", 0o600);
  try {
    if ((await handle.stat()).size === 0) await handle.write(formatCsvLine(requestHeader));
    await handle.write(
      formatCsvLine([asked, numero, oggetto.replaceAll("{numero}", numero), document]),
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Enough to tell all of an ente apart, and short enough to be copied. */
function toReference(reference: string): string {
  return reference.slice(0, 20);
}

/** The last row of the answers that names the reference. Throws RunBlocked where a file is not what was agreed. */
async function findAnswer(place: string, reference: string): Promise<GivenNumber | null> {
  const folder = join(place, "risposte");
  const names = ((await allowMissing(readdir(folder))) ?? []).filter((name) =>
    /\.csv$/i.test(name),
  );
  let found: GivenNumber | null = null;
  for (const name of names.toSorted())
    found = (await readAnswer(join(folder, name), name, toReference(reference))) ?? found;
  return found;
}

async function readAnswer(path: string, name: string, wanted: string): Promise<GivenNumber | null> {
  const text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  let columns: readonly number[] | null = null;
  let found: GivenNumber | null = null;
  for await (const { fields, line } of readCsvRecords(toPieces(text), ";")) {
    if (columns === null) {
      const header = fields.map((field) => field.trim().toLowerCase());
      columns = answerHeader.map((column) => header.indexOf(column));
      if (columns.includes(-1))
        throw answerError(name, `mancano le colonne ${answerHeader.join(", ")}`);
      continue;
    }
    const [reference = "", number = "", day = ""] = columns.map((at) => (fields[at] ?? "").trim());
    if (reference !== wanted) continue;
    const parsed = parseProtocolNumber(number);
    const isoDay = toIsoDay(day);
    if (parsed === null || isoDay === null)
      throw answerError(
        name,
        `alla riga ${line} il numero va scritto 123/2026 e la data GG/MM/AAAA`,
      );
    found = { number: parsed, day: isoDay };
  }
  return found;
}

async function* toPieces(text: string): AsyncGenerator<string> {
  yield text;
}

function toIsoDay(text: string): string | null {
  const italian = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text);
  const day = italian === null ? text : `${italian[3]}-${italian[2]}-${italian[1]}`;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
  return isDay ? day : null;
}

function answerError(name: string, why: string): RunBlocked {
  return new RunBlocked(
    "PROTOCOLLO_SETTINGS",
    `La risposta del protocollo ${name} non si legge: ${why}.`,
    {
      hint: { action: "resume", first: "Correggere il file nella cartella risposte." },
    },
  );
}
