/** The manual as files: every page, picture and font, read from a disk or any web server, with a search that asks nobody. */
/** @jsxImportSource ../markup */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Child } from "hono/jsx";
// The package keeps the form for browsers to itself: it has no name but its place.
import library from "../../../node_modules/minisearch/dist/umd/index.js" with { type: "text" };
import { locateProgramFolder } from "../../program.ts";
import mono from "../assets/fonts/RobotoMono-Regular.woff2" with { type: "file" };
import bold from "../assets/fonts/TitilliumWeb-Bold.woff2" with { type: "file" };
import regular from "../assets/fonts/TitilliumWeb-Regular.woff2" with { type: "file" };
import semiBold from "../assets/fonts/TitilliumWeb-SemiBold.woff2" with { type: "file" };
import { readStyle } from "../assets/style.ts";
import { Markup, renderChild } from "../markup/jsx-runtime.ts";
import { ManualGuide, ManualHome, ManualSearch } from "../pages/manual.tsx";
import { shelves } from "./guides.ts";
import offlineSearch from "./offline-search.js" with { type: "text" };
import { renderGuide } from "./render-guide.ts";
import { indexOptions, openIndex } from "./search-manual.ts";

/** The pictures of the guides, which lie beside the program. */
export function locatePictures(): string {
  return join(locateProgramFolder(), "docs", "it", "immagini");
}

const fonts = [regular, semiBold, bold, mono];

/** Each file by its name, with `/` where it lies in a folder of the site. */
export async function* buildManualSite(): AsyncIterable<
  readonly [name: string, content: Uint8Array]
> {
  yield writePage("index.html", "Manuale", <ManualHome hasApi={false} />);
  for (const guide of shelves.flatMap(({ guides }) => guides))
    yield writePage(
      `${guide.name}.html`,
      guide.title,
      <ManualGuide guide={guide} page={renderGuide(guide)} />,
    );
  yield writePage("cerca.html", "Ricerca nel manuale", <ManualSearch index={writeIndex()} />);
  yield ["risorse/minisearch.js", toBytes(library)];
  yield ["risorse/ricerca.js", toBytes(offlineSearch)];
  yield ["risorse/stile.css", toBytes(readStyle((font) => font))];
  for (const path of fonts) {
    const name = /([A-Za-z]+-[A-Za-z]+)[^/]*\.woff2$/.exec(path)?.[1] ?? path;
    yield [`risorse/${name}.woff2`, await Bun.file(path).bytes()];
  }
  const pictures = locatePictures();
  for (const name of (await readdir(pictures)).toSorted())
    if (name.endsWith(".png"))
      yield [`immagini/${name}`, await Bun.file(join(pictures, name)).bytes()];
}

/** As it stands in a page: nothing in it ends the element. */
function writeIndex(): Markup {
  const index = openIndex(linkFile);
  const text = JSON.stringify({ options: indexOptions, index });
  return new Markup(text.replaceAll("<", String.raw`\u003c`));
}

function writePage(name: string, title: string, content: Child): readonly [string, Uint8Array] {
  const page = (
    <html lang="it">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Postino`}</title>
        <link rel="stylesheet" href="risorse/stile.css" />
      </head>
      <body>
        <a class="skip" href="#contenuto">
          Vai al contenuto
        </a>
        <header class="top">
          <div class="inner centre">
            <a class="brand" href="index.html">
              <span>
                <strong>Postino</strong>
                <small>Manuale</small>
              </span>
            </a>
          </div>
        </header>
        <main id="contenuto" tabindex={-1}>
          {content}
        </main>
      </body>
    </html>
  );
  const html = renderChild(page).replaceAll(
    /(href|src|action)="(\/manuale[^"]*)"/g,
    (_, attribute: string, to: string) => `${attribute}="${linkFile(to)}"`,
  );
  return [name, toBytes(`<!doctype html>${html}`)];
}

/** From an address of the dashboard to the file that holds the same. */
function linkFile(to: string): string {
  const [, name = "", hash = ""] = /^\/manuale\/?([^#]*)(#.*)?$/.exec(to) ?? [];
  if (name.startsWith("immagini/")) return name;
  return `${name === "" ? "index" : name}.html${hash}`;
}

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
