/** What an operator reads when a verbale cannot get its fresh codes. */
import type { ErrorCode } from "../../engine/host/error-codes.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { askTechnician, type Hint } from "../../engine/host/hint.ts";
import type { Debtor, PositionState } from "./port.ts";

/** How the old positions stood when the verbale was stopped. */
export interface StopFacts {
  readonly state: PositionState;
  /** How many of the verbale's old positions cannot be paid any more. */
  readonly cancelled: number;
}

const stops: Partial<Record<PositionState, { code: ErrorCode; why: string; hint: string }>> = {
  paid: {
    code: "ALREADY_PAID",
    why: "La posizione debitoria del verbale risulta già pagata: il verbale non va notificato.",
    hint: "Verificare l'incasso e togliere il verbale dal flusso.",
  },
  "partially-paid": {
    code: "PARTIALLY_PAID",
    why: "La posizione debitoria del verbale risulta pagata in parte: gli importi vanno rivisti da una persona.",
    hint: "Verificare quanto è stato incassato e decidere l'importo residuo.",
  },
  notified: {
    code: "ALREADY_NOTIFIED",
    why: "Sulla posizione debitoria del verbale SEND ha già messo le spese di notifica: il suo codice avviso è su una notifica in corso o consegnata, e annullarlo la renderebbe non pagabile.",
    hint: "Verificare se il verbale è già stato notificato.",
  },
  unclear: {
    code: "POSITION_UNCLEAR",
    why: "La posizione debitoria del verbale è in uno stato anomalo sul sistema dei pagamenti.",
    hint: "Far verificare la posizione dal gestore dei pagamenti, poi ritentare il verbale.",
  },
};

/** The refusal for an old position that must not be replaced; `null` when the state allows it. */
export function stopError({ state, cancelled }: StopFacts): ItemRejected | null {
  const stop = stops[state];
  if (stop === undefined) return null;
  const done =
    cancelled === 0
      ? "Nessuna posizione è stata annullata e nessuna nuova è rimasta aperta."
      : `Posizioni già annullate o scadute del verbale: ${cancelled}; nessuna nuova è rimasta aperta.`;
  return new ItemRejected(stop.code, `${stop.why} ${done}`, { hint: stop.hint });
}

/** An old position is known only by a name that this payment system cannot look up. */
export function notAddressableError(service: string, needed: string): ItemRejected {
  return new ItemRejected(
    "POSITION_NOT_ADDRESSABLE",
    `Una posizione da annullare è indicata senza ${needed}: ${service} non permette di cercarla in altro modo. Nessuna posizione è stata annullata e nessuna nuova è stata creata.`,
    {
      hint: `Aggiungere ${needed} alla posizione nel flusso, oppure annullarla a mano e toglierla dal flusso.`,
    },
  );
}

/** How a position stands; `unclear` where this payment system cannot look it up by the name that is known. */
export async function lookIfAddressable(
  look: () => Promise<PositionState>,
): Promise<PositionState> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ItemRejected && error.code === "POSITION_NOT_ADDRESSABLE")
      return "unclear";
    throw error;
  }
}

/** An old position that the flusso names is another creditor's. */
export function foreignPositionError(): ItemRejected {
  return new ItemRejected(
    "POSITION_NOT_OURS",
    "Una posizione da annullare è di un altro ente. Nessuna posizione è stata annullata e nessuna nuova è stata creata.",
    { hint: "Correggere nel flusso il nome della posizione, poi ritentare il verbale." },
  );
}

/** Where the new position comes first as a draft: its refusal leaves the old ones as they were. Other errors stay as they are. */
export function oldUntouchedError(error: unknown): unknown {
  if (!(error instanceof ItemRejected) || error.code !== "PAYMENT_DATA_REFUSED") return error;
  return addSentence(error, "Le posizioni esistenti non sono state annullate.");
}

