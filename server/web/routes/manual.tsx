/** `/manuale`: the operator's guide as it lies beside the program, with its pictures; needs no network. */
/** @jsxImportSource ../markup */
import { Hono } from "hono";
import guide from "../../../docs/it/guida-operatore.md" with { type: "text" };
import type { AppDeps } from "../deps.ts";
import { Markup } from "../markup/jsx-runtime.ts";
import { renderPage } from "../render.tsx";

const pictureFolder = new URL("../../../docs/it/immagini/", import.meta.url);

export function createManualRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const text = renderGuide(guide);
  app.get("/manuale", (c) =>
    renderPage(c, deps, {
      title: "Manuale",
      section: null,
      content: <article class="manual">{text}</article>,
    }),
  );
  app.get("/manuale/immagini/:name", async (c) => {
    const name = c.req.param("name");
    const file = Bun.file(new URL(name, pictureFolder));
    if (!/^[a-z0-9-]+\.png$/.test(name) || !(await file.exists())) return c.notFound();
    return c.body(await file.bytes(), 200, {
      "content-type": "image/png",
      "cache-control": "public, max-age=3600",
    });
  });
  return app;
}

/** The text is ours, part of the program; its pictures and its links into other guides are found from here. */
function renderGuide(markdown: string): Markup {
  const html = Bun.markdown.html(markdown, { tables: true, headings: { ids: true } });
  return new Markup(
    html
      .replaceAll(/src="immagini\//g, 'src="/manuale/immagini/')
      .replaceAll(/<a href="(?!#|https?:)[^"]*">(.*?)<\/a>/g, "$1"),
  );
}
