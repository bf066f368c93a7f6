/** `/stemmi/<ente>`: the crest of an ente for the head of the pages, from the file that its documents are drawn with. */
import { Hono } from "hono";
import type { AppDeps } from "../deps.ts";

/** A crest for the screen; a larger file is for print alone. */
const mostBytes = 1_000_000;

export function createCrestRoutes({ loadCatalog }: Pick<AppDeps, "loadCatalog">): Hono {
  const app = new Hono();
  app.get("/stemmi/:ente", async (c) => {
    const { enti } = (await loadCatalog?.()) ?? { enti: [] };
    const path = enti.find(({ codice }) => codice === c.req.param("ente"))?.crest;
    const bytes = path === undefined ? null : await readCrestFile(path);
    const type = bytes === null ? null : findCrestType(bytes);
    if (bytes === null || type === null) return c.notFound();
    return c.body(bytes, 200, {
      "content-type": type,
      "cache-control": "private, max-age=3600",
      // A drawing that is opened by itself runs and loads nothing.
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    });
  });
  return app;
}

/** `null`: it is not there, or too large. */
async function readCrestFile(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const file = Bun.file(path);
  return (await file.exists()) && file.size <= mostBytes ? await file.bytes() : null;
}

/** By what is in it, never by its name. */
function findCrestType(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 65_536)).toString("latin1");
  if (start.startsWith("\u0089PNG")) return "image/png";
  return /<svg\b/.test(start) ? "image/svg+xml" : null;
}
