/** Checks of a verbale against the others: those of its flusso, and the notifications of the ente that live. */
import type { StepContext } from "../../engine/step/context.ts";
import type { Services } from "../../integrations/services.ts";
import type { Neighbours } from "../schemas/fields.ts";
import type { Verbale } from "../schemas/verbale.ts";
import {
  describeHolder,
  describeTwin,
  findLiveHolder,
  listOldPositionNames,
  listProtocolNames,
  listViolationNames,
  pickProtocol,
} from "../sending/held-names.ts";
import { listOrigins } from "../sending/origins.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

/** What other rows of the flusso say of this one. `mostRepeated`: the same reason in more of them is a stock phrase. */
export function checkFlusso(neighbours: Neighbours, mostRepeated: number): Finding[] {
  const { similar = [], sameViolation = [], sameProtocol = [], samePosition = [] } = neighbours;
  const { sameHour = [], sameReason = 0 } = neighbours;
  const found: Finding[] = [];
  const otherArticle = similar.filter((number) => !sameViolation.includes(number));
  if (otherArticle.length > 0)
    found.push(
      buildFinding(
        "SIMILAR",
        "Verbale",
        `stesso destinatario, targa, giorno e ora del verbale ${otherArticle.join(", ")} dello stesso flusso.`,
        "controllare che la violazione non sia stata inserita due volte.",
      ),
    );
  if (sameHour.length > 0)
    found.push(
      buildFinding(
        "SPEED_SERIES",
        "Velocità",
        `lo stesso veicolo, a non più di un'ora, anche nel verbale ${sameHour.join(", ")} dello stesso flusso.`,
        "verificare se vale l'art. 142, comma 6-ter, CdS: una sola sanzione, la più grave aumentata di un terzo, se conviene.",
      ),
    );
  if (sameReason > mostRepeated)
    found.push(
      buildFinding(
        "CONTESTATION_REPEATED",
        "Motivo della mancata contestazione",
        `è uguale in altri ${sameReason} verbali dello stesso flusso.`,
        "scrivere per ciascuno il proprio impedimento concreto.",
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

/** The same violation under another number, of the flusso or notified; one that is notified itself stays what it is, whatever stands beside it. */
export async function checkViolation(
  key: string,
  verbale: Verbale,
  ctx: Pick<StepContext<unknown, Pick<Services, "register">>, "holders" | "services">,
  { sameViolation = [] }: Neighbours,
): Promise<Finding[]> {
  const origins = await listOrigins(verbale, ctx.services.register);
  const holder = await findLiveHolder(ctx, listViolationNames(verbale), null, origins);
  if (holder?.itemKey === key) return [];
  const told = [
    ...(sameViolation.length === 0
      ? []
      : [
          `stesso destinatario, targa, giorno, ora e articolo del verbale ${sameViolation.join(", ")} dello stesso flusso.`,
        ]),
    ...(holder === null ? [] : [`${describeTwin(verbale, holder)}.`]),
  ];
  return told.map((what) => buildFinding("SAME_VIOLATION", "Verbale", what, violationRemedy));
}

const violationRemedy =
  "decide una persona. Se è la stessa violazione, non notificarla di nuovo; se sono due, correggere il dato sbagliato, oppure chiedere al tecnico di spegnere questo controllo, e mandare di nuovo il verbale.";
const protocolRemedy =
  "se è la stessa violazione, non notificarla di nuovo; altrimenti dare al verbale un protocollo suo.";
