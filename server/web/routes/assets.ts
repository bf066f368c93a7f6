/** The dashboard's own files (style, fonts, script, icon), embedded in the program and served with a name that changes with their content. */
import { Hono } from "hono";
import morph from "idiomorph/dist/idiomorph.min.js" with { type: "text" };
import icon from "../assets/favicon.svg" with { type: "text" };
import mono from "../assets/fonts/RobotoMono-Regular.woff2" with { type: "file" };
import bold from "../assets/fonts/TitilliumWeb-Bold.woff2" with { type: "file" };
import regular from "../assets/fonts/TitilliumWeb-Regular.woff2" with { type: "file" };
import semiBold from "../assets/fonts/TitilliumWeb-SemiBold.woff2" with { type: "file" };
import editor from "../assets/editor.js" with { type: "text" };
import script from "../assets/live.js" with { type: "text" };
import passkey from "../assets/passkey.js" with { type: "text" };
import sheet from "../assets/scheda.js" with { type: "text" };
import { readStyle } from "../assets/style.ts";

interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly version: string;
}

const woff2 = "font/woff2";

const fonts: ReadonlyMap<string, Asset> = new Map([
  ["TitilliumWeb-Regular.woff2", await readFont(regular)],
  ["TitilliumWeb-SemiBold.woff2", await readFont(semiBold)],
  ["TitilliumWeb-Bold.woff2", await readFont(bold)],
  ["RobotoMono-Regular.woff2", await readFont(mono)],
]);

const assets: ReadonlyMap<string, Asset> = new Map([
  ...fonts,
  ["style.css", buildAsset("text/css; charset=utf-8", readStyle(findFontUrl))],
  // The script that makes one page of another, then ours that calls it.
  ["live.js", buildAsset("text/javascript; charset=utf-8", `${morph}\n${script}`)],
  ["editor.js", buildAsset("text/javascript; charset=utf-8", editor)],
  ["passkey.js", buildAsset("text/javascript; charset=utf-8", passkey)],
  ["scheda.js", buildAsset("text/javascript; charset=utf-8", sheet)],
  ["favicon.svg", buildAsset("image/svg+xml", icon)],
]);

type AssetName =
  | "style.css"
  | "live.js"
  | "editor.js"
  | "passkey.js"
  | "scheda.js"
  | "favicon.svg"
  | "TitilliumWeb-Regular.woff2";

const urls = new Map([...assets].map(([name, { version }]) => [name, buildUrl(name, version)]));

/** Address of an asset; browsers may keep it for ever. */
export function buildAssetUrl(name: AssetName): string {
  return urls.get(name) ?? "";
}

export function createAssetRoutes(): Hono {
  const app = new Hono();
  app.get("/assets/:name", (c) => {
    const found = assets.get(c.req.param("name"));
    if (found === undefined) return c.notFound();
    return c.body(found.body, 200, {
      "content-type": found.type,
      "cache-control": "public, max-age=31536000, immutable",
    });
  });
  return app;
}

async function readFont(path: string): Promise<Asset> {
  return buildAsset(woff2, await Bun.file(path).bytes());
}

function findFontUrl(name: string): string {
  return buildUrl(name, fonts.get(name)?.version ?? "");
}

function buildUrl(name: string, version: string): string {
  return `/assets/${name}?v=${version}`;
}

function buildAsset(type: string, body: Asset["body"]): Asset {
  return { type, body, version: Bun.hash(body).toString(36) };
}
