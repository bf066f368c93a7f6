/** What stands in deploy/ and in publiccode.yml: files that other programs read. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { findProgram } from "../support/programs.ts";
import { readRepositoryFile, repositoryFolder } from "../support/repository.ts";

const analyze = findProgram("systemd-analyze");
const without = analyze === null ? " (skipped: no systemd-analyze here)" : "";
const version = (JSON.parse(readRepositoryFile("package.json")) as { version: string }).version;

test.skipIf(analyze === null).each(["postino.service", "postino-worker.service"])(
  `systemd finds nothing to say about the unit %s${without}`,
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), "postino-unit-"));
    const unit = readRepositoryFile(`deploy/${name}`).replace(
      /^ExecStart=\S+/m,
      `ExecStart=${process.execPath}`,
    );
    writeFileSync(join(folder, name), unit);
    const verify = Bun.spawn([analyze ?? "", "verify", join(folder, name)], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const said = `${await new Response(verify.stdout).text()}${await new Response(verify.stderr).text()}`;
    await verify.exited;
    rmSync(folder, { recursive: true });

    expect(said).toBe("");
    expect(verify.exitCode).toBe(0);
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute/m);
  },
);

interface Publiccode {
  readonly publiccodeYmlVersion: string;
  readonly name: string;
  readonly url: string;
  readonly softwareVersion: string;
  readonly releaseDate: string;
  readonly platforms: readonly string[];
  readonly developmentStatus: string;
  readonly softwareType: string;
  readonly description: Readonly<
    Record<string, { shortDescription: string; longDescription: string; features: string[] }>
  >;
  readonly legal: { readonly license: string };
  readonly maintenance: { readonly type: string; readonly contacts: readonly { name: string }[] };
  readonly localisation: {
    readonly localisationReady: boolean;
    readonly availableLanguages: readonly string[];
  };
}

/** The rules of publiccode.yml 0.4 for what we say: https://docs.italia.it, «publiccode.yml», core. */
test("the entry of the catalogue of public software keeps the rules of the catalogue", () => {
  const entry = parse(readRepositoryFile("publiccode.yml")) as Publiccode;
  const {
    shortDescription = "",
    longDescription = "",
    features = [],
  } = entry.description["it"] ?? {};

  expect(entry.publiccodeYmlVersion).toBe("0.4");
  expect(entry.softwareVersion).toBe(version);
  expect(entry.releaseDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(URL.canParse(entry.url)).toBe(true);
  expect(entry.platforms.toSorted()).toEqual(["linux", "mac", "web", "windows"]);
  expect(["concept", "development", "beta", "stable", "obsolete"]).toContain(
    entry.developmentStatus,
  );
  expect(entry.softwareType).toBe("standalone/web");
  expect(shortDescription.length).toBeLessThanOrEqual(150);
  expect(longDescription.length).toBeGreaterThan(150);
  expect(longDescription.length).toBeLessThan(10_000);
  expect(features.filter((feature) => feature.length > 100)).toEqual([]);
  expect(features.length).toBeGreaterThan(0);
  expect(entry.legal.license).toBe("EUPL-1.2");
  expect(entry.maintenance.type === "community" && entry.maintenance.contacts.length > 0).toBe(
    true,
  );
  expect(entry.localisation).toEqual({ localisationReady: false, availableLanguages: ["it"] });
});

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly command?: readonly string[]; readonly image?: string }>
  >;
}

test("the compose file starts commands that there are, with the version of the program", () => {
  const compose = parse(readRepositoryFile("deploy/compose.yaml"), { merge: true }) as Compose;
  const main = readRepositoryFile("server/main.ts");

  for (const [name, service] of Object.entries(compose.services)) {
    if (name === "db") continue;
    expect(service.image).toBe(`postino:${version}`);
    expect(main.includes(`  ${service.command?.[0] ?? "?"}: async () =>`)).toBe(true);
  }
  expect(Object.keys(compose.services).toSorted()).toEqual(["db", "pannello", "riserva", "worker"]);
});

test("the image is built with the Bun that the tests run on, from files that are there", () => {
  const text = readRepositoryFile("deploy/Dockerfile");
  const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = ""]) =>
    list.split(" "),
  );

  expect(text).toContain(`oven/bun:${Bun.version}`);
  for (const path of copied) expect(existsSync(join(repositoryFolder, path))).toBe(true);
  expect(copied).toEqual(["package.json", "bun.lock", "."]);
});
