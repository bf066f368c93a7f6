/** A seed that broke a promise, as a developer reads it: what, the shortened history in words, and the command that plays it again. */
import type { ToldSeed } from "./told.ts";

export interface Played {
  /** Days that were asked for; absent: those that the seed draws. */
  readonly days?: number;
  /** The bug that was planted. */
  readonly bug?: string;
}

const mostLines = 30;

/** Throws where nothing is broken. */
export function describeFailure(
  { seed, broken, story, enough, faults }: ToldSeed,
  { days, bug }: Played = {},
): string {
  if (broken === null) throw new Error(`seed ${seed} holds`);
  const numbers = broken.message.match(/T\d{5}/g) ?? [];
  const isNamed = (line: string): boolean => numbers.some((numero) => line.includes(numero));
  // Of the payers only those of whom it is about.
  const shown = story.filter((line) => !/ chi paga /.test(line) || isNamed(line));
  const left = enough ?? faults;
  const command = [
    `bun run world --seed ${seed}`,
    ...(days === undefined ? [] : [`--days ${days}`]),
    ...(bug === undefined ? [] : [`--bug ${bug}`]),
    ...(enough === null || left.length === 0 ? [] : [`--only "${left.join("; ")}"`]),
  ];
  return [
    `NON VALE «${broken.invariant}» nel seme ${seed}${enough === null ? "" : `: bastano ${left.length} guasti di ${faults.length}`}`,
    ...shown.slice(-mostLines).map((line) => `  ${line}`),
    `  ${broken.message}`,
    `Per rivederlo: ${command.join(" ")}`,
  ].join("\n");
}
