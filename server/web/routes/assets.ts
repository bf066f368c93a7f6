/** The dashboard's own files (style, script, icon), embedded in the program and served with a name that changes with their content. */
import { Hono } from "hono";
import icon from "../assets/favicon.svg" with { type: "text" };
import script from "../assets/live.js" with { type: "text" };
import style from "../assets/style.css" with { type: "text" };

interface Asset {
  readonly type: string;
  readonly text: string;
  readonly version: string;
}

const assets: ReadonlyMap<string, Asset> = new Map([
  ["style.css", buildAsset("text/css; charset=utf-8", style)],
  ["live.js", buildAsset("text/javascript; charset=utf-8", script)],
  ["favicon.svg", buildAsset("image/svg+xml", icon)],
]);

/** Address of an asset; browsers may keep it for ever. */
export function buildAssetUrl(name: "style.css" | "live.js" | "favicon.svg"): string {
  return `/assets/${name}?v=${assets.get(name)?.version ?? ""}`;
}

export function createAssetRoutes(): Hono {
  const app = new Hono();
  app.get("/assets/:name", (c) => {
    const found = assets.get(c.req.param("name"));
    if (found === undefined) return c.notFound();
    return c.body(found.text, 200, {
      "content-type": found.type,
      "cache-control": "public, max-age=31536000, immutable",
    });
  });
  return app;
}

function buildAsset(type: string, text: string): Asset {
  return { type, text, version: Bun.hash(text).toString(36) };
}
