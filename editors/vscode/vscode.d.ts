/** What the extension asks of VS Code, which hands the module in itself. */
declare module "vscode" {
  export interface Disposable {
    dispose(): unknown;
  }
  export interface ExtensionContext {
    readonly subscriptions: Disposable[];
  }
  export interface FileSystemWatcher extends Disposable {}
  export const commands: {
    registerCommand(name: string, run: () => unknown): Disposable;
  };
  export const window: {
    showErrorMessage(message: string): Thenable<string | undefined>;
  };
  export const workspace: {
    readonly workspaceFolders: readonly { readonly uri: { readonly fsPath: string } }[] | undefined;
    getConfiguration(section: string): { get<Value>(name: string, otherwise: Value): Value };
    createFileSystemWatcher(glob: string): FileSystemWatcher;
  };
}

type Thenable<Value> = PromiseLike<Value>;
