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

/** How the files of a request differ; the sentence's own words between its fixed parts. */
const manners: readonly (readonly [RegExp, (which: "json" | "pdf" | "all") => Partial<Sending>])[] =
  [
    [/^$/, () => ({})],
    [
      /^senza (?:(?:effettuare|fare) )?(?:la |il )?preload(?: (?:del|dell'|di un )? ?allegat[oi])?$/,
      (which) => ({ skips: which }),
    ],
    [
      /^(?:effettuando (?:la|il) preload )?ma senza caricare (?:nessun |l'|un |gli |alcun )?allegat[oi](?: (?<which>json|pdf))?$/,
      (which) => ({ skips: which }),
    ],
    [
      /^con (?:lo )?sha-?256 (?:differente|diverso|errato)(?: (?:dell'allegato|per l'allegato|del) (?<which>json|pdf))?$/,
      (which) => ({ spoils: which }),
    ],
    [
      /^con (?:un )?(?:allegato|documento|file) (?<which>json|pdf)? ?con (?:lo )?sha-?256 (?:differente|diverso|errato)$/,
      (which) => ({ spoils: which }),
    ],
    [
      /^con (?:un )?(?:allegato|documento|file) (?:che )?non (?:è )?(?:un )?(?:pdf|valido|conforme)$/,
      () => ({ bytes: "no pdf" }),
    ],
    [
      /^con (?:un )?(?:allegato|documento|file) (?:pdf )?(?:troppo grande|oltre (?:la dimensione massima|il limite|\d+ ?mb))$/,
      () => ({ bytes: "too big" }),
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
  for (const [form, effect] of manners) {
    const found = form.exec(how.trim());
    if (found === null) continue;
    const which = found.groups?.["which"];
    return {
      does: "send",
      sender,
      skips: "none",
      spoils: "none",
      bytes: "pdf",
      wants: wants === "ACCEPTED" || wants === "REFUSED" ? wants : null,
      ...effect(which === "json" || which === "pdf" ? which : "all"),
    };
  }
  return how.trim();
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
