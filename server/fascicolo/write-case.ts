/** The case file for a judge: one PDF/A that tells it, and one ZIP with every file and an index, to be verified without Postino. */
import { createHash } from "node:crypto";
import { type ArchiveEntry, streamZip } from "../../documents/archive/write.ts";
import { drawReport, type ReportSection } from "../../documents/sheets/report.ts";
import { type Clock, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { formatNotificationStatus } from "../../integrations/send/status-words.ts";
import { formatCsvLine } from "../../integrations/csv.ts";
import { describeLink } from "../words/chain-words.ts";
import { formatDateTime, formatDay } from "../words/format.ts";
import { formatLegalFact } from "../words/send-words.ts";
import type { CaseTrust } from "./case-trust.ts";
import type { CaseFile } from "./collect.ts";
import { tellStory, toStoryRow } from "./story.ts";
import { judgeFiles, type JudgedFile } from "./verify-files.ts";

export interface WrittenCase {
  /** Without extension: `fascicolo-000123-ABCD-EFGH-…`. */
  readonly name: string;
  readonly pdf: Uint8Array;
  /** The archive, read as it is asked for. */
  openZip(): AsyncIterable<Uint8Array>;
  /** Files that are missing or altered, here or before they came. */
  readonly faults: readonly JudgedFile[];
}

export interface CaseContext {
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  /** Name of the ente, as people know it. */
  readonly enteName: string;
  readonly trust: CaseTrust;
}

/** Judges every file and draws the report. */
export async function writeCase(one: CaseFile, context: CaseContext): Promise<WrittenCase> {
  const nowMs = context.clock.now();
  const files = await judgeFiles(context.artifacts, one, {
    nowMs,
    trust: context.trust,
    nameProof: formatLegalFact,
  });
  const day = toRomeDay(nowMs);
  const { bytes: pdf } = drawReport({
    title: `Fascicolo della notifica ${one.iun}`,
    foot: `${context.enteName} · verbale ${one.act.numero}`,
    author: context.enteName,
    day,
    sections: [
      tellWhat(one, context.enteName),
      { heading: "Che cosa è successo", rows: tellStory(one).map(toStoryRow) },
      ...tellChain(one),
      ...tellTerms(one),
      ...tellMissing(one),
      {
        heading: "Verifica dei file",
        paragraphs: [
          `Fatta il ${formatDateTime(toInstant(nowMs))}. Chiunque la ripete calcolando lo SHA-256 di ogni file dell'archivio.`,
        ],
        rows: files.map(({ path, what, verdict, sha256 }) => [
          path,
          `${what}. ${verdict} SHA-256 ${sha256}`,
        ]),
      },
    ],
  });
  const name = nameCase(one);
  return {
    name,
    pdf,
    openZip: () => streamZip(listEntries({ files, pdf, day, name }, context.artifacts)),
    faults: files.filter(({ isWhole, isWrong }) => !isWhole || isWrong === true),
  };
}

/** Safe in every file system; a number may hold anything. */
function nameCase({ act, iun }: CaseFile): string {
  return `fascicolo-${act.numero.replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${iun}`;
}

function tellWhat({ iun, act, followed }: CaseFile, enteName: string): ReportSection {
  return {
    heading: "La notifica",
    rows: [
      ["Verbale", act.numero],
      ["Ente", enteName],
      ["IUN", iun],
      ["Protocollo su SEND", act.protocol],
      ["Inviata il", formatDateTime(act.sentAt)],
      ["Destinatari", String(act.recipients.length)],
      [
        "Stato",
        followed === null ? "non ancora seguita" : formatNotificationStatus(followed.status),
      ],
    ],
  };
}

/** Where it was notified more than once. */
function tellChain({ chain }: CaseFile): readonly ReportSection[] {
  if (chain.length < 2) return [];
  return [
    {
      heading: "Le notifiche di questa violazione",
      rows: chain.map((link) => [
        link.numero,
        `${describeLink(link)}${link.iun === null ? "" : `, IUN ${link.iun}`}`,
      ]),
    },
  ];
}

function tellTerms({ terms }: CaseFile): readonly ReportSection[] {
  if (terms === null) return [];
  const counted = [
    ...(terms.notification === undefined ? [] : [terms.notification]),
    ...terms.recipients.flatMap((recipient) => recipient.terms),
  ];
  if (counted.length === 0) return [];
  return [
    {
      heading: "Termini",
      rows: counted.map(({ title, day, trace, source }) => [
        title,
        `entro il ${formatDay(day)}. ${trace.join(" ")} Fonte: ${source}.`,
      ]),
    },
  ];
}

function tellMissing({ evidence, followed }: CaseFile): readonly ReportSection[] {
  const lacking = evidence?.missing ?? [];
  if (evidence !== null && lacking.length === 0) return [];
  return [
    {
      heading: "Che cosa manca",
      paragraphs:
        evidence === null || followed === null
          ? [
              "La notifica non è stata ancora seguita: le prove di SEND si raccolgono con la pipeline «seguito».",
            ]
          : lacking.map(
              ({ category, at }) =>
                `${formatLegalFact(category)} del ${formatDateTime(at)}: SEND non l'ha ancora consegnata.`,
            ),
    },
  ];
}

async function* listEntries(
  {
    files,
    pdf,
    day,
    name,
  }: {
    readonly files: readonly JudgedFile[];
    readonly pdf: Uint8Array;
    readonly day: string;
    readonly name: string;
  },
  artifacts: Pick<ArtifactStore, "stream">,
): AsyncGenerator<ArchiveEntry> {
  const report = `${name}.pdf`;
  const there = files.filter(({ isWhole }) => isWhole);
  const index = new TextEncoder().encode(buildIndex(report, pdf, files));
  // `sha256sum -c impronte.txt` verifies the archive without Postino.
  const sums = new TextEncoder().encode(
    [{ path: report, sha256: hash(pdf) }, { path: "indice.csv", sha256: hash(index) }, ...there]
      .map(({ path, sha256 }) => `${sha256}  ${path}\n`)
      .join(""),
  );
  yield toEntry(report, pdf, day);
  yield toEntry("indice.csv", index, day);
  yield toEntry("impronte.txt", sums, day);
  for (const { path, bytes, sha256 } of there)
    yield { path, bytes, day, openContent: () => artifacts.stream(sha256) };
}

function buildIndex(report: string, pdf: Uint8Array, files: readonly JudgedFile[]): string {
  const rows = files.map(({ path, what, bytes, sha256, verdict }) => [
    path,
    what,
    String(bytes),
    sha256,
    verdict,
  ]);
  const head = ["file", "che cos'è", "byte", "sha256", "verifica"];
  const own = [report, "Racconto e verifica", String(pdf.length), hash(pdf), ""];
  return `\uFEFF${[head, own, ...rows].map(formatCsvLine).join("")}`;
}

function toEntry(path: string, bytes: Uint8Array, day: string): ArchiveEntry {
  return {
    path,
    bytes: bytes.length,
    day,
    async *openContent() {
      yield bytes;
    },
  };
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
