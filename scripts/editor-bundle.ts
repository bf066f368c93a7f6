/** The editor of the dashboard as one file, made of its source and CodeMirror: nobody who installs Postino builds anything. */
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const notice =
  "/*! CodeMirror, Lezer, style-mod, w3c-keyname, crelt: MIT, Copyright (C) Marijn Haverbeke and others. Built from editor-source.js by `bun run reference`. */\n";

/** The same source and packages give the same text. */
export async function bundleEditor(): Promise<string> {
  const built = await Bun.build({
    entrypoints: [join(root, "server/web/assets/editor-source.js")],
    target: "browser",
    format: "esm",
    minify: true,
    sourcemap: "none",
  });
  const [output] = built.outputs;
  if (output === undefined) throw new Error("the editor was not built");
  return `${notice}${(await output.text()).trimEnd()}\n`;
}
