/** What the ledger says of a verbale that a flusso brings: whether it would go out, and why not. Reads only. */
import type { Hint } from "../../engine/host/hint.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";

export interface LedgerVerdict {
  readonly state: "ready" | "repeated" | "rejected";
  readonly code: string;
  readonly note: string;
  readonly hint: Hint | null;
}

export interface AskedHistory {
  readonly ente: string;
  readonly key: string;
  /** Digest of what the source gives. */
  readonly digest: string;
}

/** `null`: the ledger knows nothing that would keep it. */
export async function judgeByLedger(
  ledger: LedgerReader | null,
  { ente, key, digest }: AskedHistory,
): Promise<LedgerVerdict | null> {
  if (ledger === null) return null;
  const round = (await ledger.readRounds(ente, [key])).get(key) ?? 1;
  const seal = await ledger.findSeal(ente, key, round);
  if (seal === null) return null;
  const { run } = seal;
  if (seal.state === "intent")
    return {
      state: "repeated",
      code: "BUSY_ELSEWHERE",
      note: `Il flusso ${run} lo stava inviando: prima si chiede a SEND che cosa ne è stato.`,
      hint: { action: "resume", run },
    };
  const isRefused = await ledger.isRefusedAfter(ente, seal);
  if (isRefused)
    return {
      state: "rejected",
      code: "REFUSED_BEFORE",
      note: `È già stato inviato con il flusso ${run} e rifiutato: da solo non riparte.`,
      hint: {
        action: "resume",
        only: "rejected",
        first:
          "Correggere ciò che SEND ha rifiutato; una persona dà poi il consenso a un nuovo invio:",
      },
    };
  if (seal.sourceDigest === digest)
    return {
      state: "repeated",
      code: "ALREADY_SENT",
      note: `Già inviato con il flusso ${run}: non sarebbe inviato di nuovo.`,
      hint: null,
    };
  return {
    state: "rejected",
    code: "ALREADY_SENT_OTHERWISE",
    note: `Già inviato con il flusso ${run}, con dati diversi da questi: sarebbe scartato.`,
    hint: "Controllare quale dei due è giusto: una notifica accettata non si ripete.",
  };
}
