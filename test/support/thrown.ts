/** What a piece of work throws, to be looked at. */

/** Throws where nothing was thrown. */
export async function catchThrown(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
