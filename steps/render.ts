/** Makes the PDFs of a verbale, the act and its payment notice, from the ente's models; in every pipeline that notifies. */
import { askTechnician, type Hint } from "../engine/host/hint.ts";
import { Type } from "typebox";
import type { StepContext } from "../engine/step/context.ts";
import type { ErrorCode } from "../engine/host/error-codes.ts";
import { releaseBytes } from "../engine/host/release.ts";
import { ItemRejected, RunBlocked } from "../engine/host/errors.ts";
import { pureStep, type Services } from "../integrations/services.ts";
import type { Appeal } from "../documents/model/appeals.ts";
import type { Photograph, VerbaleContent } from "../documents/model/content.ts";
import { NoticeChanges, VerbaleChanges } from "../documents/model/model.ts";
import { toSafeName } from "../documents/archive/write.ts";
import { findPhotographs } from "./checks/photographs.ts";
import { buildVerbaleContent } from "./render/content.ts";
import { prepareDrawing, provideDrawer, type RenderConfig } from "./render/drawer.ts";
import type { FinishedAct } from "./render/finished.ts";
import { readLaw } from "./law/law.ts";
import { listOwnOptions } from "./recipients/addressees.ts";
import { assertWeight } from "./sending/weight.ts";
import {
  DocumentsField,
  PaymentField,
  Protocolled,
  ValidationField,
  VerbaleField,
  type DocumentFile,
  type Validation,
} from "./schemas/fields.ts";
import type { Verbale } from "./schemas/verbale.ts";

type Context = StepContext<RenderConfig, Pick<Services, "ente">>;

