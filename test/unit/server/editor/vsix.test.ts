/** The package for VS Code: well formed, complete, and its code starts the language server. */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { Parser } from "saxen";
import { buildVsix } from "../../../../scripts/vsix.ts";

/** Names of the elements with their attributes; throws where it is no XML. */
function readXml(text: string): readonly (readonly [string, Record<string, string>])[] {
  const found: (readonly [string, Record<string, string>])[] = [];
  const parser = new Parser();
  parser.on("openTag", (name: string, readAttributes: () => Record<string, string>) => {
    found.push([name, { ...readAttributes() }]);
  });
  const fault: unknown = parser.parse(text);
  if (fault instanceof Error) throw fault;
  return found;
}

test("the package holds what its manifest names, with a type for every file", async () => {
  const files = unzipSync(await buildVsix());
  const text = (name: string) => strFromU8(files[name] ?? new Uint8Array());

  const manifest = readXml(text("extension.vsixmanifest"));
  const types = readXml(text("[Content_Types].xml")).flatMap(
    ([, { Extension }]) => Extension ?? [],
  );
  const { version } = JSON.parse(text("extension/package.json")) as { version: string };

  const assets = manifest.flatMap(([name, { Path }]) => (name === "Asset" ? [Path ?? ""] : []));
  expect(assets).toHaveLength(3);
  for (const path of assets) expect(Object.keys(files)).toContain(path);
  expect(manifest.find(([name]) => name === "Identity")?.[1]).toEqual({
    Language: "it-IT",
    Id: "postino",
    Version: version,
    Publisher: "postino",
  });
  for (const name of Object.keys(files).filter((path) => path.startsWith("extension")))
    expect(types).toContain(name.slice(name.lastIndexOf(".")));
});

test("its code loads where VS Code hands in its module, and offers what VS Code calls", async () => {
  const files = unzipSync(await buildVsix());
  const folder = mkdtempSync(join(tmpdir(), "postino-vsix-"));
  mkdirSync(join(folder, "node_modules/vscode"), { recursive: true });
  writeFileSync(join(folder, "extension.js"), files["extension/extension.js"] ?? "");
  writeFileSync(join(folder, "node_modules/vscode/index.js"), fakeVscode);
  writeFileSync(
    join(folder, "load.cjs"),
    `const { activate, deactivate } = require("./extension.js");
console.log(typeof activate, typeof deactivate);
`,
  );

  const child = Bun.spawn([process.execPath, "load.cjs"], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;

  rmSync(folder, { recursive: true, force: true });
  expect([out, err]).toEqual(["function function\n", ""]);
});

/** Classes and enumerations by any name: what the client library extends and reads while it is loaded. */
const fakeVscode = `
const value = () => new Proxy(class {}, { get: (target, key) => (key in target ? target[key] : key === "prototype" ? target.prototype : value()) });
module.exports = new Proxy({}, { get: (_, key) => (key === "version" ? "1.91.0" : value()) });
`;
