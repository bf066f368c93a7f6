/** How an ente notifies from the register. */

/** Names of pipelines; `null`: there is none, or it has an error. */
export interface RegisterUse {
  /** The one that puts files into the register. */
  readonly registers: string | null;
  /** The one that takes verbali from there; `isByHand`: only those that a person chose. */
  readonly generates: { readonly pipeline: string; readonly isByHand: boolean } | null;
}
