/** Corrections as whoever asks may make them: of their own enti, signed with the name of who is signed in, written down. */
import type { Corrections } from "../../correct/corrections.ts";
import type { People } from "../../people/people.ts";
import { readSigner, requirePrincipal } from "./who.ts";

export function guardCorrections(
  corrections: Corrections | undefined,
  people: People,
): Corrections | undefined {
  if (corrections === undefined) return undefined;
  return {
    ...corrections,
    async read(runId, key) {
      const scheda = await corrections.read(runId, key);
      return scheda !== null && requirePrincipal().can("correct", scheda.run.ente) ? scheda : null;
    },
    async send(scheda, request) {
      const principal = requirePrincipal();
      const { run, item } = scheda;
      if (!principal.can("correct", run.ente))
        return {
          status: "refused",
          reason: "Il ruolo di chi è entrato non consente di correggere i verbali di questo ente.",
        };
      const by = readSigner() ?? request.by;
      const result = await corrections.send(scheda, { ...request, by });
      if (result.status === "accepted")
        people.audit.append({
          actor: principal.name,
          action: "correzione",
          ente: run.ente,
          subject: `${run.id}/${item.key}`,
          detail: { nome: by },
          address: principal.address,
        });
      return result;
    },
  };
}
