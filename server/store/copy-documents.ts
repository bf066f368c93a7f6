/** The documents from one place into another: each is compared with its name on both sides, and what is there already is not sent again. */
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { isLostArtifact } from "../../engine/host/files.ts";

export interface CopiedDocuments {
  readonly copied: number;
  readonly bytes: number;
  /** They were there. */
  readonly there: number;
  /** Not what their name says, and so not copied. */
  readonly altered: readonly string[];
}

const atOnce = 8;

/** What broke off goes on by the same words. `tell`: how many have been looked at. */
export async function copyDocuments(
  from: ArtifactStore,
  to: ArtifactStore,
  tell: (documents: number) => void,
): Promise<CopiedDocuments> {
  const altered: string[] = [];
  let [copied, bytes, there, seen] = [0, 0, 0, 0];

  async function copyOne(sha256: string): Promise<void> {
    if (await to.isWhole(sha256)) {
      there += 1;
      return;
    }
    try {
      // Every byte: what other blobs lend to this one may not be there yet.
      const stored = await to.putStream(sha256, from.stream(sha256), { isCopied: true });
      copied += 1;
      bytes += stored.bytes;
    } catch (error) {
      if (!isLostArtifact(error)) throw error;
      altered.push(sha256);
    }
  }

  let part = new Set<string>();
  const flush = async (): Promise<void> => {
    await Promise.all([...part].map(copyOne));
    seen += part.size;
    part = new Set();
    tell(seen);
  };
  for await (const { sha256 } of from.list()) {
    part.add(sha256);
    if (part.size >= atOnce) await flush();
  }
  await flush();
  return { copied, bytes, there, altered };
}
