/** `node:dns/promises` of the world: no name is known. */
export async function lookup(): Promise<never> {
  throw Object.assign(new Error("no names here"), { code: "ENOTFOUND" });
}