function addSentence(refusal: ItemRejected, what: string): ItemRejected {
  const message = `${refusal.message} ${what}`;
  return new ItemRejected(refusal.code, message, { cause: refusal, ...pickHint(refusal) });
}

/** The ente file lacks what its payment system needs. */
export function paymentsNotConfiguredError(what: string): RunBlocked {
  return new RunBlocked(
    "PAYMENTS_NOT_CONFIGURED",
    `Nel file dell'ente manca ${what}: le posizioni debitorie non si possono gestire.`,
    { hint: `Completare la parte «payments» del file dell'ente: ${what}.` },
  );
}

/** The payment system refuses the data of the new position. */
export function dataRefusedError(service: string, status: number, detail: string): ItemRejected {
  const why = detail === "" ? "" : `: ${detail}`;
  return new ItemRejected(
    "PAYMENT_DATA_REFUSED",
    `${service} ha rifiutato i dati della nuova posizione (HTTP ${status}${why}).`,
    {
      hint: "Correggere i dati del verbale o le impostazioni dei pagamenti dell'ente, poi ritentare.",
    },
  );
}

/** The payment system does not take the dates until which a code may be paid; what it had stands. */
export function scheduleRefusedError(service: string, status: number, detail: string): RetryLater {
  const why = detail === "" ? "" : `: ${detail}`;
  return new RetryLater(
    `${service} non ha preso le scadenze dei codici avviso (HTTP ${status}${why}): valgono quelle che aveva.`,
    {
      code: "SCHEDULE_REFUSED",
      effect: "none",
      hint: "Controllare le impostazioni dei pagamenti dell'ente (IBAN, categoria), poi riprendere.",
    },
  );
}

/** Two amounts that cannot be told apart, or an amount that nobody can pay. */
export function amountsRefusedError(): ItemRejected {
  return new ItemRejected(
    "AMOUNTS_NOT_DISTINCT",
    "Gli importi del verbale devono essere positivi e l'importo scontato minore di quello ridotto. Nessuna posizione è stata toccata.",
    { hint: "Correggere gli importi del verbale nel flusso." },
  );
}

/** The position that bears our name is not the one that we want and cannot be changed any more. */
export function positionConflictError(what: string): ItemRejected {
  return new ItemRejected(
    "POSITION_CONFLICT",
    `Per questo tentativo esiste già una posizione ${what}.`,
    { hint: "Chiedere un nuovo tentativo per il verbale: userà un nome e codici nuovi." },
  );
}

/** The position that bears our name has been paid already. */
export function alreadyPaidError(): ItemRejected {
  return new ItemRejected(
    "ALREADY_PAID",
    "La nuova posizione del verbale risulta già pagata: il verbale non va notificato.",
    { hint: "Verificare l'incasso e togliere il verbale dal flusso." },
  );
}

/** Where there are no drafts the old positions were cancelled first: the refusal tells how many are open again. */
export function afterRestoreError(
  refusal: ItemRejected | RunBlocked,
  restored: number,
): ItemRejected | RunBlocked {
  const done =
    restored === 0
      ? "Nessuna posizione precedente è stata riaperta e nessuna nuova è rimasta aperta."
      : `Posizioni precedenti annullate e poi riaperte: ${restored}; nessuna nuova è rimasta aperta.`;
  const message = `${refusal.message} ${done}`;
  const options = { cause: refusal, ...pickHint(refusal) };
  return refusal instanceof ItemRejected
    ? new ItemRejected(refusal.code, message, options)
    : new RunBlocked(refusal.code, message, options);
}

function pickHint({ hint }: ItemRejected | RunBlocked): { readonly hint?: Hint } {
  return hint === undefined ? {} : { hint };
}

