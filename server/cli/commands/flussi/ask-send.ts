/** `notification`, `platform`: what SEND says of a notification that has its IUN, with its files on demand, and of itself. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { guardDisk } from "../../../../engine/host/disk-faults.ts";
import { RetryLater } from "../../../../engine/host/errors.ts";
import type {
  Downtime,
  LegalFact,
  NotificationPrice,
  SendDesk,
  SendDownload,
  SentNotification,
  SentPayment,
} from "../../../../integrations/send/desk-port.ts";
import { formatNotificationStatus } from "../../../../integrations/send/status-words.ts";
import { iunPattern } from "../../../../steps/schemas/fields.ts";
import { formatCents, formatDateTime, formatTimeSpan } from "../../../words/format.ts";
import { openEnteSend } from "../../../ente/send-access.ts";
import { formatFunctionality, formatLegalFact } from "../../../words/send-words.ts";
import { isMonth } from "../../../report/words.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import type { Sink } from "../../../../engine/host/http.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** A notification as SEND tells it now; nothing is kept. */
export const notificationCommand: Command = {
  usage: "notification <IUN> --ente C [--download CARTELLA] [--json]",
  summary:
    "mostra una notifica come la racconta SEND: stato, storia, costi, attestazioni; con --download ne scarica i file",
  details: () => `
  --download CARTELLA   scarica atti, avvisi e attestazioni in questa cartella
  --json                un solo documento JSON sullo standard output
  Un file che SEND ha in archivio non arriva subito: il comando dice fra quanto chiederlo di nuovo ed esce con 4.
`,
  words: ["IUN"],
  options: {
    ente: { type: "string" },
    download: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const iun = input.words[0]?.trim().toUpperCase() ?? "";
    if (!new RegExp(iunPattern).test(iun))
      throw new UsageError(
        `«${iun}» non è uno IUN: ha la forma ABCD-EFGH-ILMN-202611-N-1. Si copia dal verbale nello storico.`,
        { isWellTyped: true },
      );
    const ente = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const { desk } = await openEnteSend(installation, ente);
    try {
      const story = await findStory(desk, iun);
      if (story === null) {
        terminal.stderr.write(
          `SEND non conosce lo IUN ${iun}, o la notifica non è di questo ente.\n`,
        );
        return exitCodes.usage;
      }
      const folder = input.findValue("download");
      const files = folder === undefined ? [] : await downloadAll(desk, story, folder);
      const { notification, legalFacts, prices } = story;
      terminal.stdout.write(
        input.hasFlag("json")
          ? `${JSON.stringify({ notification, legalFacts, prices, files })}\n`
          : `${[...describeStory(story), ...files.map(describeFile), ...explainCancel(notification, ente)].join("\n")}\n`,
      );
      return files.some(({ path }) => path === null) ? exitCodes.waiting : exitCodes.completed;
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      terminal.stderr.write(`${error.message} Riprovare più tardi.\n`);
      return exitCodes.waiting;
    }
  },
};

interface Story {
  readonly notification: SentNotification;
  readonly legalFacts: readonly LegalFact[];
  readonly prices: readonly NotificationPriceOf[];
}

interface NotificationPriceOf extends SentPayment {
  /** `null`: SEND tells no price for this notice. */
  readonly price: NotificationPrice | null;
}

async function findStory(desk: SendDesk, iun: string): Promise<Story | null> {
  const notification = await desk.findNotification(iun);
  if (notification === null) return null;
  const legalFacts = (await desk.listLegalFacts(iun)) ?? [];
  const prices: NotificationPriceOf[] = [];
  for (const payment of notification.payments) {
    const { creditorTaxId, noticeCode } = payment;
    prices.push({ ...payment, price: await desk.findPrice(creditorTaxId, noticeCode) });
  }
  return { notification, legalFacts, prices };
}

function describeStory({ notification, legalFacts, prices }: Story): readonly string[] {
  const { iun, protocol, sentAt, status, history, documents } = notification;
  return [
    `Notifica ${iun}, protocollo ${protocol}, inviata il ${formatDateTime(sentAt)}`,
    `Stato: ${formatNotificationStatus(status)}`,
    "",
    "Storia",
    ...history.map(
      ({ status: past, since }) => `  ${formatDateTime(since)}  ${formatNotificationStatus(past)}`,
    ),
    "",
    `Documenti: ${documents.map(({ title }) => title).join(", ") || "nessuno"}`,
    `Attestazioni: ${legalFacts.map(({ category }) => formatLegalFact(category)).join(", ") || "nessuna, per ora"}`,
    ...prices.map(describePrice),
  ];
}

/** Read at the moment; SEND says that a kept price becomes wrong. */
function describePrice({ noticeCode, price }: NotificationPriceOf): string {
  if (price === null) return `Avviso ${noticeCode}: SEND non indica costi di notifica.`;
  const { totalCents, paFeeCents, sendFeeCents, analogCents, vat } = price;
  return `Avviso ${noticeCode}: costi di notifica ${formatCents(totalCents)} in questo momento (ente ${formatCents(paFeeCents)}, SEND ${formatCents(sendFeeCents)}, posta ${formatCents(analogCents)} più IVA ${vat} %)`;
}

