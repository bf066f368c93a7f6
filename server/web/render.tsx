/** Puts a page into its frame and answers with it. */
/** @jsxImportSource hono/jsx */
import type { Context } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Run } from "../../engine/journal/runs.ts";
import type { AppDeps } from "./deps.ts";
import { Layout, Parts, type Section } from "./pages/layout.tsx";
import { MessagePage } from "./pages/message.tsx";

export interface Page {
  readonly title: string;
  readonly section: Section | null;
  readonly content: Child;
  /** Default 200. */
  readonly status?: ContentfulStatusCode;
}

export async function renderPage(c: Context, deps: AppDeps, page: Page): Promise<Response> {
  const frame = {
    title: page.title,
    section: page.section,
    asks: await deps.journal.listAsks(),
    doubtful: await listDoubtful(deps),
    version: deps.version,
    now: deps.clock.now(),
    canStart: deps.startRun !== undefined && deps.loadCatalog !== undefined,
  };
  if (c.req.header(PARTS_HEADER) !== undefined && (page.status ?? 200) === 200)
    return await answerParts(c, <Parts frame={frame}>{page.content}</Parts>);
  const document = <Layout frame={frame}>{page.content}</Layout>;
  return c.html(html`<!doctype html>${document}`, page.status ?? 200);
}

/** Asked for by a page that is open already: it has its frame. */
const PARTS_HEADER = "x-postino-parts";

/** The moving parts alone, and nothing where the page has them as they are. */
async function answerParts(c: Context, parts: Child): Promise<Response> {
  const text = String(await html`${parts}`);
  const etag = `W/"${Bun.hash(text).toString(36)}"`;
  if (c.req.header("if-none-match") === etag) return c.body(null, 304, { etag });
  return c.html(text, 200, { etag });
}

/** At most so many runs that wait for a person are looked through. */
const LOOKED_THROUGH = 100;

/** Runs that wait because of what is in doubt. */
async function listDoubtful({ journal }: AppDeps): Promise<readonly Run[]> {
  const waiting = await journal.listRuns({
    states: ["waiting-for-person"],
    limit: LOOKED_THROUGH,
  });
  return waiting.filter(({ counts }) => counts.inDoubt > 0);
}

/** A page that says that there is no such thing, and what to do. */
export function renderMissing(c: Context, deps: AppDeps, text: string): Promise<Response> {
  return renderPage(c, deps, {
    title: "Non trovato",
    section: null,
    content: <MessagePage title="Non trovato" text={text} />,
    status: 404,
  });
}

/** A page that says that a form was not accepted, and what to do; by default 403, and to try again from a fresh page. */
export function renderRefused(
  c: Context,
  deps: AppDeps,
  text: string,
  {
    status = 403,
    hint = "Tornare alla pagina del flusso, ricaricarla e riprovare.",
  }: { readonly status?: ContentfulStatusCode; readonly hint?: string } = {},
): Promise<Response> {
  return renderPage(c, deps, {
    title: "Richiesta rifiutata",
    section: null,
    content: <MessagePage title="Richiesta rifiutata" text={text} hint={hint} />,
    status,
  });
}
