/** `node:crypto` of the world: chance comes from the seed, all else is the machine's. */
import * as real from "node:crypto";
import { requireMachine } from "./machine.ts";

export * from "node:crypto";
export { randomBytes, randomInt, randomUUID } from "./globals.ts";

type Told = (error: Error | null, signature: Buffer) => void;

/** With a callback the machine's threads sign; here it is done at once, and told by the world. */
export function sign(
  algorithm: string | null | undefined,
  data: NodeJS.ArrayBufferView,
  key: real.KeyLike | real.SignKeyObjectInput,
  told?: Told,
): Buffer | undefined {
  const signature = real.sign(algorithm, data, key);
  if (told === undefined) return signature;
  requireMachine().wake("signature", 2, () => told(null, signature));
  return undefined;
}
