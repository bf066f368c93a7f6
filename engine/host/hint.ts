/** What a person can do next, as data: whoever shows it puts it into the words of its reader. */

/** Items that may be taken up once more. */
export type RetriedState = "rejected" | "failed" | "in-doubt";

/** What Postino itself can be asked to do next. Where `run` is absent, it is the run beside which the hint is shown. */
export type NextAction =
  /** Goes on with what is left, or takes up the items that `only` names. */
  | { readonly action: "resume"; readonly only?: RetriedState; readonly run?: string }
  /** The mended verbale comes with another flusso, and goes out once a person agrees there. */
  | { readonly action: "send-again" }
  /** Gives the waiting run what it asks for. */
  | {
      readonly action: "answer";
      readonly kind: "otp" | "files" | "approval";
      readonly run?: string;
    }
  /** Lists the runs. */
  | { readonly action: "list-runs" }
  /** Reads pipelines and enti, and tells every fault. */
  | { readonly action: "check" }
  /** Prepares the ente: its file, its stream on SEND. */
  | { readonly action: "prepare"; readonly ente?: string }
  /** Compares the journal with SEND and the payment system. */
  | { readonly action: "realign"; readonly ente: string }
  /** Takes over the whole table of CAPs. */
  | { readonly action: "import-postal" }
  /** Confirms a trusted list; `sha256` absent: shows which there are. */
  | { readonly action: "trust"; readonly sha256?: string }
  /** Asks SEND what it says of itself. */
  | { readonly action: "platform" }
  /** Starts a pipeline. */
  | { readonly action: "start"; readonly pipeline: string }
  /** Nothing of Postino's own: what `setting` says. */
  | { readonly action: "ask-technician" };

/** What is mended in the files of the ente: whoever keeps them reads where, everybody else whom to ask. */
export interface Setting {
  /** Without names of settings; what follows «chiedere al tecnico di»: `controllare l'indirizzo di SEND`. */
  readonly ask: string;
  /** A whole sentence, with the names of settings: `Controllare send.baseUrl nel file dell'ente.` */
  readonly technical: string;
}

/** An action with the sentences around it: Italian, whole, free of commands and of the names of buttons. */
export type Remedy = NextAction & {
  /** Comes before `first`. */
  readonly setting?: Setting;
  /** What to do before, outside the program. */
  readonly first?: string;
  /** What comes of it, or what to do if it does not help. */
  readonly after?: string;
};

/** Plain Italian text where the thing to do is outside the program; otherwise data. */
export type Hint = string | Remedy;

/** A hint of which nothing but the files of the ente is the matter. */
export function askTechnician(ask: string, technical: string): Remedy {
  return { action: "ask-technician", setting: { ask, technical } };
}

/** Several hints as one: each sentence once, and the first action. `undefined`: there was none. */
export function joinHints(hints: readonly Hint[]): Hint | undefined {
  const remedies = hints.map((hint) => (typeof hint === "string" ? { first: hint } : hint));
  const first = joinOnce(remedies.map((remedy) => remedy.first));
  const after = joinOnce(remedies.map((remedy) => ("after" in remedy ? remedy.after : undefined)));
  const data = hints.filter((hint) => typeof hint !== "string");
  const found = data.find(({ action }) => action !== "ask-technician") ?? data[0];
  if (found === undefined) return first === "" ? undefined : first;
  const setting = joinSettings(data.flatMap((remedy) => remedy.setting ?? []));
  return { ...found, ...setting, ...(first !== "" && { first }), ...(after !== "" && { after }) };
}

function joinOnce(sentences: readonly (string | undefined)[]): string {
  return [...new Set(sentences.filter((sentence) => sentence !== undefined))].join(" ");
}

function joinSettings(settings: readonly Setting[]): Pick<Remedy, "setting"> {
  if (settings.length === 0) return {};
  const asked = new Set(settings.map(({ ask }) => ask));
  const technical = joinOnce(settings.map((setting) => setting.technical));
  return { setting: { ask: [...asked].join(" e di "), technical } };
}
