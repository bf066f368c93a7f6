/** Reports and alerts as whoever asks may see them. */
import { everyEnte } from "../../people/roles.ts";
import type { AppDeps } from "../deps.ts";
import { seesEnte } from "./guard-journal.ts";
import { covered } from "./masking.ts";
import { requirePrincipal } from "./who.ts";

/** Numbers name nobody: whoever sees the ente reads them. */
export function guardReport(read: AppDeps["readReport"]): AppDeps["readReport"] {
  if (read === undefined) return undefined;
  return async (ente, month) =>
    seesEnte(requirePrincipal(), ente) ? await read(ente, month) : null;
}

/** Messages of other enti are not there; whoever does no upkeep reads no addresses. */
export function guardAlerts(alerts: AppDeps["alerts"]): AppDeps["alerts"] {
  if (alerts === undefined) return undefined;
  return {
    async list() {
      const principal = requirePrincipal();
      const all = await alerts.list();
      const hasAddresses = principal.can("upkeep", null);
      return all.flatMap((message) => {
        const lines = message.lines.filter(({ ente }) =>
          ente === null ? principal.enti === null : seesEnte(principal, ente),
        );
        if (lines.length === 0) return [];
        return [{ ...message, lines, ...(!hasAddresses && { to: covered }) }];
      });
    },
    test: async () => (requirePrincipal().can("upkeep", everyEnte) ? await alerts.test() : 0),
  };
}
