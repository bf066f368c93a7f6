/** Some verbali into the register: what is new is added, what comes again is looked at anew, what a flusso has stays as it went. */
import { isDeepStrictEqual } from "node:util";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { ItemRejected } from "../../engine/host/errors.ts";
import type { Item } from "../../engine/step/item.ts";
import type { Outcome } from "../../engine/step/outcome.ts";
import type { AnyDraft, Entry, Register } from "../../integrations/register/port.ts";
import {
  type ArrivedVerbale,
  buildStanding,
  type WaitingStanding,
  type WaitingState,
} from "../../integrations/register/waiting.ts";
import type { Doubts, Neighbours, Registration, Validation } from "../schemas/fields.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { buildWaitingRow } from "./build-row.ts";

export interface RegisterData {
  readonly verbale: Verbale;
  readonly neighbours?: Neighbours;
  readonly doubts?: Doubts;
  readonly validation: Validation;
}

export interface RegisterPlace {
  readonly register: Register;
  readonly clock: Clock;
  readonly runId: string;
}

type Added = { registered: Registration };
type RegisterItem = Item<RegisterData>;

/** Each is durable when its end is yielded. Somebody who chooses one meanwhile is not overwritten: it is looked at again. */
export async function* registerSome(
  items: readonly RegisterItem[],
  place: RegisterPlace,
): AsyncGenerator<Outcome<Added>> {
  let left = items;
  while (left.length > 0) {
    const plans = await planAll(left, place);
    const drafts = plans.flatMap(({ drafts: own }) => own);
    const written = new Set(
      (drafts.length === 0 ? [] : await place.register.write(drafts)).flatMap(({ kind, key }) =>
        kind === "standing" ? [key] : [],
      ),
    );
    const again: RegisterItem[] = [];
    for (const { item, drafts: own, end } of plans) {
      if (own.length > 0 && !written.has(item.data.verbale.numero)) again.push(item);
      else if (end instanceof ItemRejected) yield { item, status: "failed", error: end };
      else yield { item, status: "done", fields: { registered: end } };
    }
    left = again;
  }
}

interface ArrivalPlan {
  readonly item: RegisterItem;
  /** Empty: nothing is to be written. */
  readonly drafts: readonly AnyDraft[];
  readonly end: Registration | ItemRejected;
}

async function planAll(
  items: readonly RegisterItem[],
  { register, clock, runId }: RegisterPlace,
): Promise<readonly ArrivalPlan[]> {
  const numbers = items.map(({ data }) => data.verbale.numero);
  const standings = await register.readMany("standing", numbers);
  const arrivals = await register.readMany("arrival", numbers);
  const now = toInstant(clock.now());
  const plans: ArrivalPlan[] = [];
  for (const item of items) {
    const { numero } = item.data.verbale;
    const arrival = arrivals.get(numero);
    const isSame = arrival !== undefined && (await isKnown(register, arrival, item.data.verbale));
    plans.push(planOne(item, { standing: standings.get(numero), arrival, isSame, now, runId }));
  }
  return plans;
}

/** These data have come before; of one that was corrected, what was corrected comes again with every export. */
async function isKnown(
  register: Register,
  arrival: Entry<"arrival">,
  verbale: Verbale,
): Promise<boolean> {
  if (isDeepStrictEqual(arrival.data.verbale, verbale)) return true;
  if (arrival.data.correction === undefined) return false;
  const versions = await register.listVersions("arrival", arrival.key);
  return versions.some(({ data }) => isDeepStrictEqual(data.verbale, verbale));
}

interface Known {
  readonly standing: Entry<"standing"> | undefined;
  readonly arrival: Entry<"arrival"> | undefined;
  readonly isSame: boolean;
  readonly now: string;
  readonly runId: string;
}

function planOne(item: RegisterItem, known: Known): ArrivalPlan {
  const { standing, arrival, isSame, now, runId } = known;
  const { verbale, validation } = item.data;
  const before = standing?.data;
  if (before?.state === "taken" || before?.state === "sent")
    return { item, drafts: [], end: isSame ? tellSame(before) : takenError(before) };
  // A person has put another one in the place of what came: what it says of it stands.
  if (isSame && before !== undefined && arrival?.data.correction !== undefined)
    return { item, drafts: [], end: tellSame(before) };
  const faults = (validation.faults ?? []).map(({ code, text }) => ({ code, text }));
  const next: WaitingStanding = {
    state: decideState(before?.state, { isSame, hasFaults: faults.length > 0 }),
    row: buildWaitingRow(verbale),
    arrival: isSame && arrival !== undefined ? arrival.version : (arrival?.version ?? 0) + 1,
    origin: isSame && before !== undefined ? before.origin : runId,
    arrivedAt: isSame && before !== undefined ? before.arrivedAt : now,
    notifyBy: validation.notifyBy ?? null,
    faults,
    warnings: validation.warnings,
    flusso: before?.flusso ?? null,
    why: before?.why ?? null,
    word: before?.word ?? null,
  };
  const drafts: AnyDraft[] = isSame
    ? []
    : [{ kind: "arrival", key: verbale.numero, subject: runId, data: buildArrival(item, runId) }];
  drafts.push(buildStanding(next, standing?.number ?? null));
  const again = isSame ? "same" : "changed";
  const outcome = before === undefined ? "new" : again;
  return { item, drafts, end: { outcome, standing: describeStanding(next) } };
}

function buildArrival({ data }: RegisterItem, run: string): ArrivedVerbale {
  const { verbale, neighbours, doubts } = data;
  return {
    verbale,
    ...(neighbours !== undefined && { neighbours }),
    ...(doubts !== undefined && { doubts }),
    run,
  };
}

/** Whoever chose one chose those data; what came back or was put aside stays with whom it waits for. */
function decideState(
  before: WaitingState | undefined,
  { isSame, hasFaults }: { readonly isSame: boolean; readonly hasFaults: boolean },
): WaitingState {
  if (before === "back" || before === "excluded") return before;
  if (hasFaults) return "wrong";
  return before === "chosen" && isSame ? "chosen" : "ready";
}

function tellSame(standing: WaitingStanding): Registration {
  return { outcome: "same", standing: describeStanding(standing) };
}

function describeStanding({ state, faults, flusso }: WaitingStanding): string {
  switch (state) {
    case "ready":
      return "Nel registro: pronto.";
    case "chosen":
      return "Nel registro: scelto per il prossimo flusso.";
    case "wrong":
      return `Nel registro: da correggere. ${faults.map(({ text }) => text).join(" ")}`;
    case "back":
      return "Nel registro: tornato da un flusso, aspetta una persona.";
    case "excluded":
      return "Nel registro: messo da parte.";
    case "taken":
      return `Già nel flusso ${flusso ?? ""}: resta com'è.`;
    case "sent":
      return `Già inviato con il flusso ${flusso ?? ""}: resta com'è.`;
    default:
      return state satisfies never;
  }
}

function takenError({ state, flusso }: WaitingStanding): ItemRejected {
  const what = state === "sent" ? "è già stato inviato con" : "è già nel";
  return new ItemRejected(
    "REGISTER_TAKEN",
    `Il verbale ${what} ${state === "sent" ? "il flusso" : "flusso"} ${flusso ?? ""}, con altri dati: questi non sono stati registrati.`,
    {
      hint: "Controllare quali dati sono giusti. Un verbale rifiutato si corregge dalla sua pagina; una notifica accettata non si ripete.",
    },
  );
}
