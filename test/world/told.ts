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
  /** Those that are enough to break it; `null`: it holds, or nobody looked. */
  readonly enough: readonly string[] | null;
  readonly story: readonly string[];
  readonly reached: Readonly<Record<string, number>>;
}
