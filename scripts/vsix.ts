/** `bun scripts/vsix.ts [FOLDER]`: builds the extension for VS Code and packs it as postino.vsix, by default into dist/. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";

const source = join(import.meta.dir, "..", "editors", "vscode");

interface Manifest {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly version: string;
  readonly publisher: string;
  readonly categories: readonly string[];
  readonly engines: { readonly vscode: string };
}

/** The package as bytes: a ZIP with the manifest that VS Code reads. */
export async function buildVsix(): Promise<Uint8Array> {
  const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8")) as Manifest;
  const encode = (text: string) => new TextEncoder().encode(text);
  return zipSync({
    "[Content_Types].xml": encode(contentTypes),
    "extension.vsixmanifest": encode(formatVsixManifest(manifest)),
    "extension/package.json": await readFile(join(source, "package.json")),
    "extension/readme.md": await readFile(join(source, "README.md")),
    "extension/LICENSE.txt": await readFile(join(source, "..", "..", "LICENSE")),
    "extension/extension.js": encode(await bundleExtension()),
  });
}

/** One file with the client library inside; VS Code hands in `vscode` itself. */
async function bundleExtension(): Promise<string> {
  const built = await Bun.build({
    entrypoints: [join(source, "extension.ts")],
    target: "node",
    format: "cjs",
    minify: true,
    external: ["vscode"],
  });
  const [output] = built.outputs;
  if (!built.success || output === undefined)
    throw new Error(built.logs.map(({ message }) => message).join("\n"));
  return await output.text();
}

const contentTypes = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension=".json" ContentType="application/json"/><Default Extension=".vsixmanifest" ContentType="text/xml"/><Default Extension=".md" ContentType="text/markdown"/><Default Extension=".txt" ContentType="text/plain"/><Default Extension=".js" ContentType="application/javascript"/></Types>
`;

function formatVsixManifest(manifest: Manifest): string {
  const { name, displayName, description, version, publisher, categories, engines } = manifest;
  const asset = (type: string, path: string) =>
    `<Asset Type="Microsoft.VisualStudio.${type}" Path="extension/${path}" Addressable="true"/>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">
  <Metadata>
    <Identity Language="it-IT" Id="${name}" Version="${version}" Publisher="${publisher}"/>
    <DisplayName>${escapeXml(displayName)}</DisplayName>
    <Description xml:space="preserve">${escapeXml(description)}</Description>
    <Tags>yaml,postino</Tags>
    <Categories>${escapeXml(categories.join(","))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${escapeXml(engines.vscode)}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
    ${asset("Code.Manifest", "package.json")}
    ${asset("Services.Content.Details", "readme.md")}
    ${asset("Services.Content.License", "LICENSE.txt")}
  </Assets>
</PackageManifest>
`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(import.meta.dir, "..", "dist");
  const path = join(folder, "postino.vsix");
  await mkdir(folder, { recursive: true });
  await writeFile(path, await buildVsix());
  console.log(path);
}
