/** Draws the documents of a sample or given verbale as the render step would, and marks them as worthless. */
import { createHash } from "node:crypto";
import type { ArtifactAccess, StoredArtifact } from "../../engine/host/files.ts";
import { runOnItem } from "../../engine/step/step.ts";
import type { EffectContext } from "../../engine/step/context.ts";
import { resolveRenderPaths } from "../../integrations/build.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { countNotificationTerm } from "../../steps/checks/notification-term.ts";
import { readLaw } from "../../steps/law/law.ts";
import type { DocumentFile, Payment, Validation } from "../../steps/schemas/fields.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import type { Installation } from "../installation.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";

export interface PreviewOptions {
  readonly installation: Installation;
  readonly settings: EnteSettings;
  /** Folder of the ente file: where its crest lies. */
  readonly enteFolder: string;
  /** The entry of the pipeline that draws. */
  readonly step: ResolvedStep;
  readonly verbale: Verbale;
  /** The verbale is nobody's: where acts come as PDFs there is none of it, and the notice alone is drawn. */
  readonly isSample?: boolean;
  /** Day that the documents bear, `YYYY-MM-DD`. */
  readonly day: string;
}

export interface PreviewFile {
  /** `T00001-verbale.pdf` */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files that the step makes, unmarked. Throws RunBlocked (a wrong model, an unreadable crest) and ItemRejected. */
export async function drawDocuments(options: PreviewOptions): Promise<readonly PreviewFile[]> {
  const { installation, step: entry, verbale } = options;
  const step = installation.registry.get(entry.uses)?.step;
  if (step === undefined) throw new Error(`no such step: ${entry.uses}`);
  const artifacts = createMemoryArtifacts();
  const isWithoutAct = options.isSample === true && isFromPdf(entry);
  const ctx: EffectContext<unknown, unknown> = {
    runId: "anteprima",
    ente: options.settings.ente.codice,
    config: isWithoutAct ? { ...entry.with, from: "model" } : entry.with,
    services: { ente: resolveRenderPaths(options.settings, options.enteFolder) },
    clock: installation.clock,
    log: installation.log,
    signal: new AbortController().signal,
    artifacts,
    idempotencyKey: () => "",
    earlier: () => [],
    holders: () => Promise.resolve(new Map()),
  };
  const data = {
    verbale,
    validation: buildValidation(options),
    payment: buildWorthlessPayment(verbale, options.settings),
  };
  const fields = await runOnItem(step, { key: verbale.numero, round: 1, data }, ctx);
  const documents = (fields["documents"] ?? []) as readonly (StoredArtifact &
    Pick<DocumentFile, "role">)[];
  return await Promise.all(
    documents
      .filter(({ role }) => !isWithoutAct || role === "notice")
      .map(async ({ name, sha256 }) => ({ name, bytes: await artifacts.read(sha256) })),
  );
}

/** Whether the acts of this step are the gestionale's. */
export function isFromPdf({ with: config }: Pick<ResolvedStep, "with">): boolean {
  return config["from"] === "pdf";
}

/** The document with a mark across every page: nobody takes it for an act. It stays PDF/A. */
export async function markAsPreview({ name, bytes }: PreviewFile): Promise<PreviewFile> {
  const { markAsWorthless } = await import("../../documents/sheets/preview-mark.ts");
  return { name: `anteprima-${name}`, bytes: await markAsWorthless(bytes, name) };
}

function buildValidation({ verbale, settings, day }: PreviewOptions): Validation {
  const { destinatario, destinatari = [] } = verbale;
  return {
    checkedOn: day,
    ...settle(destinatario),
    ...(destinatari.length > 0 && { others: destinatari.map(settle) }),
    ...(settings.act === undefined && {
      notifyBy: countNotificationTerm(readLaw(settings.law), verbale).day,
    }),
    warnings: [],
  };
}

function settle({
  denominazione,
  cognome = "",
  nome = "",
  codiceFiscale,
  partitaIva = "",
  indirizzo,
}: Verbale["destinatario"]): Pick<Validation, "taxId" | "denomination" | "address"> {
  return {
    taxId: codiceFiscale ?? partitaIva,
    denomination: denominazione ?? `${nome} ${cognome}`.trim(),
    address: indirizzo,
  };
}

/** Notice codes of number zero: no counter gives them out, so that nobody can pay a preview. */
export function buildWorthlessPayment(verbale: Verbale, { ente, payments }: EnteSettings): Payment {
  const { importoScontatoCents, importoRidottoCents, speseCents, destinatari = [] } = verbale;
  const listOptions = (recipient: number): Payment["options"] => {
    const buildOption = (kind: "discounted" | "reduced", cents: number, last: number) => {
      const iuv = `${payments.segregationCode}${String(2 * recipient + last).padStart(15, "0")}`;
      return {
        kind,
        iuv,
        noticeCode: `3${iuv}`,
        amountCents: cents + speseCents,
        ...(recipient > 0 && { recipient }),
      };
    };
    return [
      ...(importoScontatoCents === undefined
        ? []
        : [buildOption("discounted", importoScontatoCents, 0)]),
      buildOption("reduced", importoRidottoCents, 1),
    ];
  };
  return {
    ref: "anteprima",
    creditorTaxId: ente.codiceFiscale,
    options:
      verbale.pagamentoRidotto === "escluso"
        ? []
        : [verbale.destinatario, ...destinatari].flatMap((_, index) => listOptions(index)),
  };
}

/** Blobs that are gone with the process. */
export function createMemoryArtifacts(): ArtifactAccess {
  const blobs = new Map<string, Uint8Array>();
  const read = (sha256: string): Uint8Array => {
    const bytes = blobs.get(sha256);
    if (bytes === undefined) throw new Error("no such blob in memory");
    return new Uint8Array(bytes);
  };
  async function put(name: string, bytes: Uint8Array): Promise<StoredArtifact> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    // Whose bytes they are may give their memory back.
    blobs.set(sha256, new Uint8Array(bytes));
    return { name, sha256, bytes: bytes.byteLength };
  }
  return {
    put,
    async putStream(name, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      return await put(name, Buffer.concat(parts));
    },
    read: async (sha256) => read(sha256),
    async *stream(sha256) {
      yield read(sha256);
    },
  };
}
