/** An editor without a window: starts `postino lsp` as a process and speaks the protocol with it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CodeAction,
  type CompletionItem,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type InitializeResult,
  type Location,
  type Position,
  StreamMessageReader,
  StreamMessageWriter,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { repositoryFolder } from "./repository.ts";

export interface EditorClient {
  readonly server: InitializeResult;
  /** Opens a text or types another in its place; what is underlined once the server has looked. */
  type(path: string, text: string): Promise<readonly Diagnostic[]>;
  /** The same without waiting for it. */
  put(path: string, text: string): Promise<void>;
  /** At the bar `|` of a text, which is typed first. */
  complete(path: string, text: string): Promise<readonly CompletionItem[]>;
  hover(path: string, text: string): Promise<string>;
  define(path: string, text: string): Promise<readonly Location[]>;
  listActions(path: string, line: number, only?: readonly string[]): Promise<readonly CodeAction[]>;
  rename(path: string, text: string, name: string): Promise<WorkspaceEdit | null>;
  renameFile(from: string, to: string): Promise<WorkspaceEdit | null>;
  /** Messages that the server asked to show. */
  readonly shown: readonly string[];
  close(): Promise<number | null>;
}

/** Text and place of the bar. */
export function splitAtBar(text: string): { text: string; position: Position } {
  const at = text.indexOf("|");
  if (at === -1) throw new Error("the text has no bar");
  const before = text.slice(0, at).split("\n");
  return {
    text: text.slice(0, at) + text.slice(at + 1),
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  };
}

/** Starts the server in a folder with an environment of its own. */
export async function startEditor(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<EditorClient> {
  const child = spawn(
    process.execPath,
    [join(repositoryFolder, "server", "main.ts"), "lsp", "--stdio"],
    {
      cwd: folder,
      env: { PATH: process.env["PATH"], ...environment },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const versions = new Map<string, number>();
  const waiting = new Map<string, (found: readonly Diagnostic[]) => void>();
  const shown: string[] = [];
  connection.onNotification(
    "textDocument/publishDiagnostics",
    (params: { uri: string; version?: number; diagnostics: Diagnostic[] }) => {
      waiting.get(`${params.uri} ${params.version ?? 0}`)?.(params.diagnostics);
    },
  );
  connection.onNotification("window/showMessage", ({ message }: { message: string }) => {
    shown.push(message);
  });
  connection.onRequest("window/showMessageRequest", ({ message }: { message: string }) => {
    shown.push(message);
    return null;
  });
  connection.listen();
  const server = await connection.sendRequest<InitializeResult>("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: null,
    capabilities: {},
  });
  await connection.sendNotification("initialized", {});

  const toUri = (path: string) => pathToFileURL(join(folder, path)).href;
  /** The promise is handed back in a box: who asks does not wait for what is underlined. */
  async function put(
    path: string,
    text: string,
  ): Promise<{ readonly underlined: Promise<readonly Diagnostic[]> }> {
    const uri = toUri(path);
    const version = (versions.get(uri) ?? 0) + 1;
    versions.set(uri, version);
    const found = new Promise<readonly Diagnostic[]>((resolve) => {
      waiting.set(`${uri} ${version}`, resolve);
    });
    if (version === 1)
      await connection.sendNotification("textDocument/didOpen", {
        textDocument: { uri, languageId: "yaml", version, text },
      });
    else
      await connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    return { underlined: found };
  }
  async function ask<Result>(
    method: string,
    path: string,
    marked: string,
    more: object = {},
  ): Promise<Result> {
    const { text, position } = splitAtBar(marked);
    await put(path, text);
    return await connection.sendRequest<Result>(method, {
      textDocument: { uri: toUri(path) },
      position,
      ...more,
    });
  }

  return {
    server,
    shown,
    async type(path, text) {
      const { underlined } = await put(path, text);
      return await underlined;
    },
    async put(path, text) {
      await put(path, text);
    },
    complete: (path, text) => ask("textDocument/completion", path, text),
    async hover(path, text) {
      const hover = await ask<Hover | null>("textDocument/hover", path, text);
      return hover === null ? "" : (hover.contents as { value: string }).value;
    },
    define: (path, text) => ask("textDocument/definition", path, text),
    listActions: (path, line, only) => {
      const range = { start: { line, character: 0 }, end: { line, character: 200 } };
      const context = { diagnostics: [], ...(only !== undefined && { only }) };
      return connection.sendRequest("textDocument/codeAction", {
        textDocument: { uri: toUri(path) },
        range,
        context,
      });
    },
    async rename(path, text, name) {
      const range = await ask("textDocument/prepareRename", path, text);
      if (range === null) return null;
      return await ask("textDocument/rename", path, text, { newName: name });
    },
    renameFile: (from, to) =>
      connection.sendRequest("workspace/willRenameFiles", {
        files: [{ oldUri: toUri(from), newUri: toUri(to) }],
      }),
    async close() {
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      return await exited;
    },
  };
}
