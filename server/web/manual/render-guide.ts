/** A guide as a page: its text as HTML, its sections, and links that lead to the other guides. */
import { Markup } from "../markup/jsx-runtime.ts";
import { findGuide, type Guide } from "./guides.ts";

export interface GuideSection {
  /** Of its heading: what stands behind `#`. */
  readonly id: string;
  readonly title: string;
}

export interface GuidePage {
  readonly html: Markup;
  /** Of the second level, in order. */
  readonly sections: readonly GuideSection[];
}

const rendered = new Map<string, GuidePage>();

/** The text is ours, part of the program: nothing in it is escaped anew. */
export function renderGuide(guide: Guide): GuidePage {
  const known = rendered.get(guide.name);
  if (known !== undefined) return known;
  const ids = new Map<string, number>();
  const html = Bun.markdown
    .html(guide.text, { tables: true })
    .replaceAll(
      /<h([1-6])>(.*?)<\/h\1>/gs,
      (_, level: string, text: string) =>
        `<h${level} id="${nameHeading(stripTags(text), ids)}">${text}</h${level}>`,
    )
    .replaceAll(/src="immagini\//g, 'src="/manuale/immagini/')
    .replaceAll(/<a href="(?!#|https?:)([^"]*)">(.*?)<\/a>/gs, (_, to: string, text: string) =>
      renderLink(to, text),
    )
    // A wide table or example scrolls by itself, and by the keyboard too.
    .replaceAll("<table>", '<div class="wide" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0">');
  const sections = [...html.matchAll(/<h2 id="([^"]+)">(.*?)<\/h2>/gs)].map(
    ([, id = "", title = ""]) => ({ id, title: stripTags(title) }),
  );
  const page = { html: new Markup(html), sections };
  rendered.set(guide.name, page);
  return page;
}

/** As the links in the guides spell it: small letters, blanks as `-`, other marks gone; a second one alike has a number. */
function nameHeading(title: string, known: Map<string, number>): string {
  const name = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
  const times = known.get(name) ?? 0;
  known.set(name, times + 1);
  return times === 0 ? name : `${name}-${times}`;
}

/** Into another guide where it is one of the manual's; a file of the repository is only named. */
function renderLink(to: string, text: string): string {
  const [, name = "", hash = ""] = /^([\w-]+)\.md(#[^"]*)?$/.exec(to) ?? [];
  return findGuide(name) === null ? text : `<a href="/manuale/${name}${hash}">${text}</a>`;
}

/** The words of a piece of HTML. */
export function stripTags(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
