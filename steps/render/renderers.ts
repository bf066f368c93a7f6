/** The renderers of an ente, made once per process and settings; used by the render step. */
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { NoticeChanges, VerbaleChanges } from "../../documents/model.ts";
import type { NoticeRenderer } from "../../documents/notice.ts";
import type { Drawing } from "../../documents/pdf-shared.ts";
import type { VerbaleRenderer } from "../../documents/verbale.ts";
import { RunBlocked } from "../../engine/errors.ts";
import type { Services } from "../../integrations/services.ts";
import { enteContent } from "./ente-content.ts";

/** The `with:` of the render step. */
export interface RenderConfig {
  readonly model: "verbale-cds";
  readonly bollettino: "ppa" | "none";
  readonly verbale?: VerbaleChanges;
  readonly avviso?: NoticeChanges;
}

export interface Renderers {
  readonly verbale: VerbaleRenderer;
  /** `null` where no notice is wanted. */
  readonly notice: NoticeRenderer | null;
}

const made = new Map<string, Promise<Renderers>>();

/** Makes the renderers at the first call; throws RunBlocked when a model or the crest is wrong. */
export function renderersOf(ente: Services["ente"], config: RenderConfig): Promise<Renderers> {
  const key = JSON.stringify([ente.ente, ente.render, ente.payments, ente.send.feePolicy, config]);
  let renderers = made.get(key);
  if (renderers === undefined) {
    renderers = make(ente, config);
    made.set(key, renderers);
    // A wrong model is looked at again at the next try.
    renderers.catch(() => made.delete(key));
  }
  return renderers;
}

/** The PDF packages are loaded here, so that commands which render nothing start without them. */
async function make(ente: Services["ente"], config: RenderConfig): Promise<Renderers> {
  const models = await import("../../documents/models.ts");
  const { createVerbaleRenderer } = await import("../../documents/verbale.ts");
  const { createNoticeRenderer } = await import("../../documents/notice.ts");
  const options = {
    ente: enteContent(ente, config.bollettino === "ppa"),
    crest: await crestOf(ente),
  };
  try {
    const verbale = createVerbaleRenderer(
      models.verbaleModel(config.model, config.verbale),
      options,
    );
    if (config.bollettino === "none") return { verbale, notice: null };
    return { verbale, notice: createNoticeRenderer(models.noticeModel(config.avviso), options) };
  } catch (error) {
    if (!(error instanceof models.ModelFaults)) throw error;
    throw new RunBlocked("MODEL_INVALID", `Modello del passo render sbagliato: ${error.message}`, {
      hint: "Correggere «verbale» o «avviso» nelle impostazioni del passo render.",
      cause: error,
    });
  }
}

async function crestOf(ente: Services["ente"]): Promise<Drawing> {
  const { neutralCrest, readCrest } = await import("../../documents/crest.ts");
  const path = ente.render?.stemma;
  if (path === undefined) return neutralCrest();
  // The loader of ente files makes the path absolute; as written it is relative to the ente file.
  const file = isAbsolute(path) ? path : join("pipelines", "enti", path);
  try {
    return await readCrest(await readFile(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunBlocked("CREST_UNREADABLE", `Stemma dell'ente non leggibile: ${reason}`, {
      hint: "Controllare «render: stemma» nel file dell'ente: un PNG, oppure un SVG di soli tracciati.",
      cause: error,
    });
  }
}
