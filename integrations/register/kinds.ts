/** What the records of the register say. A field is added, never changed: old records stay as they are. */

/** A file as it was sent. */
export interface SentFile {
  /** Its name for people. */
  readonly name: string;
  readonly role: "verbale" | "notice";
  readonly sha256: string;
  readonly bytes: number;
}

/** One rule of a term, as the file of the kind of act had it. */
export interface SentTerm {
  readonly title: string;
  readonly days: number;
  readonly daysAbroad?: number;
  readonly onHoliday: "moved" | "kept" | "ignored";
  readonly isSaturdayFree: boolean;
  readonly isSuspendedInAugust: boolean;
  readonly source: string;
  readonly mark: "read" | "memory" | "inferred";
}

/** What a kind of act says of what was sent: later changes of its file are for later acts. */
export interface SentKind {
  readonly name: string;
  readonly title: string;
  readonly payment: SentTerm & { readonly closesCode: boolean; readonly discounted?: SentTerm };
  readonly terms: Readonly<Record<string, SentTerm>>;
  /** `start`: the day from which it ran, `YYYY-MM-DD`; absent: no term to notify. */
  readonly notification?: SentTerm & { readonly start: string };
}

/** Kept by `transmit` once SEND has taken the request in charge; key: the IUN that it will have, subject: the number. */
export interface Act {
  /** Item key. */
  readonly numero: string;
  /** Name of the request on SEND. */
  readonly notificationRequestId: string;
  readonly protocol: string;
  /** The number that the step protocol was given; absent: none. */
  readonly protocolled?: { readonly number: string };
  /** ISO 8601 UTC, of our clock. */
  readonly sentAt: string;
  readonly runId: string;
  readonly round: number;
  /** The verbale as it was sent: the fields of `steps/schemas/verbale.ts`. */
  readonly verbale: Readonly<Record<string, unknown>>;
  /** What a position of the recipient is; the fields of `Payment` in `steps/schemas/fields.ts`. */
  readonly payment: Readonly<Record<string, unknown>>;
  /** Whom SEND was asked to notify: tax id and denomination as they were sent. */
  readonly recipients: readonly { readonly taxId: string; readonly denomination: string }[];
  readonly files: readonly SentFile[];
  /** Until when the act says that it may be appealed against, by way: `prefetto`; absent: an act of a kind, or nobody knows. */
  readonly appeals?: Readonly<Record<string, PrintedAppeal>>;
  /** The kind of act, with the terms that were its own when it was sent; absent: a verbale of the Codice della Strada. */
  readonly kind?: SentKind;
  readonly costs: {
    readonly feePolicy: "FLAT_RATE" | "DELIVERY_MODE";
    /** Cents. */
    readonly paFee: number | null;
    /** Percent. */
    readonly vat: number | null;
  };
}

/** A way of appeal as the recipient was told. */
export interface PrintedAppeal {
  readonly days: number;
  readonly daysAbroad: number;
  readonly source: string;
}

/** Kept for a verbale that a person corrected, before it goes again; key: the number, subject: the flusso. The first version is as it came. */
export interface Scheda {
  readonly run: string;
  /** The round that begins with it. */
  readonly round: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Who corrected it, and why; both empty: as it came. */
  readonly by: string;
  readonly reason: string;
  /** What differs from the version before, in words. */
  readonly changed: readonly string[];
  /** The fields of `steps/schemas/verbale.ts`; personal. */
  readonly verbale: Readonly<Record<string, unknown>>;
}

/** Kept by `protocol` before it asks for a number that nobody could ask for again; key: the effect's, subject: the number of the verbale. */
export interface ProtocolIntent {
  readonly runId: string;
  readonly round: number;
}

/** Kept by `look-up-residence` where a register has another address than the flusso; key: the item's, subject: the flusso. */
export interface FoundResidence {
  readonly run: string;
  readonly round: number;
  /** `YYYY-MM-DD`. */
  readonly askedOn: string;
  /** What became of it: told to a person, or taken in the place of that of the flusso. */
  readonly use: "told" | "taken";
  /** As the register has them; personal. */
  readonly people: readonly {
    /** 0: the first. */
    readonly recipient: number;
    /** Since when, `YYYY-MM-DD`. */
    readonly since: string | null;
    readonly address: Readonly<Record<string, string>>;
  }[];
}

/** Kept by `load-notified`, once: what earlier versions sent without a register stands in it; its only key: `ledger`. */
export interface TakenOver {
  /** How many notifications. */
  readonly notifications: number;
  /** Set where the ledger was rebuilt since: what it knows now is taken over once more. */
  readonly isStale?: boolean;
}

/** Kept by `close-origin` once a new notification of an act was accepted; key: the IUN of the one before it, or its number where Postino did not send it, subject: its number. */
export interface Renotified {
  /** The new one. */
  readonly numero: string;
  readonly iun: string;
  readonly causa: string;
  /** `YYYY-MM-DD`; `null`: not told. */
  readonly dataConoscenza: string | null;
  /** What became of the codes of the one before. */
  readonly codes: "closed" | "paid" | "none" | "by-hand";
}

/** Kept by `import-iun`: SEND's verdict on the request; key: the IUN, subject: the number where it is known. */
export interface Verdict {
  readonly outcome: "accepted" | "refused";
  /** When we learnt of it, ISO 8601 UTC. */
  readonly at: string;
  /** SEND's reasons, for a person; empty when accepted. */
  readonly reasons: readonly { readonly code: string; readonly note: string }[];
}

/** Kept by who asks SEND for the malfunctions that it has declared, at most once a day; key: their month, `YYYY-MM`. */
export interface Downtimes {
  /** The day of Rome on which SEND was asked, `YYYY-MM-DD`. */
  readonly askedOn: string;
  /** Each with the legal fact that proves it, once there is one. */
  readonly downtimes: readonly {
    readonly functionality: string;
    readonly from: string;
    readonly to: string | null;
    readonly legalFactId: string | null;
    readonly attestedAt: string | null;
  }[];
}
