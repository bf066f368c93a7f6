/** What the price service says to a payment system, before it is put into HTTP. */

export type PriceReply =
  | { readonly status: "denied" | "malformed" | "unknown" }
  | { readonly status: "too-many"; readonly afterMs: number }
  | { readonly status: "absent" | "not-accepted" | "cancelled"; readonly asOf: string }
  | {
      readonly status: "priced";
      readonly iun: string;
      /** The only figure to add to the amount of the notice. */
      readonly totalCents: number;
      readonly parts: {
        readonly sendFeeCents: number;
        readonly paFeeCents: number;
        readonly analogCents: number;
        readonly vat: number;
      };
      /** When SEND said so, ISO 8601 UTC. */
      readonly asOf: string;
      /** False: SEND does not answer now, and this is what it said last. */
      readonly isFresh: boolean;
      /** True: no further letter comes. */
      readonly isFinal: boolean;
    };
