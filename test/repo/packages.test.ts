/** Tests over the manifest and the lockfile: exact versions, no addresses, the scripts that the documents promise. */
import { describe, expect, test } from "bun:test";
import { readRepositoryFile } from "../support/repository.ts";

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readRepositoryFile("package.json")) as Manifest;
const all = { ...manifest.dependencies, ...manifest.devDependencies };

describe("package.json", () => {
  test("every version is exact", () => {
    const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));

    expect(Object.keys(all).length).toBeGreaterThan(10);
    expect(loose).toEqual([]);
  });

  test("Bun is a package of the product, so that Node.js alone is enough to begin", () => {
    expect(manifest.dependencies["bun"]).toBe("1.4.5");
  });

  test("demo, test and postino install what is missing before they run, by one script", () => {
    expect(manifest.scripts["ensure"]).toBe("node scripts/ensure-installed.mjs");
    for (const name of ["demo", "test", "postino", "ci"]) {
      expect(manifest.scripts[name]).toMatch(
        /^npm run --silent ensure && (exec )?bun [a-z]+\/[a-z]+\.ts/,
      );
      expect(manifest.scripts[`pre${name}`]).toBeUndefined();
    }
  });

  test("the sum of .ci/run is that of npm run ci", () => {
    expect(readRepositoryFile(".ci/run").trimEnd().split("\n").at(-1)).toBe(
      "exec npm run --silent ci",
    );
  });
});

describe("bun.lock", () => {
  const lock = readRepositoryFile("bun.lock");

  test("it names no address", () => {
    expect(lock).not.toMatch(/https?:\/\//);
  });

  test("it holds every package of the manifest at its version", () => {
    const absent = Object.entries(all).filter(
      ([name, version]) => !lock.includes(`"${name}": ["${name}@${version}"`),
    );

    expect(absent).toEqual([]);
  });
});
