/** What draws the documents of an ente, made once per process and settings. */
import { askTechnician } from "../../engine/host/hint.ts";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { VerbaleContent } from "../../documents/model/content.ts";
import type { DrawingPool } from "../../documents/sheets/drawing-pool.ts";
import type { DrawingPlan, Drawn } from "../../documents/sheets/drawing.ts";
import type { NoticeChanges, VerbaleChanges } from "../../documents/model/model.ts";
import type { Drawing } from "../../documents/pdf/pdf-shared.ts";
import type { ErrorCode } from "../../engine/host/error-codes.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { Services } from "../../integrations/services.ts";
import { buildEnteContent } from "./ente-content.ts";

/** The `with:` of the render step. */
export interface RenderConfig {
  readonly from?: "model" | "pdf";
  readonly converti?: "ghostscript";
  readonly model: "verbale-cds";
  readonly bollettino: "ppa" | "none";
  readonly verbale?: VerbaleChanges;
  readonly avviso?: NoticeChanges;
}

export interface EnteDrawer {
  /**
   * Both documents, on whichever thread has room; `onLost` is told when a thread died.
   * Throws MissingGlyph, SubjectTooLong or BoxTooTall.
   */
  draw(content: VerbaleContent, onLost: (reason: string) => void): Promise<Drawn>;
}

const made = new Map<string, Promise<EnteDrawer>>();
let pool: DrawingPool | undefined;

/** Makes the drawer at the first call; throws RunBlocked when a model or the crest is wrong. */
export function provideDrawer(ente: Services["ente"], config: RenderConfig): Promise<EnteDrawer> {
  const { feePolicy, pagoPaIntMode } = ente.send;
  const own = [ente.ente, ente.render, ente.payments, feePolicy, pagoPaIntMode, ente.act];
  const key = JSON.stringify([own, config]);
  let drawer = made.get(key);
  if (drawer === undefined) {
    drawer = createDrawer(ente, config);
    made.set(key, drawer);
    // A wrong model is looked at again at the next try.
    drawer.catch(() => made.delete(key));
  }
  return drawer;
}

/**
 * Tries what every document needs, while nothing has happened: the models, the letters of the ente's own texts, its crest, the fonts.
 * Throws RunBlocked.
 */
export async function prepareDrawing(
  ente: Services["ente"],
  config: RenderConfig,
  loadFonts?: () => unknown,
): Promise<void> {
  await provideDrawer(ente, config);
  const { inspectRender } = await import("./inspect.ts");
  // The crest was read; its path is absolute by now.
  const faults = await inspectRender({ ...config }, { settings: ente, enteFolder: "", uses: [] });
  const fault = faults.find(({ severity = "error" }) => severity === "error");
  if (fault !== undefined)
    throw new RunBlocked(
      "MODEL_INVALID",
      `I documenti non si possono disegnare: ${fault.message}.`,
      {
        ofRun: "Nulla è stato inviato.",
        hint: { action: "check" },
      },
    );
  const fonts = await import("../../documents/pdf/fonts.ts");
  try {
    (loadFonts ?? fonts.loadFonts)();
  } catch (error) {
    throw new RunBlocked(
      "FONTS_UNREADABLE",
      "I caratteri con cui si stampano verbale e avviso non si possono leggere.",
      {
        ofRun: "Nulla è stato inviato.",
        hint: {
          action: "resume",
          first: "Installare di nuovo Postino: mancano o sono guasti i file di documents/fonts.",
        },
        cause: error,
      },
    );
  }
}

/** The PDF packages are loaded here, so that commands which render nothing start without them. */
async function createDrawer(ente: Services["ente"], config: RenderConfig): Promise<EnteDrawer> {
  const { createDrawingPool } = await import("../../documents/sheets/drawing-pool.ts");
  const plan = await buildPlan(ente, config);
  pool ??= createDrawingPool();
  const threads = pool;
  return { draw: (content, onLost) => threads.draw(plan, content, onLost) };
}

async function buildPlan(ente: Services["ente"], config: RenderConfig): Promise<DrawingPlan> {
  const models = await import("../../documents/model/models.ts");
  const crest = await readEnteCrest(ente);
  const logo = config.bollettino === "none" ? undefined : await readNoticeLogo(ente);
  const { readOwnModel } = await import("./own-act.ts");
  const own = ente.act === undefined ? undefined : readOwnModel(ente.act);
  try {
    return {
      verbale:
        config.from === "pdf" ? null : models.buildVerbaleModel(config.model, config.verbale, own),
      notice: config.bollettino === "none" ? null : models.buildNoticeModel(config.avviso, own),
      ente: buildEnteContent(ente, config.bollettino === "ppa"),
      crest,
      ...(logo !== undefined && { logo }),
    };
  } catch (error) {
    if (!(error instanceof models.ModelFaults)) throw error;
    throw new RunBlocked("MODEL_INVALID", `Modello del passo render sbagliato: ${error.message}`, {
      hint: askTechnician(
        "correggere il modello dei documenti",
        "Correggere «verbale» o «avviso» nelle impostazioni del passo render.",
      ),
      cause: error,
    });
  }
}

async function readEnteCrest(ente: Services["ente"]): Promise<Drawing> {
  const { readNeutralCrest, readCrest } = await import("../../documents/layout/crest.ts");
  const path = ente.render?.stemma;
  if (path === undefined) return readNeutralCrest();
  return await readDrawing(path, readCrest, {
    code: "CREST_UNREADABLE",
    what: "Stemma dell'ente non leggibile",
    ask: "controllare lo stemma: serve un PNG, oppure un SVG di soli tracciati",
    setting: "render: stemma",
  });
}

/** Source: pagoPA gives the file on its page of brand assets; it is not ours to ship. */
async function readNoticeLogo(ente: Services["ente"]): Promise<Drawing | undefined> {
  const path = ente.render?.logoPagopa;
  if (path === undefined) return undefined;
  const { readLogo } = await import("../../documents/layout/crest.ts");
  return await readDrawing(path, readLogo, {
    code: "LOGO_UNREADABLE",
    what: "Logo di pagoPA non leggibile",
    ask: "controllare il logo di pagoPA: serve un PNG, oppure un SVG di soli tracciati",
    setting: "render: logoPagopa",
  });
}

interface DrawingWords {
  readonly code: ErrorCode;
  readonly what: string;
  readonly ask: string;
  readonly setting: string;
}

async function readDrawing(
  path: string,
  read: (bytes: Uint8Array) => Drawing,
  words: DrawingWords,
): Promise<Drawing> {
  // The loader of ente files makes the path absolute; as written it is relative to the ente file.
  const file = isAbsolute(path) ? path : join("pipelines", "enti", path);
  try {
    return read(await readFile(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunBlocked(words.code, `${words.what}: ${reason}`, {
      hint: askTechnician(
        words.ask,
        `Controllare «${words.setting}» nel file dell'ente: un PNG, oppure un SVG di soli tracciati.`,
      ),
      cause: error,
    });
  }
}
