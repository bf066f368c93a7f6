/** `lsp`: the language server that editors start. */
import { PipelineError } from "../../../../engine/host/errors.ts";
import { readConfig } from "../../../config.ts";
import { type Installation, openInstallation } from "../../../installation.ts";
import { type Command, exitCodes } from "../../command.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** Faults while one types, completion, hover, definitions, corrections, over standard input and output. */
export const lspCommand: Command = {
  usage: "lsp [--stdio]",
  summary: "per gli editor: errori mentre si scrive, completamento, spiegazioni, correzioni",
  details: () => `
  Lo avvia l'editor, non una persona: parla il Language Server Protocol su standard input e output.
  --stdio   non cambia nulla: lo aggiungono gli editor
`,
  words: [],
  options: { stdio: { type: "boolean" } },
  async run() {
    // Standard output belongs to the protocol: the log goes to standard error, and says little.
    const { installation, notice } = await openForEditor();
    const { serveEditor } = await import("../../../editor/server.ts");
    await serveEditor(installation, notice);
    return exitCodes.completed;
  },
};

/** A step of the office's own that is being written may be broken: the editor is served without them, and told. */
async function openForEditor(): Promise<{ installation: Installation; notice: string | null }> {
  try {
    return { installation: await openForCommand({ logLevel: "error" }), notice: null };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const config = { ...readConfig(terminal.environment), stepFolders: [] };
    const installation = await openInstallation(config, { logLevel: "error" });
    const notice = `${error.message}. Fino ad allora i passi propri non si conoscono; poi riavviare Postino nell'editor.`;
    return { installation, notice };
  }
}