function explainCancel({ iun, status }: SentNotification, ente: string): readonly string[] {
  return status === "CANCELLED"
    ? []
    : [
        "",
        `Per annullarla, dopo la conferma di una persona: postino run annulla --ente ${ente} --param iun=${iun}`,
      ];
}

/** A file of the notification: where it lies now, or `null` and when to ask again. */
interface Fetched {
  readonly what: string;
  readonly path: string | null;
  readonly retryAfterMs: number | null;
}

/** Asks for every file in turn. Written for the person who asked alone, like all that Postino writes. */
async function downloadAll(
  desk: SendDesk,
  { notification, legalFacts }: Story,
  folder: string,
): Promise<readonly Fetched[]> {
  const { iun, documents, payments } = notification;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fetched: Fetched[] = [];
  const take = async (what: string, name: string, ask: Download) => {
    // Parts of the name are SEND's words: none of them may lead out of the folder.
    const path = join(folder, name.replaceAll(/[^\w.-]+/g, "-"));
    const found = await guardDisk(folder, () => keepDownload(path, ask));
    if (found !== null) fetched.push({ what, ...found });
  };
  for (const { index, title } of documents)
    await take(title, `${iun}-documento-${index}.pdf`, (into) =>
      desk.downloadDocument(iun, index, into),
    );
  for (const { recipient, index, noticeCode, hasAttachment } of payments)
    if (hasAttachment)
      await take(`Avviso ${noticeCode}`, `${iun}-avviso-${noticeCode}.pdf`, (into) =>
        desk.downloadPaymentAttachment(iun, recipient, index, into),
      );
  for (const { id, category } of legalFacts)
    await take(
      formatLegalFact(category),
      `${iun}-${category.toLowerCase()}-${id.replaceAll(/[^A-Za-z0-9_-]+/g, "-")}`.replace(
        /(-pdf)?$/,
        ".pdf",
      ),
      (into) => desk.downloadLegalFact(iun, id, into),
    );
  return fetched;
}

type Download = (into: Sink) => Promise<SendDownload | null>;

/** Writes the pieces beside their place, and gives them their name when all have come; nothing half is left. */
async function keepDownload(path: string, ask: Download): Promise<Omit<Fetched, "what"> | null> {
  const temporary = `${path}.parziale`;
  const file = await open(temporary, "w", 0o600);
  try {
    const download = await ask(async (piece) => void (await file.write(piece)));
    if (download === null) return null;
    if (download.status === "archived") return { path: null, retryAfterMs: download.retryAfterMs };
    await file.sync();
    await rename(temporary, path);
    return { path, retryAfterMs: null };
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
}

function describeFile({ what, path, retryAfterMs }: Fetched): string {
  return path === null
    ? `${what}: SEND lo sta riprendendo dall'archivio, chiederlo di nuovo fra ${formatTimeSpan(retryAfterMs ?? 0)}.`
    : `${what}: ${path}`;
}

/** SEND's own word on itself. */
export const platformCommand: Command = {
  usage: "platform --ente C [--month AAAA-MM] [--json]",
  summary: "dice se SEND dichiara un disservizio, e quelli già risolti del mese",
  details: () => `
  --month AAAA-MM   di quale mese dire i disservizi; se manca, questo
  --json            un solo documento JSON sullo standard output
`,
  words: [],
  options: { ente: { type: "string" }, month: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const ente = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const month = input.findValue("month") ?? toRomeDay(installation.clock.now()).slice(0, 7);
    if (!isMonth(month)) throw new UsageError(`--month vuole un mese AAAA-MM, non «${month}».`);
    const { desk } = await openEnteSend(installation, ente);
    try {
      const isWorking = await desk.isWorking();
      const downtimes = await desk.listDowntimes(Number(month.slice(0, 4)), Number(month.slice(5)));
      terminal.stdout.write(
        input.hasFlag("json")
          ? `${JSON.stringify({ isWorking, month, downtimes })}\n`
          : `${[describeWorking(isWorking), ...describeDowntimes(month, downtimes)].join("\n")}\n`,
      );
      return exitCodes.completed;
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      terminal.stderr.write(`${error.message} Riprovare più tardi.\n`);
      return exitCodes.waiting;
    }
  },
};

function describeWorking(isWorking: boolean): string {
  return isWorking
    ? "SEND dichiara di funzionare."
    : "SEND dichiara un disservizio in corso: i flussi attendono e proseguono da soli.";
}

function describeDowntimes(month: string, downtimes: readonly Downtime[]): readonly string[] {
  if (downtimes.length === 0) return [`Disservizi risolti di ${month}: nessuno.`];
  return [
    `Disservizi risolti di ${month}:`,
    ...downtimes.map(({ functionality, from, to, legalFactId }) => {
      const end = to === null ? "in corso" : `al ${formatDateTime(to)}`;
      const proof = legalFactId === null ? "" : `, attestazione ${legalFactId}`;
      return `  ${formatFunctionality(functionality)}: dal ${formatDateTime(from)} ${end}${proof}`;
    }),
  ];
}
