/** The extension for VS Code: starts `postino lsp` and hands it the YAML files. */
import { commands, type ExtensionContext, window, workspace } from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

let client: LanguageClient | null = null;

/** Called by VS Code when a folder with enti is opened. */
export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(commands.registerCommand("postino.restart", restart));
  await start();
}

/** Called by VS Code before it leaves. */
export async function deactivate(): Promise<void> {
  await client?.stop();
  client = null;
}

async function start(): Promise<void> {
  const settings = workspace.getConfiguration("postino");
  const [command = "postino", ...args] = settings.get<string[]>("command", ["postino"]);
  const folder = settings.get<string>("folder", "");
  const cwd = folder === "" ? workspace.workspaceFolders?.[0]?.uri.fsPath : folder;
  const run = {
    command,
    args: [...args, "lsp", "--stdio"],
    options: { ...(cwd !== undefined && { cwd }), shell: process.platform === "win32" },
  };
  client = new LanguageClient("postino", "Postino", run, {
    documentSelector: [{ scheme: "file", language: "yaml" }],
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.{yaml,p12,png,svg}") },
  });
  try {
    await client.start();
  } catch {
    await window.showErrorMessage(
      `Postino non si avvia con «${[command, ...args].join(" ")}»: indicare il programma in «postino.command».`,
    );
  }
}

async function restart(): Promise<void> {
  await deactivate();
  await start();
}
