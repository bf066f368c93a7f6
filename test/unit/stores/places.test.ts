/** Every place of blobs keeps the same promises: packs in a folder, a folder that hosts share, a bucket. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArtifacts } from "../../../stores/blobs/store.ts";
import { createRing, type KeyRing } from "../../../stores/seals/ring.ts";
import { createSeals } from "../../../stores/seals/seals.ts";
import { openS3Artifacts } from "../../../stores/s3/store.ts";
import { type BlobPlaceUnderTest, testBlobs } from "../../support/blob-suite.ts";
import { type BucketServer, noBucket, startBucketServer } from "../../support/bucket.ts";
import { damageStored } from "../../support/stored-blobs.ts";

const base = mkdtempSync(join(tmpdir(), "postino-places-"));
let made = 0;
afterAll(() => rmSync(base, { recursive: true, force: true }));

function makeFolder(): string {
  made += 1;
  return join(base, String(made));
}

/** `limits`: small packs, as after years. */
async function makePacks(
  limits: {
    fullAt: number;
    resumedBelow: number;
  },
  ring: KeyRing | null = null,
): Promise<BlobPlaceUnderTest> {
  const folder = makeFolder();
  return {
    isSealed: ring !== null,
    open: () => openArtifacts(folder, limits, ring === null ? null : createSeals(ring).blobs),
    async damage(sha256, how) {
      damageStored(folder, sha256, how, ring === null ? null : createSeals(ring).blobs);
    },
  };
}

testBlobs("packs", () => makePacks({ fullAt: 2 ** 28, resumedBelow: 2 ** 26 }));
testBlobs("packs that are sealed", () =>
  makePacks({ fullAt: 2 ** 28, resumedBelow: 2 ** 26 }, createRing("sealed", 0)),
);
testBlobs("sealed packs that are full at once", () =>
  makePacks({ fullAt: 100, resumedBelow: 0 }, createRing("sealed", 0)),
);
testBlobs("packs that are being sealed", () =>
  makePacks({ fullAt: 2 ** 28, resumedBelow: 2 ** 26 }, createRing("sealing", 0)),
);
testBlobs("packs that are full at once", () => makePacks({ fullAt: 100, resumedBelow: 0 }));

test("two that share a folder at one time write packs of their own, and one after the other the same", async () => {
  const folder = makeFolder();
  const stores = [await openArtifacts(folder), await openArtifacts(folder)];
  await Promise.all(stores.map((store, index) => store.put("a", Buffer.from(`testo ${index}`))));
  const together = readdirSync(join(folder, "packs")).length;
  for (const store of stores) await store.close();
  const next = await openArtifacts(folder);
  await next.put("b", Buffer.from("altro"));
  await next.close();

  expect(together).toBe(2);
  expect(readdirSync(join(folder, "packs")).length).toBe(2);
});

describe.skipIf(noBucket !== "")(`a bucket${noBucket}`, () => {
  let server: BucketServer;
  beforeAll(async () => {
    server = await startBucketServer();
  });
  afterAll(() => server.stop());

  testBlobs("a bucket", async () => {
    const place = server.makePlace();
    const tell = (): void => {};
    return {
      // Each host has a folder of its own.
      open: () => openS3Artifacts(place, { folder: makeFolder(), tell }),
      async damage(sha256, how) {
        const name = `${sha256.slice(0, 2)}/${sha256}`;
        if (how === "altered") await server.overwrite(place, name, Buffer.from("cixo"));
        else {
          const store = await openS3Artifacts(place, { folder: makeFolder(), tell });
          await store.erase(new Set([sha256]), new Set());
        }
      },
    };
  });
});
