/** What steps may ask of the registers of the State about whom an act is for. */

import type { PostalAddress } from "../address.ts";

/** About whom, and for which act: every question is written into the audit log. */
export interface LookupQuestion {
  /** 16 characters of a person, 11 digits of a company. */
  readonly taxCode: string;
  /** The act that it is for: what the register is told as the reason. */
  readonly numero: string;
  readonly runId: string;
  readonly signal?: AbortSignal;
}

/** An Italian address as a register has it; what it does not say is left out, `cap` empty. */
export type LookedUpAddress = Omit<PostalAddress, "stato">;

/** What ANPR says of a person. */
export type Residence =
  | {
      readonly status: "living";
      /** `null`: it gives none. */
      readonly address: LookedUpAddress | null;
      /** `YYYY-MM-DD`; `null`: it does not say. */
      readonly since: string | null;
    }
  | { readonly status: "dead"; readonly day: string | null }
  /** Registered abroad (AIRE). */
  | { readonly status: "abroad" }
  /** Not found, as are people of AIRE. */
  | { readonly status: "unknown" };

/** What INAD says of a tax code. */
export type Domicile =
  | { readonly status: "found"; readonly address: string; readonly profession?: string }
  | { readonly status: "none" };

/** An answer with its day `YYYY-MM-DD`: today's, or a kept one; nobody is asked in a trial. */
export type Answered<Answer> =
  | (Answer & { readonly askedOn: string })
  | { readonly status: "not-asked" };

export interface LookupPort {
  /** Throws RunBlocked where ANPR refuses us, RetryLater where it does not answer; never ItemRejected. */
  findResidence(question: LookupQuestion): Promise<Answered<Residence>>;
  /** As above, of INAD. */
  findDomicile(question: LookupQuestion): Promise<Answered<Domicile>>;
}

/** Who is told of every question before it goes out. */
export interface LookupLedger {
  /** Who wants to know: a person, or the schedule. */
  findAsker(runId: string): Promise<string>;
  note(act: {
    readonly by: string;
    readonly ente: string;
    readonly runId: string;
    readonly numero: string;
    /** `ANPR C020`. */
    readonly register: string;
  }): void;
  /** How many questions to this register were noted for the ente since this instant (ISO 8601 UTC). */
  count(ente: string, register: string, since: string): number;
}
