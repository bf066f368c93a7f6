/** Both documents of a verbale by one plan. */
import type { EnteContent, VerbaleContent } from "../model/content.ts";
import type { NoticeModel, VerbaleModel } from "../model/model.ts";
import { createNoticeRenderer } from "./notice.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import type { PdfFile } from "../pdf/pdf-writer.ts";
import { createVerbaleRenderer } from "./verbale.ts";

/** All that drawing depends on besides the verbale; plain data, so that it may be sent to a thread. */
export interface DrawingPlan {
  /** `null` where the act is made elsewhere. */
  readonly verbale: VerbaleModel | null;
  /** `null` where no notice is wanted. */
  readonly notice: NoticeModel | null;
  readonly ente: EnteContent;
  readonly crest: Drawing;
  /** Of pagoPA, for the notice; without it the name is set in type. */
  readonly logo?: Drawing;
}

/** The documents of one verbale. */
export interface Drawn {
  /** `null` where it is made elsewhere. */
  readonly verbale: PdfFile | null;
  /** `null` where no notice is wanted, or there is nothing to pay with one. */
  readonly notice: PdfFile | null;
  /** Those of the other recipients, in their order; empty where there are none. */
  readonly otherNotices: readonly PdfFile[];
}

export interface Drawer {
  /** The same plan and content give the same bytes; throws MissingGlyph, SubjectTooLong or BoxTooTall. */
  draw(content: VerbaleContent): Promise<Drawn>;
}

/** Prepares fonts, crest and fixed texts once; the drawer may be used for any number of verbali. */
export function createDrawer({ verbale, notice, ente, crest, logo }: DrawingPlan): Drawer {
  const options = { ente, crest, ...(logo !== undefined && { logo }) };
  const act = verbale === null ? null : createVerbaleRenderer(verbale, options);
  const slip = notice === null ? null : createNoticeRenderer(notice, options);
  return {
    async draw(content) {
      const verbale = act === null ? null : await act.render(content);
      if (slip === null || content.payments.length === 0)
        return { verbale, notice: null, otherNotices: [] };
      const notice = await slip.render(content);
      const otherNotices: PdfFile[] = [];
      for (const { recipient, payments } of content.others ?? [])
        otherNotices.push(await slip.render({ ...content, recipient, payments }));
      return { verbale, notice, otherNotices };
    },
  };
}
