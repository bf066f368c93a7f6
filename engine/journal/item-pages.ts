/** Items of a run page by page, so that no more than one page is held. */
import type { ItemFilter, ItemReader, ItemRow } from "./items.ts";

const pageSize = 500;

/** The items that fit, in file order; those that move meanwhile are met as they are when their page is read. */
export async function* readItemPages(
  journal: ItemReader,
  runId: string,
  filter: Omit<ItemFilter, "afterId" | "limit"> = {},
): AsyncGenerator<readonly ItemRow[]> {
  let afterId = 0;
  for (;;) {
    const rows = await journal.listItems(runId, { ...filter, afterId, limit: pageSize });
    const last = rows.at(-1);
    if (last === undefined) return;
    afterId = last.id;
    yield rows;
    if (rows.length < pageSize) return;
  }
}
