/** The certificate of what was deleted: counts, days and hashes, nobody's name. */
import { createHash } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { DroppedDetail } from "../../engine/journal/retention.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { replaceFile } from "../../engine/host/whole-file.ts";
import type { RetentionSettings } from "../../integrations/retention.ts";
import { readVersion } from "../version.ts";
import { keepReasons, type KeepReason } from "./purge-judge.ts";

/** What went, and what stays with its reason. */
export interface Purged {
  readonly ente: string;
  /** The day of each kind: what was over before it went. */
  readonly cuts: Readonly<Record<"notified" | "unsent" | "files" | "detail", string>>;
  readonly notified: number;
  readonly unsent: number;
  readonly rows: { readonly items: number; readonly effects: number; readonly records: number };
  readonly kept: Readonly<Partial<Record<KeepReason, number>>>;
  /** sha256 of the documents that were deleted. */
  readonly documents: readonly string[];
  readonly documentBytes: number;
  /** Files of the folders of arrival and departure. */
  readonly files: number;
  readonly detail: DroppedDetail;
  /** Hash of the numbers of the verbali, in order, each on a line. */
  readonly numbersSha256: string;
  /** `null`: a trial, or nothing went. */
  readonly certificate: { readonly path: string; readonly sha256: string } | null;
}

/** Where certificates lie. */
function locateCertificates(dataFolder: string, ente: string): string {
  return join(dataFolder, "outbox", ente, "cancellazioni");
}

/** Writes it beside the earlier ones; path and hash of the file. */
export async function writeCertificate(
  dataFolder: string,
  purged: Omit<Purged, "certificate">,
  { policy, clock }: { readonly policy: RetentionSettings; readonly clock: Clock },
): Promise<{ readonly path: string; readonly sha256: string }> {
  const folder = locateCertificates(dataFolder, purged.ente);
  const text = `${JSON.stringify(describe(purged, policy, toInstant(clock.now())), null, 2)}\n`;
  const bytes = Buffer.from(text);
  return await guardDisk(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const day = toRomeDay(clock.now());
    const there = (await readdir(folder)).filter((name) => name.startsWith(day));
    const path = join(folder, `${day}-${there.length + 1}.json`);
    await replaceFile(path, [bytes]);
    return { path, sha256: createHash("sha256").update(bytes).digest("hex") };
  });
}

function describe(
  purged: Omit<Purged, "certificate">,
  policy: RetentionSettings,
  at: string,
): Readonly<Record<string, unknown>> {
  const { ente, cuts, notified, unsent, rows, kept, documents, documentBytes, files, detail } =
    purged;
  return {
    certificato: "Cancellazione di dati personali",
    ente,
    eseguita: at,
    programma: `Postino ${readVersion()}`,
    termini: {
      notificati: { giorni: policy.notified, conclusiPrimaDel: cuts.notified },
      mai_inviati: { giorni: policy.unsent, conclusiPrimaDel: cuts.unsent },
      file: { giorni: policy.files, scrittiPrimaDel: cuts.files },
      dettaglio: { giorni: policy.detail, prima: cuts.detail },
    },
    cancellati: {
      verbaliNotificati: notified,
      verbaliMaiInviati: unsent,
      impronta_dei_numeri: purged.numbersSha256,
      righe: { flussi: rows.items, effetti: rows.effects, registro: rows.records },
      documenti: documents.length,
      byte: documentBytes,
      file: files,
      tentativi: detail.attempts,
      avvii: detail.dues,
      flussiVuoti: detail.runs,
    },
    restano: [
      "numero, protocollo, IUN, IUV e codici avviso",
      "conclusione di legge, termini, spese, esiti detti al gestionale",
      "impronte dei documenti",
    ],
    conservati: Object.fromEntries(
      Object.entries(kept).map(([reason, count]) => [keepReasons[reason as KeepReason], count]),
    ),
    impronteDeiDocumenti: documents,
  };
}
