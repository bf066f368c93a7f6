/** Puts a page into its frame and answers with it. */
/** @jsxImportSource ./markup */
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Run } from "../../engine/journal/runs.ts";
import type { AppDeps } from "./deps.ts";
import { mayDo } from "./gate/who.ts";
import { renderChild } from "./markup/jsx-runtime.ts";
import type { PageFrame, Section } from "./pages/frame.ts";
import { PersonMenu } from "./pages/people/menu.tsx";
import { Layout, Parts } from "./pages/layout.tsx";
import { MessagePage } from "./pages/message.tsx";
import { readTheme } from "./routes/theme.ts";
import { buildCrestUrl } from "./urls.ts";

export interface Page {
  readonly title: string;
  readonly section: Section | null;
  readonly content: Child;
  /** The page itself tells who is waited for; default false. */
  readonly isWithoutBanner?: boolean;
  /** Default 200. */
  readonly status?: ContentfulStatusCode;
}

export async function renderPage(c: Context, deps: AppDeps, page: Page): Promise<Response> {
  const { asks, doubtful } =
    page.isWithoutBanner === true ? { asks: [], doubtful: [] } : await listCalls(deps);
  const frame: PageFrame = {
    title: page.title,
    section: page.section,
    site: deps.site ?? { owner: null, accessibilityUrl: null, privacyUrl: null },
    ente: await findOnlyEnte(deps),
    theme: readTheme(c),
    who: <PersonMenu />,
    asks,
    doubtful,
    version: deps.version,
    now: deps.clock.now(),
    hasRegister: ((await deps.waiting?.listEnti()) ?? []).length > 0,
    canEdit: deps.files !== undefined && mayDo("files", null),
    canStart: deps.startRun !== undefined && deps.loadCatalog !== undefined && mayDo("start", null),
  };
  if (c.req.header(PARTS_HEADER) !== undefined && (page.status ?? 200) === 200)
    return answerParts(c, renderChild(<Parts frame={frame}>{page.content}</Parts>));
  const document = <Layout frame={frame}>{page.content}</Layout>;
  return answerHtml(c, `<!doctype html>${renderChild(document)}`, page.status ?? 200);
}

/** The ente of an installation that serves one. */
async function findOnlyEnte({ loadCatalog }: AppDeps): Promise<PageFrame["ente"]> {
  const { enti } = (await loadCatalog?.()) ?? { enti: [] };
  const [one, other] = enti;
  if (one === undefined || other !== undefined) return null;
  return { nome: one.nome, crestUrl: one.crest === undefined ? null : buildCrestUrl(one.codice) };
}

/** Asked for by a page that is open already: it has its frame. */
const PARTS_HEADER = "x-postino-parts";

/** The moving parts alone, and nothing where the page has them as they are. */
function answerParts(c: Context, text: string): Response {
  const etag = `W/"${Bun.hash(text).toString(36)}"`;
  if (c.req.header("if-none-match") === etag) return c.body(null, 304, { etag });
  c.header("etag", etag);
  return answerHtml(c, text, 200);
}

/**
 * Compressed in one piece: through the stream that compresses every other answer a page takes longer than to draw it.
 * The token of forms may stand in a compressed page: its cookie comes with requests of our own pages only (SameSite).
 */
function answerHtml(c: Context, text: string, status: ContentfulStatusCode): Response {
  const encoding = pickEncoding(c);
  if (encoding === null) return c.html(text, status);
  c.header("content-type", "text/html; charset=UTF-8");
  c.header("content-encoding", encoding);
  c.header("vary", "Accept-Encoding");
  return c.body(compressors[encoding](text), status);
}

/** The cheapest first: each takes half as long as the next. */
const compressors = {
  zstd: (text: string) => new Uint8Array(Bun.zstdCompressSync(text, { level: 1 })),
  gzip: (text: string) => Bun.gzipSync(text, { library: "libdeflate", level: 1 }),
} as const;

/** The cheaper of what the browser takes; `null`: it takes none. */
function pickEncoding(c: Context): keyof typeof compressors | null {
  const found = accepts(c, {
    header: "Accept-Encoding",
    supports: ["zstd", "gzip"],
    default: "",
    match: (accepted, { supports }) =>
      supports.find((one) => accepted.some(({ type, q }) => type === one && q > 0)) ?? "",
  });
  return found === "zstd" || found === "gzip" ? found : null;
}

/** At most so many runs that wait for a person are looked through. */
const LOOKED_THROUGH = 100;

/** Runs that wait because of what is in doubt. */
export async function listDoubtful(deps: AppDeps): Promise<readonly Run[]> {
  return (await listWaiting(deps)).filter(({ counts }) => counts.inDoubt > 0);
}

async function listWaiting({ journal }: AppDeps): Promise<readonly Run[]> {
  return await journal.listRuns({ states: ["waiting-for-person"], limit: LOOKED_THROUGH });
}

/** Where a person is needed: nothing is asked of anybody where no run waits for one. */
async function listCalls(deps: AppDeps): Promise<Pick<PageFrame, "asks" | "doubtful">> {
  const waiting = await listWaiting(deps);
  return {
    asks: waiting.length === 0 ? [] : await deps.journal.listAsks(),
    doubtful: waiting.filter(({ counts }) => counts.inDoubt > 0),
  };
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
