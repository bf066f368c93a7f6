/** What to do next, put into the words of who reads it: a command at the terminal, the name of a button on a page. */
import type { Hint, NextAction, RetriedState } from "../../engine/host/hint.ts";

/** Where a hint is shown. */
export interface HintPlace {
  /** The run beside which it stands. */
  readonly run?: string;
}

/** A hint for somebody who types commands: `Unire i documenti. Poi: postino resume 20261123-0001 --only rejected`. */
export function formatTerminalHint(hint: Hint, place: HintPlace = {}): string {
  if (typeof hint === "string") return hint;
  const first = joinSentences([hint.setting?.technical, hint.first]) || undefined;
  if (hint.action === "ask-technician") return joinSentences([first, hint.after]);
  if (hint.action === "send-again")
    return joinSentences([
      first,
      `Rimandare il verbale con un altro flusso: ripartirà quando una persona lo conferma con «${formatCommand({ action: "resume", only: "rejected" })}».`,
      hint.after,
    ]);
  const command = formatCommand(hint, place);
  // What ends with a command can be copied as it stands.
  const act = hint.after === undefined ? command : `«${command}».`;
  return joinSentences([introduce(first), act, hint.after]);
}

/** A hint for somebody at the dashboard: `Unire i documenti. Poi premere «Riprova gli scartati».` */
export function formatPageHint(hint: Hint): string {
  if (typeof hint === "string") return hint;
  const asked =
    hint.setting === undefined ? undefined : `Chiedere al tecnico di ${hint.setting.ask}.`;
  const first = joinSentences([asked, hint.first]) || undefined;
  if (hint.action === "ask-technician") return joinSentences([first, hint.after]);
  if (hint.action === "send-again")
    return joinSentences([
      first,
      `Rimandare il verbale con un altro flusso: ripartirà quando una persona lo conferma con ${retryButtons.rejected}.`,
      hint.after,
    ]);
  // What only the technician can do was asked of them.
  if (asked !== undefined && isTechnical(hint)) return joinSentences([first, hint.after]);
  const act = `${describeOnPage(hint)}.`;
  if (first === undefined) return joinSentences([capitalise(act), hint.after]);
  const isLedTo = first.endsWith(":");
  return joinSentences([first, isLedTo ? act : `Poi ${act}`, hint.after]);
}

/** The command that does it; what nobody knows here is a word in capitals. */
export function formatCommand(action: NextAction, place: HintPlace = {}): string {
  switch (action.action) {
    case "resume":
      return `postino resume ${action.run ?? place.run ?? "FLUSSO"}${action.only === undefined ? "" : ` --only ${action.only}`}`;
    case "answer":
      return `postino answer ${action.run ?? place.run ?? "FLUSSO"} ${answerOptions[action.kind]}`;
    case "list-runs":
      return "postino runs";
    case "check":
      return "postino check";
    case "prepare":
      return `postino init --ente ${action.ente ?? "CODICE"}`;
    case "realign":
      return `postino realign --ente ${action.ente}`;
    case "import-postal":
      return "postino postal import FILE";
    case "trust":
      return action.sha256 === undefined
        ? "postino trust"
        : `postino trust --ente CODICE --accept ${action.sha256}`;
    case "platform":
      return "postino platform";
    case "start":
      return `postino run ${action.pipeline} --ente CODICE`;
    case "send-again":
    case "ask-technician":
      break;
  }
  return "postino run PIPELINE --ente CODICE --input FILE";
}

/** True where the hint already says how to go on with the run as a whole. */
export function isResumeHint(hint: Hint | null): boolean {
  return hint !== null && typeof hint !== "string" && hint.action === "resume";
}

const answerOptions = { otp: "--otp -", files: "--files CARTELLA", approval: "--approve" } as const;

/** The buttons of the page of a flusso that take up items once more. */
export const retryButtons: Readonly<Record<RetriedState, string>> = {
  rejected: "«Riprova gli scartati»",
  failed: "«Riprova i non riusciti»",
  "in-doubt": "«Decidi per gli in dubbio»",
};

/** A clause that begins with a verb; what the dashboard has no button for, the technician does by a command. */
function describeOnPage(action: NextAction): string {
  switch (action.action) {
    case "resume": {
      const button = action.only === undefined ? "«Riprendi»" : retryButtons[action.only];
      return `premere ${button}${action.run === undefined ? "" : ` nel flusso ${action.run}`}`;
    }
    case "answer":
      return "rispondere nella pagina del flusso";
    case "list-runs":
      return "aprire «Flussi»";
    case "start":
      return `avviare «${action.pipeline}» da «Nuovo flusso»`;
    case "send-again":
    case "check":
    case "prepare":
    case "realign":
    case "import-postal":
    case "trust":
    case "platform":
    case "ask-technician":
      break;
  }
  return `chiedere al tecnico (${formatCommand(action)})`;
}

/** The dashboard has no button for it. */
function isTechnical({ action }: NextAction): boolean {
  return ["check", "prepare", "realign", "import-postal", "trust", "platform"].includes(action);
}

function introduce(first: string | undefined): string | undefined {
  return first === undefined || first.endsWith(":") ? first : `${first} Poi:`;
}

function joinSentences(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(" ");
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