/** The creditor's numbers collide again and again: another program hands out the same ones. `told`: in the service's words; default: nothing. */
export function numbersInUseError(segregationCode: string, told = ""): RunBlocked {
  const words = told === "" ? "" : ` (${told})`;
  return new RunBlocked(
    "IUV_IN_USE",
    `Gli IUV proposti con il codice di segregazione ${segregationCode} sono già in uso${words}: nessuna nuova posizione è stata creata.`,
    {
      hint: askTechnician(
        "far cominciare gli IUV oltre l'ultimo progressivo usato, o di usare un codice di segregazione riservato a Postino",
        "Impostare payments.firstNumber oltre l'ultimo progressivo usato, oppure un codice di segregazione riservato a Postino.",
      ),
    },
  );
}

/** Refusals that do not say how the old positions stand; those that GovPay's client has made whole have a cause. */
const silentRefusals = ["POSITION_CONFLICT", "CANCEL_REFUSED", "PAYMENT_DATA_REFUSED"];

/**
 * What stopped an order after an old position was cancelled: the verbale must not be transmitted until the new one can be
 * paid. A refusal of the verbale says what was done.
 */
export function afterCancelError(service: string, error: unknown): unknown {
  if (error instanceof ItemRejected && silentRefusals.includes(error.code))
    return error.cause instanceof ItemRejected
      ? error
      : addSentence(
          error,
          "Almeno una posizione precedente del verbale è già annullata o scaduta e quella nuova non è pagabile.",
        );
  if (error instanceof RunBlocked)
    return new RunBlocked(
      error.code,
      `${error.message} Le posizioni precedenti di almeno un verbale sono annullate e la nuova non è ancora pagabile.`,
      { cause: error, ...pickHint(error) },
    );
  if (!(error instanceof RetryLater)) return error;
  return new RetryLater(
    `Le posizioni precedenti sono annullate e la nuova su ${service} non è ancora pagabile: il verbale non viene trasmesso finché non lo è. ${error.message}`,
    {
      code: "CANCELLED_NOT_ACTIVE",
      hint: {
        action: "resume",
        only: "failed",
        first: "Il passo riprende da dove si è fermato, da solo finché ha tentativi.",
      },
      effect: "none",
      cause: error,
      ...(error.afterMs === undefined ? {} : { afterMs: error.afterMs }),
    },
  );
}

/**
 * A wait of a reset leaves no doubt behind: the same order finds by its own names whatever was made or cancelled. So it
 * is simply tried again, and when no tries are left a person resumes it without having to look anything up.
 */
export function clearDoubt(error: unknown): unknown {
  if (!(error instanceof RetryLater) || error.effect === "none") return error;
  return new RetryLater(error.message, {
    code: error.code,
    effect: "none",
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.afterMs === undefined ? {} : { afterMs: error.afterMs }),
  });
}

/** The other side's explanation without anything that it repeats of the debtor, names in any order too, at most 200 characters. */
export function maskDebtor(text: string, debtor: Debtor): string {
  const { address, denomination } = debtor;
  const names = denomination.split(/\s+/).filter((word) => /\p{L}{3}/u.test(word));
  let safe = text;
  for (const value of [debtor.taxId, denomination, address?.via, address?.comune])
    safe = maskText(safe, value ?? "", "");
  for (const name of names) safe = maskText(safe, name, "[\\p{L}\\p{N}]");
  return safe.replaceAll(/…(?:\s*…)+/g, "…").slice(0, 200);
}

/** `wordOf`: a pattern that may stand neither before nor after the value; empty: the value is masked inside words too. */
function maskText(text: string, value: string, wordOf: string): string {
  if (value === "") return text;
  const pattern = value.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const alone = wordOf === "" ? pattern : `(?<!${wordOf})${pattern}(?!${wordOf})`;
  return text.replaceAll(new RegExp(alone, "giu"), "…");
}

/** What becomes of the costs of a notification with pagoPaIntMode ASYNC where the positions are not on GPD. */
export const notOnGpd =
  "con ASYNC SEND le scrive su GPD, e rifiuta il verbale se la posizione lì non c'è";
