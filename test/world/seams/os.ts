/** `node:os` of the world: one core, so that nothing is drawn beside the one thread that the seed decides. */
export * from "node:os";

export function availableParallelism(): number {
  return 1;
}
