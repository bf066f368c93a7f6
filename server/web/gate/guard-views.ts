/** Saved views as whoever asks may keep and see them: their own, and those of an office that they belong to. */
import type { People } from "../../people/people.ts";
import type { Principal } from "../../people/roles.ts";
import type { SavedView, SavedViews } from "../../views/saved-views.ts";
import type { AppDeps } from "../deps.ts";
import { seesEnte } from "./guard-journal.ts";
import { requirePrincipal } from "./who.ts";

const notForOffice =
  "Una vista per tutto l'ufficio la tiene chi avvia flussi; per sé la può tenere chiunque.";

export function guardViews(views: SavedViews | undefined, people: People): AppDeps["views"] {
  if (views === undefined) return undefined;
  const note = (word: string, { name, page, isShared }: SavedView): void => {
    const { name: actor, address } = requirePrincipal();
    const detail = { parola: word, pagina: page, ufficio: isShared ? "sì" : "no" };
    people.audit.append({ actor, action: "vista", subject: name, detail, address });
  };
  const findOwn = async (id: string): Promise<SavedView | null> => {
    const view = (await views.list()).find((one) => one.id === id);
    return view !== undefined && mayChangeView(requirePrincipal(), view) ? view : null;
  };
  return {
    async list() {
      const principal = requirePrincipal();
      return (await views.list()).filter((view) => isVisible(principal, view));
    },
    async save(draft) {
      const { name, enti, can } = requirePrincipal();
      if (draft.isShared && !can("start", null)) return { status: "refused", reason: notForOffice };
      const result = await views.save(draft, { owner: name, enti });
      if (result.status === "saved") note("tenuta", result.view);
      return result;
    },
    async change(id, change) {
      if ((await findOwn(id)) === null) return { status: "missing" };
      if (change.isShared && !requirePrincipal().can("start", null))
        return { status: "refused", reason: notForOffice };
      const result = await views.change(id, change);
      if (result.status === "saved") note("cambiata", result.view);
      return result;
    },
    async remove(id) {
      const view = await findOwn(id);
      if (view === null || !(await views.remove(id))) return false;
      note("tolta", view);
      return true;
    },
  };
}

/** Their own; of the office also those who manage its people. While there are no users all belong to the installation. */
export function mayChangeView(principal: Principal, view: SavedView): boolean {
  if (principal.kind === "local" || principal.name === view.owner) return true;
  return isVisible(principal, view) && view.isShared && principal.can("people", null);
}

/** A view whose filters name an ente is for those who see that ente. */
function isVisible(principal: Principal, view: SavedView): boolean {
  if (principal.kind === "local") return true;
  const named = new URLSearchParams(view.query).get("ente");
  if (named !== null && !seesEnte(principal, named)) return false;
  if (!view.isShared) return view.owner === principal.name;
  return view.enti === null || view.enti.some((ente) => seesEnte(principal, ente));
}
