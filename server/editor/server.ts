/** The language server: an editor's protocol over standard input and output, in front of `check` and of what the installation knows. */
import { existsSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  type CodeAction,
  CompletionItemKind,
  createConnection,
  ErrorCodes,
  type InitializeResult,
  MarkupKind,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { messageOf } from "../../engine/host/errors.ts";
import { createStrictInspection } from "../ente/inspect-ente.ts";
import type { Installation } from "../installation.ts";
import { checkFiles } from "../../loader/check/check.ts";
import { actsFolder } from "../../loader/pipeline/acts.ts";
import { openPipelineFiles, type PipelineFiles } from "../../loader/pipeline/files.ts";
import { readVersion } from "../version.ts";
import { type Offer, listOffers } from "./completion.ts";
import { findDefinitions } from "./definition.ts";
import { toDiagnostic } from "./diagnostic.ts";
import { enteSchema, type EditorFacts, readEditorFacts } from "./facts.ts";
import { describeAt } from "./hover.ts";
import { type OpenFile, openFileAt } from "./place.ts";
import { type FoundProblem, listQuickFixes } from "./quick-fix.ts";
import { findCodice, isAtCodice, refuseCodice, renameNote } from "./rename.ts";

/** While one types, a pipeline is checked as so many enti see it; when it is saved, as all do. */
const mostEntiWhileTyping = 20;

/** Milliseconds without a key before a file is checked. */
const pauseMs = 150;

type Connection = ReturnType<typeof openConnection>;

function openConnection() {
  return createConnection(ProposedFeatures.all, process.stdin, process.stdout);
}

/** Serves until the editor closes the connection; `notice` is shown once, in Italian. */
export function serveEditor(installation: Installation, notice: string | null): Promise<void> {
  const connection = openConnection();
  if (notice !== null) connection.onInitialized(() => connection.window.showErrorMessage(notice));
  const server = new EditorServer(installation, connection);
  return new Promise((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.on("end", () => resolve());
    server.listen();
  });
}

class EditorServer {
  private readonly documents = new TextDocuments(TextDocument);
  /** What the editor holds and has not saved, by path. */
  private readonly unsaved = new Map<string, string>();
  private readonly folders = new Map<string, PipelineFiles>();
  private readonly found = new Map<string, readonly FoundProblem[]>();
  /** Ends the pause of a check that is overtaken by the next key. */
  private pause = new AbortController();
  private readonly installation: Installation;
  private readonly connection: Connection;

  constructor(installation: Installation, connection: Connection) {
    this.installation = installation;
    this.connection = connection;
  }

  listen(): void {
    const { connection, documents } = this;
    connection.onInitialize(describeServer);
    documents.onDidChangeContent(({ document }) => {
      this.unsaved.set(toPath(document.uri), document.getText());
      this.checkSoon();
    });
    documents.onDidSave(() => {
      this.checkNow(Infinity).catch((error: unknown) => connection.console.error(messageOf(error)));
    });
    documents.onDidClose(({ document }) => {
      this.unsaved.delete(toPath(document.uri));
      this.found.delete(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
      this.checkSoon();
    });
    connection.onDidChangeWatchedFiles(() => this.checkSoon());
    connection.onCompletion(async ({ textDocument, position }) => {
      const found = await this.openAt(textDocument.uri, position);
      if (found === null) return [];
      const { file, facts, document } = found;
      const { word } = file.outline.cursor ?? { word: { start: 0, end: 0 } };
      const range = toRange(document, word);
      const offers = await listOffers(file, facts);
      return offers.map((offer, index) => toCompletionItem(offer, index, range));
    });
    connection.onHover(async ({ textDocument, position }) => {
      const found = await this.openAt(textDocument.uri, position);
      const hovered = found === null ? null : await describeAt(found.file, found.facts);
      if (found === null || hovered === null) return null;
      const contents = { kind: MarkupKind.Markdown, value: hovered.text };
      return { contents, range: toRange(found.document, hovered.word) };
    });
    connection.onDefinition(async ({ textDocument, position }) => {
      const found = await this.openAt(textDocument.uri, position);
      const definitions = found === null ? [] : await findDefinitions(found.file, found.facts);
      return definitions.map(({ file, at }) => {
        const target = TextDocument.create("", "", 0, at?.source.text ?? "");
        return {
          uri: pathToFileURL(file).href,
          range: toRange(target, at ?? { start: 0, end: 0 }),
        };
      });
    });
    connection.onCodeAction(({ textDocument, range, context }): CodeAction[] => {
      const document = documents.get(textDocument.uri);
      if (document === undefined) return [];
      return listQuickFixes(document, this.found.get(textDocument.uri) ?? [], {
        range,
        ...context,
      });
    });
    this.listenForRenames();
    documents.listen(connection);
    connection.listen();
  }

  private listenForRenames(): void {
    const { connection } = this;
    connection.onPrepareRename(async ({ textDocument, position }) => {
      const found = await this.openAt(textDocument.uri, position);
      const codice = found !== null && isAtCodice(found.file) ? findCodice(found.file) : null;
      if (found === null || codice === null) return null;
      return { range: toRange(found.document, codice.word), placeholder: codice.codice };
    });
    connection.onRenameRequest(async ({ textDocument, position, newName }) => {
      const found = await this.openAt(textDocument.uri, position);
      const codice = found !== null && isAtCodice(found.file) ? findCodice(found.file) : null;
      if (found === null || codice === null) return null;
      const why = await refuseCodice(newName, found.facts);
      if (why !== null) throw new ResponseError(ErrorCodes.InvalidRequest, why);
      connection.window.showInformationMessage(renameNote);
      return renameEnte(found.document, toRange(found.document, codice.word), newName);
    });
    // The file was given another name in the editor's tree: the codice inside follows.
    connection.workspace.onWillRenameFiles(({ files }) => {
      const changes: Record<string, { range: ReturnType<typeof toRange>; newText: string }[]> = {};
      for (const { oldUri, newUri } of files) {
        const document = this.documents.get(oldUri);
        if (document === undefined || !isOurs(toPath(oldUri), this.installation)) continue;
        const codice = findCodice(openFileAt(toPath(oldUri), document.getText()));
        if (codice === null) continue;
        const newText = basename(toPath(newUri), extname(toPath(newUri)));
        changes[oldUri] = [{ range: toRange(document, codice.word), newText }];
      }
      return { changes };
    });
  }

  /** The file with its cursor there; `null`: none of ours. */
  private async openAt(
    uri: string,
    position: { line: number; character: number },
  ): Promise<{ document: TextDocument; file: OpenFile; facts: EditorFacts } | null> {
    const document = this.documents.get(uri);
    const path = toPath(uri);
    if (document === undefined || !isOurs(path, this.installation)) return null;
    const file = openFileAt(path, document.getText(), document.offsetAt(position));
    return { document, file, facts: await this.readFactsFor(file) };
  }

  private readFactsFor({ kind, path }: OpenFile): Promise<EditorFacts> {
    const { registry, config } = this.installation;
    const folder = kind === "pipeline" ? dirname(path) : dirname(dirname(path));
    const { secretsFolder, environment } = config;
    const files = this.openFolder(folder);
    return readEditorFacts({ folder, registry, files, secretsFolder, environment });
  }

  /** Kept: of a thousand enti only the one that changed is read again. */
  private openFolder(folder: string): PipelineFiles {
    const known = this.folders.get(folder) ?? openPipelineFiles(folder, enteSchema, this.unsaved);
    this.folders.set(folder, known);
    return known;
  }

  private checkSoon(): void {
    this.pause.abort();
    this.pause = new AbortController();
    this.checkAfterPause(this.pause.signal).catch((error: unknown) =>
      this.connection.console.error(messageOf(error)),
    );
  }

  private async checkAfterPause(signal: AbortSignal): Promise<void> {
    await this.installation.clock.sleep(pauseMs, signal);
    if (!signal.aborted) await this.checkNow(mostEntiWhileTyping);
  }

  /** Every open file: what is wrong in one may stand in another. */
  private async checkNow(mostEnti: number): Promise<void> {
    const { registry, clock } = this.installation;
    const open = this.documents.all().filter(({ uri }) => isOurs(toPath(uri), this.installation));
    // A document changes while it is looked at: what was found belongs to the version that was read.
    const byPath = new Map(
      open.map((document) => [toPath(document.uri), { document, version: document.version }]),
    );
    if (open.length === 0) return;
    const names = new Set([...byPath.keys()].map((path) => basename(path, ".yaml")));
    const { problems } = await checkFiles({
      pipelinesFolder: "",
      files: [...byPath.keys()],
      registry,
      settingsSchema: enteSchema,
      inspectEnte: createStrictInspection(this.installation),
      clock,
      openFiles: (folder) => limitEnti(this.openFolder(folder), mostEnti, names),
    });
    for (const [path, { document, version }] of byPath) {
      if (document.version !== version) continue;
      const found = problems
        .filter(({ file }) => resolve(file) === path)
        .map((problem) => ({ problem, diagnostic: toDiagnostic(problem) }));
      this.found.set(document.uri, found);
      const diagnostics = found.map(({ diagnostic }) => diagnostic);
      await this.connection.sendDiagnostics({
        uri: document.uri,
        version,
        diagnostics,
      });
    }
  }
}

/** The first of them stand for all, beside those that are open. */
function limitEnti(files: PipelineFiles, most: number, open: ReadonlySet<string>): PipelineFiles {
  const isKept = (codice: string, index: number) => index < most || open.has(codice);
  return { ...files, listEnti: async () => (await files.listEnti()).filter(isKept) };
}

function describeServer(): InitializeResult {
  const enti = { scheme: "file", pattern: { glob: "**/enti/*.yaml" } };
  return {
    serverInfo: { name: "postino", version: readVersion() },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      completionProvider: { triggerCharacters: [":", " ", "(", ".", "$", "{", "[", ","] },
      hoverProvider: true,
      definitionProvider: true,
      codeActionProvider: { codeActionKinds: ["quickfix", "source.fixAll"] },
      renameProvider: { prepareProvider: true },
      workspace: { fileOperations: { willRename: { filters: [enti] } } },
    },
  };
}

/** A YAML file of other programs is left alone: ours lie in the folder of pipelines, beside one called `enti` or in it, or name our schema. */
function isOurs(path: string, { config }: Installation): boolean {
  if (extname(path) !== ".yaml") return false;
  const folder = dirname(path);
  if (basename(folder) === "enti" || basename(folder) === actsFolder) return true;
  return folder === resolve(config.pipelinesFolder) || existsSync(join(folder, "enti"));
}

function renameEnte(
  document: TextDocument,
  range: ReturnType<typeof toRange>,
  codice: string,
): WorkspaceEdit {
  const newUri = pathToFileURL(join(dirname(toPath(document.uri)), `${codice}.yaml`)).href;
  const textDocument = { uri: document.uri, version: document.version };
  return {
    documentChanges: [
      { textDocument, edits: [{ range, newText: codice }] },
      { kind: "rename", oldUri: document.uri, newUri },
    ],
  };
}

function toPath(uri: string): string {
  return uri.startsWith("file:") ? resolve(fileURLToPath(uri)) : uri;
}

function toRange(document: TextDocument, { start, end }: { start: number; end: number }) {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

const itemKinds = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  step: CompletionItemKind.Function,
  field: CompletionItemKind.Field,
  secret: CompletionItemKind.Constant,
  reference: CompletionItemKind.Variable,
  name: CompletionItemKind.Reference,
} as const;

function toCompletionItem(offer: Offer, index: number, range: ReturnType<typeof toRange>) {
  const { label, kind, detail, about, insert } = offer;
  return {
    label,
    kind: itemKinds[kind],
    ...(detail !== undefined && { detail }),
    ...(about !== undefined && { documentation: { kind: MarkupKind.Markdown, value: about } }),
    filterText: label,
    sortText: String(index).padStart(4, "0"),
    textEdit: { range, newText: insert },
  };
}
