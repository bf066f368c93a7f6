/** `/manuale`: the guides as they lie beside the program, with their pictures and a search; needs no network. */
/** @jsxImportSource ../markup */
import { join } from "node:path";
import { Hono } from "hono";
import type { AppDeps } from "../deps.ts";
import { findGuide } from "../manual/guides.ts";
import { renderGuide } from "../manual/render-guide.ts";
import { searchManual } from "../manual/search-manual.ts";
import { locatePictures } from "../manual/static-site.tsx";
import { ManualGuide, ManualHits, ManualHome } from "../pages/manual.tsx";
import { renderPage } from "../render.tsx";

const mostWords = 100;

export function createManualRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/manuale", (c) =>
    renderPage(c, deps, { title: "Manuale", section: null, content: <ManualHome hasApi /> }),
  );
  app.get("/manuale/cerca", (c) => {
    const words = (c.req.query("parole") ?? "").trim().slice(0, mostWords);
    const hits = words === "" ? [] : searchManual(words);
    const content = <ManualHits words={words} hits={hits} />;
    return renderPage(c, deps, { title: "Ricerca nel manuale", section: null, content });
  });
  app.get("/manuale/immagini/:name", async (c) => {
    const name = c.req.param("name");
    const file = Bun.file(join(locatePictures(), name));
    if (!/^[a-z0-9-]+\.png$/.test(name) || !(await file.exists())) return c.notFound();
    return c.body(await file.bytes(), 200, {
      "content-type": "image/png",
      "cache-control": "public, max-age=3600",
    });
  });
  app.get("/manuale/:guide", (c) => {
    const guide = findGuide(c.req.param("guide"));
    if (guide === null) return c.notFound();
    const content = <ManualGuide guide={guide} page={renderGuide(guide)} />;
    return renderPage(c, deps, { title: guide.title, section: null, content });
  });
  return app;
}
