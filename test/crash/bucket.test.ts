/** An installation whose documents lie in a bucket: killed twice, backed up, put back elsewhere, moved into a folder; no document is lost, none is sent twice. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { openS3Artifacts } from "../../stores/s3/store.ts";
import type { BucketPlace } from "../../stores/s3/place.ts";
import { type BucketServer, bucketKeys, noBucket, startBucketServer } from "../support/bucket.ts";
import { testInOrder } from "../support/chapters.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import type { RunDocument } from "../support/run-document.ts";
import { verbaliLines } from "../support/verbali.ts";

const count = 4;

describe.skipIf(noBucket !== "")(`documents in a bucket${noBucket}`, () => {
  let server: BucketServer;
  let world: InstallationWorld;
  let place: BucketPlace;
  let env: Record<string, string>;
  let document: RunDocument;
  let run = "";
  beforeAll(async () => {
    server = await startBucketServer();
    world = await makeInstallationWorld();
    place = server.makePlace();
    env = {
      POSTINO_ARTIFACTS: `s3://prova/${place.prefix}?endpoint=${place.endpoint}&region=eu-south-1`,
      ARTIFACTS_S3_KEY: bucketKeys.owner.accessKeyId,
      ARTIFACTS_S3_SECRET: bucketKeys.owner.secretAccessKey,
    };
  });
  afterAll(async () => {
    await world.close();
    await server.stop();
  });

  const hashAll = (from: RunDocument): readonly string[] =>
    from.items.flatMap(({ artifacts }) =>
      artifacts.map(({ path }) => createHash("sha256").update(readFileSync(path)).digest("hex")),
    );
  const nameAll = (from: RunDocument): readonly string[] =>
    from.items.flatMap(({ artifacts }) => artifacts.map(({ sha256 }) => sha256));

  testInOrder("a bucket keeps what a folder keeps", [
    [
      "doctor tries it, and tells a key that is missing or wrong",
      async () => {
        const good = await world.postino(["doctor", "--ente", "prova"], { env });
        const { ARTIFACTS_S3_SECRET: _, ...less } = env;
        const missing = await world.postino(["doctor", "--ente", "prova"], { env: less });
        const wrong = { ...env, ARTIFACTS_S3_SECRET: "un-altro-segreto" };
        const refused = await world.postino(["doctor", "--ente", "prova"], { env: wrong });

        expect(good.stdout).toContain(
          "I documenti si scrivono, si leggono e si cancellano in s3://prova/",
        );
        expect(missing.stdout).toContain("Manca il segreto ARTIFACTS_S3_SECRET.");
        expect(refused.stdout).toContain("non riconosce la firma");
        expect(refused.stdout).not.toContain("un-altro-segreto");
      },
    ],
    [
      "a run that may not store says so before anything is sent",
      async () => {
        const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
        const wrong = { ...env, ARTIFACTS_S3_KEY: "SCONOSCIUTA" };
        const words = ["run", "send", "--ente", "prova", "--input", input];
        const refused = await world.postino(words, { env: wrong });

        expect(refused.code).toBe(5);
        expect(refused.stderr).toContain("non conosce la chiave di accesso");
        expect(refused.stderr).toContain("ARTIFACTS_S3_KEY");
        expect(world.report().send.accepted).toBe(0);
      },
    ],
    [
      "killed before and after a document is there, it goes on and sends each verbale once",
      async () => {
        const words = [
          "run",
          "send",
          "--ente",
          "prova",
          "--input",
          join(world.folder, "flusso.jsonl"),
        ];
        const crash = { ...env, POSTINO_CRASH_AT: "artifact-before-sync:4" };
        const killed = await world.postino([...words, "--json", "--wait", "10m"], { env: crash });
        const { stdout } = await world.postino(["runs", "--json"], { env });
        run = (JSON.parse(stdout) as { runs: { id: string }[] }).runs[0]?.id ?? "";
        const again = { ...env, POSTINO_CRASH_AT: "artifact-after-sync:3" };
        const second = await world.postino(["resume", run, "--wait", "10m"], { env: again });
        const ended = await world.json(["resume", run, "--json", "--wait", "10m"], { env });
        ({ document } = ended);

        expect([killed.signal, second.signal]).toEqual(["SIGKILL", "SIGKILL"]);
        expect(document.run.counts).toMatchObject({ total: count, done: count });
        const { accepted, repeated } = world.report().send;
        expect([accepted, repeated]).toEqual([count, 0]);
        expect(hashAll(document)).toEqual(nameAll(document));
        expect(existsSync(join(world.dataFolder, "artifacts", "packs"))).toBe(false);
      },
    ],
    [
      "a backup has them, and they go back into a folder",
      async () => {
        const backup = join(world.folder, "copia.tar");
        const made = await world.postino(["backup", backup], { env });
        const data = join(world.folder, "ripristinata");
        const restored = await world.postino(["restore", backup], { env: { POSTINO_DATA: data } });
        const status = await world.json(["status", run, "--json"], { env: { POSTINO_DATA: data } });

        expect([made.code, made.stderr, restored.code]).toEqual([0, "", 0]);
        expect(nameAll(status.document)).toEqual(nameAll(document));
        expect(hashAll(status.document)).toEqual(nameAll(document));
      },
    ],
    [
      "they move from the bucket into a folder and back; what is there already is not sent again",
      async () => {
        const folder = `file:${join(world.folder, "condivisa")}`;
        const s3 = env["POSTINO_ARTIFACTS"] ?? "";
        const out = await world.postino(["store", "copy", s3, folder], { env });
        const again = await world.postino(["store", "copy", s3, folder], { env });
        const moved = { ...env, POSTINO_ARTIFACTS: folder };
        const status = await world.json(["status", run, "--json"], { env: moved });
        server.takeMethods();
        const back = await world.postino(["store", "copy", folder, s3], { env });

        expect([out.code, again.code, back.code]).toEqual([0, 0, 0]);
        expect(again.stdout).toStartWith("0 documenti copiati");
        expect(hashAll(status.document)).toEqual(nameAll(document));
        // The mark of the prefix, which is there.
        expect(server.takeMethods().filter((method) => method === "PUT")).toEqual(["PUT"]);
      },
    ],
    [
      "vacuum takes what no row names, and only after a day",
      async () => {
        mkdirSync(join(world.folder, "mano"));
        const store = await openS3Artifacts(place, {
          folder: join(world.folder, "mano"),
          tell: () => {},
        });
        const { sha256 } = await store.put("orfano", Buffer.from("di nessuno"));
        const young = await world.postino(["vacuum"], { env });
        const isThere = await store.has(sha256);
        const status = await world.json(["status", run, "--json"], { env });

        expect(young.stdout).toContain("Documenti che nessuno nomina: 0 (");
        expect(isThere).toBe(true);
        expect(hashAll(status.document)).toEqual(nameAll(document));
      },
    ],
    [
      "what a person cannot do with a bucket is said",
      async () => {
        const pack = await world.postino(["store", "pack"], { env });
        const bad = await world.postino(["runs"], { env: { POSTINO_ARTIFACTS: "s3:/prova" } });
        const keys = await world.postino(["runs"], {
          env: { POSTINO_ARTIFACTS: "s3://a:b@prova" },
        });

        expect([pack.code, bad.code, keys.code]).toEqual([2, 5, 5]);
        expect(pack.stderr).toContain("In un bucket ogni documento è un oggetto");
        expect(bad.stderr).toContain("POSTINO_ARTIFACTS vuole una cartella, oppure s3://bucket/");
        expect(keys.stderr).toContain("Le chiavi stanno nei segreti, non qui");
      },
    ],
  ]);
});
