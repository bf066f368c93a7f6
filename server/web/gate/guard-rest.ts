/** What is taken out of a flusso, and the rest of a file that is sent, as whoever asks may do it. */
import type { People } from "../../people/people.ts";
import type { AuditAction } from "../../people/audit.ts";
import type { Permission } from "../../people/roles.ts";
import type { AppDeps, CommandResult } from "../deps.ts";
import { readSigner, requirePrincipal } from "./who.ts";

export function guardRest(rest: AppDeps["rest"], people: People): AppDeps["rest"] {
  if (rest === undefined) return undefined;
  return {
    count: async (run) => (requirePrincipal().can("start", run.ente) ? await rest.count(run) : 0),
    async send(run) {
      const { name, address, can } = requirePrincipal();
      if (!can("start", run.ente))
        return {
          status: "refused",
          reason: "Il ruolo di chi è entrato non consente di avviare flussi.",
        };
      const result = await rest.send(run);
      if (result.status === "accepted")
        people.audit.append({
          actor: name,
          action: "avvio",
          ente: run.ente,
          subject: result.runId,
          detail: { pipeline: run.pipeline, resto: run.id },
          address,
        });
      return result;
    },
  };
}

/** One command, allowed by a role and written down. */
type Command = (
  runId: string,
  act: {
    readonly needs: Permission;
    readonly act: AuditAction;
    readonly detail: Readonly<Record<string, unknown>>;
  },
  work: () => Promise<CommandResult>,
) => Promise<CommandResult>;

export function guardExclude(exclude: AppDeps["exclude"], command: Command): AppDeps["exclude"] {
  if (exclude === undefined) return undefined;
  return (runId, given) => {
    const by = readSigner() ?? given.by;
    const detail = {
      motivo: given.reason,
      verbali: given.items.slice(0, 20),
      quanti: given.items.length,
    };
    return command(runId, { needs: "cancel", act: "esclusione", detail }, () =>
      exclude(runId, { ...given, by }),
    );
  };
}