export default pureStep({
  title: "Documenti PDF",
  summary:
    "Prepara il verbale e l'avviso di pagamento pagoPA in PDF/A accessibile (PDF/UA), secondo i modelli dell'ente; oppure prende i verbali già in PDF dal gestionale",
  needs: ["ente"],
  config: Type.Object(
    {
      from: Type.Union([Type.Literal("model"), Type.Literal("pdf")], {
        default: "model",
        description:
          "model: il verbale si disegna dal modello; pdf: è già fatto dal gestionale, nella cartella «render: pdf» del file dell'ente (l'avviso si disegna comunque, con i codici nuovi)",
      }),
      converti: Type.Optional(
        Type.Literal("ghostscript", {
          description:
            "Con «from: pdf»: converte in PDF/A i PDF che non lo sono, se testo e pagine restano gli stessi e veraPDF li accetta. Senza, sono rifiutati",
        }),
      ),
      model: Type.Union([Type.Literal("verbale-cds")], {
        default: "verbale-cds",
        description: "Modello del verbale",
      }),
      bollettino: Type.Union([Type.Literal("ppa"), Type.Literal("none")], {
        default: "ppa",
        description:
          "ppa: anche l'avviso di pagamento, con il bollettino postale se l'ente ha un conto; none: solo il verbale",
      }),
      verbale: Type.Optional(VerbaleChanges),
      avviso: Type.Optional(NoticeChanges),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({
    ...VerbaleField.properties,
    ...ValidationField.properties,
    ...PaymentField.properties,
    protocolled: Type.Optional(Protocolled),
  }),
  adds: DocumentsField,
  examples: [
    "model: verbale-cds\nbollettino: ppa\n",
    "bollettino: none\n",
    "from: pdf\nconverti: ghostscript\n",
    "verbale:\n  page: { margins: { left: 22 } }\n  blocks:\n    dati-personali:\n      paragraphs:\n        - L'informativa è affissa all'albo dell'ente.\n",
  ],
  inspect: async (config, ctx) =>
    await (await import("./render/inspect.ts")).inspectRender(config, ctx),
  // Verbale and notice without what all of the ente begin with (typefaces, crest), which is kept once; what the gestionale made is kept whole.
  leavesBytes: ({ config }) => (config.from === "pdf" ? 138_000 : 30_000),
  note: ({ documents }) => {
    const warnings = documents.flatMap(({ source }) => source?.warnings ?? []);
    return warnings.length === 0 ? null : warnings.join(" ");
  },
  prepare: async (ctx) => {
    await prepareDrawing(ctx.services.ente, ctx.config);
    if (ctx.config.from !== "pdf") return;
    const { readFinishedFolder } = await import("./render/finished-files.ts");
    const folder = requireFolder(ctx.services.ente);
    await readFinishedFolder({ folder, find: Bun.which, clock: ctx.clock, signal: ctx.signal });
  },
  async run(item, ctx) {
    const { verbale, validation, payment, protocolled } = item.data;
    const drawer = await provideDrawer(ctx.services.ente, ctx.config);
    const { render, act: kind } = ctx.services.ente;
    const law = readLaw(ctx.services.ente.law);
    const rules = { casiArt201: render?.casiArt201, ricorsi: render?.ricorsi, law, act: kind };
    const photographs =
      ctx.config.from === "pdf" ? [] : await takePhotographs(verbale, ctx.services.ente);
    const content = {
      ...buildVerbaleContent(verbale, validation, payment, rules),
      ...(photographs.length > 0 && { photographs }),
      ...(protocolled === undefined ? {} : { registrazione: formatProtocol(protocolled) }),
    };
    const drawn = await drawOrReject(() =>
      drawer.draw(content, (reason) => {
        ctx.log.warn("a drawing thread ended, the main one goes on", { reason });
      }),
    );
    const { notice, otherNotices } = drawn;
    // An act that the gestionale made is not drawn a second time.
    const act = drawn.verbale ?? (await takeFinishedAct(item.data, ctx));
    // Such an ente sends the verbale alone: transmit leaves the notice out.
    if (ctx.services.ente.send.over20Grams === false) assertWeight([act]);
    const base = toSafeName(verbale.numero);
    const documents: DocumentFile[] = [];
    documents.push({
      role: "verbale",
      pages: act.pages,
      ...("source" in act ? { source: act.source } : keepAppeals(content)),
      ...(await storeFile(
        ctx,
        `${base}-${kind === undefined ? "verbale" : "atto"}.pdf`,
        act.bytes,
      )),
    });
    if (notice === null) return { documents };
    for (const [recipient, file] of [notice, ...otherNotices].entries())
      documents.push({
        role: "notice",
        noticeCodes: listOwnOptions(payment, recipient).map((option) => option.noticeCode),
        pages: file.pages,
        ...(await storeFile(
          ctx,
          `${base}-avviso${recipient === 0 ? "" : `-${recipient + 1}`}.pdf`,
          file.bytes,
        )),
      });
    return { documents };
  },
});

/** The act of the gestionale; the codes that it may not bear are those that were cancelled. */
async function takeFinishedAct(
  { verbale, validation }: { readonly verbale: Verbale; readonly validation: Validation },
  ctx: Context,
): Promise<FinishedAct> {
  const { takeFinished } = await import("./render/finished.ts");
  const { numero, targa, posizioni = [] } = verbale;
  return await takeFinished({
    folder: requireFolder(ctx.services.ente),
    names: { numero, targa, taxId: validation.taxId },
    oldCodes: posizioni.flatMap((one) => ("numeroAvviso" in one ? [one.numeroAvviso] : [])),
    canConvert: ctx.config.converti === "ghostscript",
    find: Bun.which,
    clock: ctx.clock,
    signal: ctx.signal,
  });
}

/** The days that the act says stay with it, whatever the ente's law says later. */
function keepAppeals({ appeals }: VerbaleContent): Pick<DocumentFile, "appeals"> {
  if (appeals === undefined) return {};
  const keep = ({ days, daysAbroad, source }: Appeal) => ({ days, daysAbroad, source });
  const { prefetto, giudiceDiPace } = appeals;
  return { appeals: { prefetto: keep(prefetto), giudiceDiPace: keep(giudiceDiPace) } };
}

/** What validate saw may be gone since: an act without what it was to bear does not go out. */
async function takePhotographs(
  verbale: Verbale,
  { render }: Services["ente"],
): Promise<readonly Photograph[]> {
  const { photographs, faults } = await findPhotographs(verbale, render?.fotografie);
  const [fault] = faults;
  if (fault === undefined) return photographs;
  throw new ItemRejected(
    "PHOTOGRAPH_UNUSABLE",
    `Documento non prodotto: la fotografia «${fault.file}» ${fault.what}.`,
    { hint: `Fotografia «${fault.file}»: ${fault.remedy}` },
  );
}

function requireFolder({ render }: Services["ente"]): string {
  if (render?.pdf !== undefined) return render.pdf;
  throw new RunBlocked(
    "PDF_FOLDER_MISSING",
    "Il file dell'ente non dice in quale cartella il gestionale mette i PDF.",
    {
      ofRun: "Nulla è stato inviato.",
      hint: askTechnician(
        "indicare la cartella in cui il gestionale mette i PDF",
        "Scrivere «render: { pdf: CARTELLA }» nel file dell'ente.",
      ),
    },
  );
}

async function storeFile(
  ctx: Context,
  name: string,
  bytes: Uint8Array,
): Promise<{ name: string; sha256: string; bytes: number }> {
  const artifact = await ctx.artifacts.put(name, bytes);
  releaseBytes(bytes);
  return { name: artifact.name, sha256: artifact.sha256, bytes: artifact.bytes };
}

const causes: Readonly<Record<string, { readonly code: ErrorCode; readonly hint: Hint }>> = {
  MissingGlyph: {
    code: "MISSING_GLYPH",
    hint: "Correggere il carattere nel flusso e inviare di nuovo il verbale.",
  },
  SubjectTooLong: {
    code: "SUBJECT_TOO_LONG",
    hint: askTechnician(
      "accorciare l'oggetto dell'avviso",
      "Accorciare l'oggetto dell'avviso nelle impostazioni del passo render (avviso: subject).",
    ),
  },
  InfoTooLong: {
    code: "INFO_TOO_LONG",
    hint: askTechnician(
      "accorciare la riga di informazioni dell'avviso",
      "Accorciare la riga di informazioni nelle impostazioni del passo render (avviso: info).",
    ),
  },
  BoxTooTall: {
    code: "TEXT_TOO_LONG",
    hint: "Accorciare i dati del destinatario, oppure ridurre il corpo del testo nel modello.",
  },
};

/** What the data cannot be drawn with is this verbale's refusal; anything else is a bug. */
async function drawOrReject<File>(render: () => Promise<File>): Promise<File> {
  try {
    return await render();
  } catch (error) {
    const cause = error instanceof Error ? causes[error.name] : undefined;
    if (cause === undefined || !(error instanceof Error)) throw error;
    throw new ItemRejected(cause.code, `Documento non prodotto: ${error.message}`, {
      hint: cause.hint,
      cause: error,
    });
  }
}

/** For models that name `{registrazione}`: `41877/2026 del 29/11/2026`. */
function formatProtocol({ number, day }: Protocolled): string {
  return day === undefined ? number : `${number} del ${day.split("-").toReversed().join("/")}`;
}
