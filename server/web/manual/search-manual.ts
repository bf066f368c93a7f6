/** Finds sections of the manual by words, their beginnings and small slips of the keyboard; needs no network. */
import MiniSearch from "minisearch";
import { shelves } from "./guides.ts";
import { renderGuide, stripTags } from "./render-guide.ts";

export interface ManualHit {
  /** Address of the section. */
  readonly href: string;
  readonly guide: string;
  readonly title: string;
  /** The beginning of its text. */
  readonly excerpt: string;
}

interface Section extends ManualHit {
  readonly id: number;
  readonly text: string;
}

/** Hits that a page shows. */
const mostHits = 30;
const excerptLength = 180;

let opened: MiniSearch<Section> | null = null;

/** The best sections first; `[]` where no word is known. */
export function searchManual(words: string): readonly ManualHit[] {
  opened ??= openIndex();
  return opened
    .search(words, {
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 5 ? 1 : 0),
      combineWith: "AND",
      boost: { title: 4 },
    })
    .slice(0, mostHits)
    .map(({ href, guide, title, excerpt }) => ({
      href: String(href),
      guide: String(guide),
      title: String(title),
      excerpt: String(excerpt),
    }));
}

/** What the index is made with, and read with where the manual is files. */
export const indexOptions = {
  fields: ["title", "text"],
  storeFields: ["href", "guide", "title", "excerpt"],
};

/** The index of all sections; `link` turns an address of the dashboard into another. */
export function openIndex(link: (href: string) => string = (href) => href): MiniSearch<Section> {
  const index = new MiniSearch<Section>({
    ...indexOptions,
    // «perche» finds «perché».
    processTerm: (term) => term.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase(),
  });
  index.addAll(listSections().map((section) => ({ ...section, href: link(section.href) })));
  return index;
}

/** A section goes from its heading to the next one of any level. */
function listSections(): readonly Section[] {
  const sections: Section[] = [];
  for (const guide of shelves.flatMap(({ guides }) => guides)) {
    const html = renderGuide(guide).html.toString();
    const heads = [...html.matchAll(/<h[1-4] id="([^"]+)">(.*?)<\/h[1-4]>/gs)];
    for (const [index, head] of heads.entries()) {
      const [whole, id = "", title = ""] = head;
      const end = heads[index + 1]?.index ?? html.length;
      const text = stripTags(
        // Cells and paragraphs stand apart.
        html.slice(head.index + whole.length, end).replaceAll(/<\/(?:td|th|p|li|pre|h\d)>/g, " $&"),
      )
        .replaceAll(/\s+/g, " ")
        .trim();
      const excerpt =
        text.length > excerptLength ? `${text.slice(0, excerptLength).trimEnd()}…` : text;
      const href = `/manuale/${guide.name}#${id}`;
      sections.push({
        id: sections.length,
        href,
        guide: guide.title,
        title: stripTags(title),
        text,
        excerpt,
      });
    }
  }
  return sections;
}
