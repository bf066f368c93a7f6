/** So many at once, the others in the order in which they came. */

type Gate = <Value>(work: () => Promise<Value>) => Promise<Value>;

export function createCallGate(width: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async function pass(work) {
    if (inside >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    try {
      return await work();
    } finally {
      // Who waits takes the place over.
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
