/** Checks of a verbale against the others: those of its flusso, and the notifications of the ente that live. */
import type { StepContext } from "../../engine/step/context.ts";
import type { Neighbours } from "../schemas/fields.ts";
import type { Verbale } from "../schemas/verbale.ts";
import {
  describeHolder,
  findLiveHolder,
  listOldPositionNames,
  listProtocolNames,
  pickProtocol,
} from "../sending/held-names.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

/** What other rows of the flusso say of this one. */
export function checkFlusso(neighbours: Neighbours): Finding[] {
  const { similar = [], sameProtocol = [], samePosition = [] } = neighbours;
  const found: Finding[] = [];
  if (similar.length > 0)
    found.push(
      buildFinding(
        "SIMILAR",
        "Verbale",
        `stesso destinatario, targa, giorno e ora del verbale ${similar.join(", ")} dello stesso flusso.`,
        "controllare che la violazione non sia stata inserita due volte.",
      ),
    );
  if (sameProtocol.length > 0)
    found.push(
      buildFinding(
        "PROTOCOL_IN_USE",
        "Protocollo",
        `è anche quello del verbale ${sameProtocol.join(", ")} dello stesso flusso.`,
        protocolRemedy,
      ),
    );
  if (samePosition.length > 0)
    found.push(
      buildFinding(
        "POSITION_SHARED",
        "Posizione da annullare",
        `è anche del verbale ${samePosition.join(", ")} dello stesso flusso.`,
        "controllare di quale dei verbali sia la posizione.",
      ),
    );
  return found;
}

/** What live notifications hold already; a verbale of the same number is the same verbale, and what became of its rounds is the ledger's to say. */
export async function checkHistory(
  key: string,
  verbale: Verbale,
  ctx: Pick<StepContext<unknown, unknown>, "holders">,
  isProtocolAsked: boolean,
): Promise<Finding[]> {
  const found: Finding[] = [];
  const protocols = isProtocolAsked ? listProtocolNames(pickProtocol(verbale)) : [];
  const protocol = await findLiveHolder(ctx, protocols, key);
  if (protocol !== null)
    found.push(
      buildFinding(
        "PROTOCOL_IN_USE",
        "Protocollo",
        `è già quello della notifica ${describeHolder(protocol)}.`,
        protocolRemedy,
      ),
    );
  const position = await findLiveHolder(
    ctx,
    (verbale.posizioni ?? []).flatMap(listOldPositionNames),
    key,
  );
  if (position !== null)
    found.push(
      buildFinding(
        "POSITION_NOTIFIED",
        "Posizione da annullare",
        `è nella notifica ${describeHolder(position)}, che senza di essa non si potrebbe più pagare.`,
        "toglierla dal verbale, oppure annullare prima la notifica su SEND.",
      ),
    );
  return found;
}

const protocolRemedy =
  "se è la stessa violazione, non notificarla di nuovo; altrimenti dare al verbale un protocollo suo.";
