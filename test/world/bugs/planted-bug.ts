/** What a planted bug is: one change of the text of a file of the product. */

/** One change; `from` stands in the file exactly once. */
export interface PlantedBug {
  readonly name: string;
  /** What is broken, in words. */
  readonly words: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Simulated days before the calm that it takes to show; default 5. */
  readonly days?: number;
}
