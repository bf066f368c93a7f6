/** `lsp`: the language server that editors start. */
import { type Command, exitCodes } from "../command.ts";
import { openForCommand } from "../open.ts";

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
    const installation = await openForCommand({ logLevel: "error" });
    const { serveEditor } = await import("../../editor/server.ts");
    await serveEditor(installation);
    return exitCodes.completed;
  },
};
