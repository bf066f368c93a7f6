/** What the sentences of SEND's own test cases ask for; a sentence or a part of one that is not known is told, never guessed. */

/** One request that leaves, and how its files differ from what they should be. */
export interface Sending {
  readonly does: "send";
  /** The PA that sends, by the name it has in the cases. */
  readonly sender: string;
  /** Files that are announced and not uploaded. */
  readonly skips: "none" | "json" | "pdf" | "all";
  /** Files whose declared digest is another. */
  readonly spoils: "none" | "json" | "pdf" | "all";
  /** What is uploaded in the place of the PDFs. */
  readonly bytes: "pdf" | "no pdf" | "too big";
  /** The last state of the request that the sentence waits for; `null`: it waits for none. */
  readonly wants: "ACCEPTED" | "REFUSED" | null;
}

/** Another notification is made, which shares something with the one before. */
export interface Making {
  readonly does: "make";
  readonly protocol: "same" | "new";
  /** A text that is given, the one before, a new one, or none at all. */
  readonly token:
    | { readonly is: "given"; readonly text: string }
    | { readonly is: "same" | "new" | "none" };
  readonly creditor: "same" | "other";
  readonly notice: "same" | "new";
}

export type Action = Sending | Making;

const sending =
  /^la notifica viene inviata(?: tramite api b2b)?(?<how>.*?)(?: dal "(?<sender>[^"]+)")?(?: e si attende che lo stato diventi (?<wants>ACCEPTED|REFUSED))?$/;

/** How the files of a request differ: all the words that a manner of sending them must have, whatever stands between. */
const manners: readonly (readonly [
  readonly RegExp[],
  "skips" | "spoils" | "no pdf" | "too big",
])[] = [
  [
    [/\bsenza\b/, /\b(?:preload|caricare|caricamento)\b/, /\b(?:allegat[oi]|document[oi]|file)\b/],
    "skips",
  ],
  [[/\bsha-?256\b/, /\b(?:different[ei]|divers[oi]|errat[oi])\b/], "spoils"],
  [[/\b(?:allegat[oi]|document[oi]|file)\b/, /\bnon (?:è )?(?:un )?pdf\b/], "no pdf"],
  [
    [
      /\b(?:allegat[oi]|document[oi]|file|pdf)\b/,
      /\btroppo grand[ei]\b|\boltre (?:la dimensione massima|il limite)\b/,
    ],
    "too big",
  ],
];

const other = "(?:diverso|differente|nuovo)";
const same = "(?:uguale|stesso|medesimo)";
/** What the next notification shares with the one before. */
const shares: readonly (readonly [RegExp, (text: string) => Partial<Making>])[] = [
  [new RegExp(`^${same} paProtocolNumber$`), () => ({ protocol: "same" })],
  [new RegExp(`^${other} paProtocolNumber$`), () => ({ protocol: "new" })],
  [new RegExp(`^${same} idempotenceToken$`), () => ({ token: { is: "same" } })],
  [new RegExp(`^${other} idempotenceToken$`), () => ({ token: { is: "new" } })],
  [/^senza idempotenceToken$/, () => ({ token: { is: "none" } })],
  [/^idempotenceToken "([^"]*)"$/, (text) => ({ token: { is: "given", text } })],
  [new RegExp(`^${same} codice fiscale del creditore$`), () => ({ creditor: "same" })],
  [new RegExp(`^${other} codice fiscale del creditore$`), () => ({ creditor: "other" })],
  [new RegExp(`^${same} codice avviso$`), () => ({ notice: "same" })],
  [new RegExp(`^${other} codice avviso$`), () => ({ notice: "new" })],
];

/** What a sentence asks for, or the part of it that is not understood. */
export function actionOf(sentence: string): Action | string {
  const text = sentence.trim().replaceAll(/\s+/g, " ");
  if (/^la notifica viene inviata\b/.test(text)) return sendingOf(text);
  const making = /^viene generata una nuova notifica(?: valida)?(?<what> .+)?$/.exec(text);
  return making === null ? text : makingOf(making.groups?.["what"] ?? "");
}

function sendingOf(text: string): Sending | string {
  const { how = "", sender = "Comune_Multi", wants } = sending.exec(text)?.groups ?? {};
  const manner = how.trim();
  // Nothing of the sentence's frame may be left in it: that would be a state or a sender that is not known.
  const isPlain = !/"|\be si attende\b/.test(manner);
  const effect = manners.find(([words]) => words.every((word) => word.test(manner)))?.[1];
  if (!isPlain || (manner !== "" && effect === undefined)) return manner;
  const found = /\b(json|pdf)\b/.exec(manner)?.[1];
  const which = found === "json" || found === "pdf" ? found : "all";
  return {
    does: "send",
    sender,
    skips: effect === "skips" ? which : "none",
    spoils: effect === "spoils" ? which : "none",
    bytes: effect === "no pdf" || effect === "too big" ? effect : "pdf",
    wants: wants === "ACCEPTED" || wants === "REFUSED" ? wants : null,
  };
}

function makingOf(what: string): Making | string {
  let made: Making = {
    does: "make",
    protocol: "new",
    token: { is: "same" },
    creditor: "same",
    notice: "new",
  };
  const parts =
    what.trim() === ""
      ? []
      : what
          .trim()
          .replace(/^con /, "")
          .split(/,? e (?:con )?|, /);
  for (const part of parts) {
    const known = shares.find(([form]) => form.test(part));
    if (known === undefined) return part;
    const [form, effect] = known;
    made = { ...made, ...effect(form.exec(part)?.[1] ?? "") };
  }
  return made;
}
