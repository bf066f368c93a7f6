/** Drafts as whoever asks may use them: those of other enti are not there, and what is written for an ente is written down. */
import type { DraftMappings } from "../../drafts/draft-mapping.ts";
import type { FlussoDraft } from "../../drafts/draft-store.ts";
import type { FlussoDrafts } from "../../drafts/flusso-drafts.ts";
import type { People } from "../../people/people.ts";
import type { AppDeps } from "../deps.ts";
import { requirePrincipal } from "./who.ts";

export function guardDrafts(drafts: FlussoDrafts | undefined): FlussoDrafts | undefined {
  if (drafts === undefined) return undefined;
  const mayStart = ({ ente }: Pick<FlussoDraft, "ente">): boolean =>
    requirePrincipal().can("start", ente);
  const read = async (handle: string): Promise<FlussoDraft | null> => {
    const draft = await drafts.read(handle);
    return draft !== null && mayStart(draft) ? draft : null;
  };
  return {
    ...drafts,
    read,
    list: async () => (await drafts.list()).filter(mayStart),
    keep: async (request, file) => (mayStart(request) ? await drafts.keep(request, file) : null),
    async keepAgain(request, handle) {
      if (!mayStart(request) || (await read(handle)) === null) return null;
      return await drafts.keepAgain(request, handle);
    },
    async drop(handle) {
      if ((await read(handle)) !== null) await drafts.drop(handle);
    },
  };
}

export function guardMappings(
  { mappings }: Pick<AppDeps, "mappings">,
  people: People,
): DraftMappings | undefined {
  if (mappings === undefined) return undefined;
  return {
    ...mappings,
    async save(draft, mapping) {
      const principal = requirePrincipal();
      const { ente, file } = draft;
      if (!principal.can("mapping", ente))
        return "Il ruolo di chi è entrato non consente di scrivere le colonne di questo ente.";
      const reason = await mappings.save(draft, mapping);
      if (reason === null)
        people.audit.append({
          actor: principal.name,
          action: "colonne",
          ente,
          detail: { file: file.name },
          address: principal.address,
        });
      return reason;
    },
  };
}
