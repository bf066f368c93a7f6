/** What a process of the world tells of a seed. */
export interface ToldSeed {
  readonly seed: number;
  /** Of everything that happened: the same for the same run. */
  readonly sum: string;
  readonly days: number;
  readonly woken: number;
  readonly ms: number;
  readonly broken: { readonly invariant: string; readonly message: string } | null;
  readonly faults: readonly string[];
  readonly story: readonly string[];
  readonly reached: Readonly<Record<string, number>>;
}
