/** The frame of every page: head, navigation, the banner where a person is needed, footer. */
/** @jsxImportSource ../markup */
import type { Child } from "hono/jsx";
import { buildAssetUrl } from "../routes/assets.ts";
import { AskBanner } from "./banner.tsx";
import type { PageFrame } from "./frame.ts";
import { Footer, Header } from "./header.tsx";

interface FrameProps {
  readonly frame: PageFrame;
  readonly children?: Child;
}

export function Layout({ frame, children }: FrameProps) {
  return (
    <html lang="it" data-theme={frame.theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={frame.theme ?? "light dark"} />
        <title>{`${frame.title} · Postino`}</title>
        <link rel="icon" type="image/svg+xml" href={buildAssetUrl("favicon.svg")} />
        <link
          rel="preload"
          as="font"
          type="font/woff2"
          crossorigin="anonymous"
          href={buildAssetUrl("TitilliumWeb-Regular.woff2")}
        />
        <link rel="stylesheet" href={buildAssetUrl("style.css")} />
        <script src={buildAssetUrl("live.js")} defer />
      </head>
      <body>
        <a class="skip" href="#contenuto">
          Vai al contenuto
        </a>
        <Header frame={frame} />
        <AskBanner asks={frame.asks} doubtful={frame.doubtful} now={frame.now} />
        <main id="contenuto" tabindex={-1}>
          {children}
        </main>
        <Footer frame={frame} />
      </body>
    </html>
  );
}

/** What of a page moves: all but the frame around it. */
export function Parts({ frame, children }: FrameProps) {
  return (
    <>
      <AskBanner asks={frame.asks} doubtful={frame.doubtful} now={frame.now} />
      {children}
    </>
  );
}
