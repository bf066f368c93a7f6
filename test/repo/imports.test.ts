/** Tests of the import table of engine/README.md, told apart from the linter that enforces it while one writes. */
import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { readRepositoryFile, repositoryFiles, withoutComments } from "../support/repository.ts";

interface Import {
  readonly from: string;
  /** A path of ours, relative to the repository, or the name of a package. */
  readonly to: string;
}

const imports: readonly Import[] = repositoryFiles(".ts", ".tsx").flatMap((from) =>
  importsOf(from),
);

function importsOf(from: string): readonly Import[] {
  const code = withoutComments(readRepositoryFile(from));
  const statements = code.matchAll(
    /^(?:import|export)\b[^;"'`]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm,
  );
  return [...statements].map((match) => {
    const to = match[1] ?? match[2] ?? match[3] ?? "";
    return { from, to: to.startsWith(".") ? join(dirname(from), to) : to };
  });
}

function breaches(
  from: RegExp,
  isAllowed: (to: string, source: string) => boolean,
): readonly string[] {
  return imports
    .filter(
      (entry) => from.test(entry.from) && isOurs(entry.to) && !isAllowed(entry.to, entry.from),
    )
    .map((entry) => `${entry.from} imports ${entry.to}`);
}

function isOurs(to: string): boolean {
  return /^(engine|steps|integrations|documents|server|test|bench|scripts|data|pipelines)\//.test(
    to,
  );
}

const integrationLeaves = /^engine\/(errors|http|clock|limiter|logger|artifacts)\.ts$/;

describe("who may import what", () => {
  test("the imports of the tree are seen", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({ from: "engine/host/limiter.ts", to: "engine/host/clock.ts" });
    expect(imports).toContainEqual({ from: "engine/schedule/due-times.ts", to: "cron" });
  });

  test("engine imports engine", () => {
    expect(breaches(/^engine\//, (to) => to.startsWith("engine/"))).toEqual([]);
  });

  test("documents imports documents, and neither network nor database", () => {
    expect(breaches(/^documents\//, (to) => to.startsWith("documents/"))).toEqual([]);
    expect(
      imports.filter(
        ({ from, to }) =>
          from.startsWith("documents/") &&
          /^(ofetch|hono|bun:sqlite|node:(http|https|net))/.test(to),
      ),
    ).toEqual([]);
  });

  test("an integration imports its own folder, the shared files beside it and engine leaves", () => {
    expect(
      breaches(/^integrations\/[^/]+\/.+/, (to, from) => {
        const own = from.split("/").slice(0, 2).join("/");
        return (
          to.startsWith(`${own}/`) ||
          (/^integrations\/[a-z-]+\.ts$/.test(to) && !/\/(build|services)\.ts$/.test(to)) ||
          integrationLeaves.test(to) ||
          /^data\/(demo|reference)\//.test(to)
        );
      }),
    ).toEqual([]);
  });

  test("steps import services, ports, documents and engine leaves; no step imports another", () => {
    const allowed =
      /^(integrations\/services\.ts|integrations\/[a-z]+\/port\.ts|documents\/.+|engine\/(errors|clock|logger|artifacts|contract)\.ts|steps\/[a-z-]+\/.+)$/;

    expect(breaches(/^steps\//, (to) => allowed.test(to))).toEqual([]);
  });

  test("server imports engine, integrations and what describes the fields, never documents or a step", () => {
    expect(
      breaches(/^server\//, (to) => /^(server|engine|integrations|steps\/schemas)\//.test(to)),
    ).toEqual([]);
  });

  test("nothing imports the server but itself, tests and tools", () => {
    const users = imports.filter(
      ({ from, to }) => to.startsWith("server/") && !/^(server|test|bench|scripts)\//.test(from),
    );

    expect(users).toEqual([]);
  });

  test("every import of ours names a file with its ending", () => {
    const files = new Set(repositoryFiles());
    const unknown = imports.filter(({ to }) => isOurs(to) && !files.has(to));

    expect(unknown).toEqual([]);
  });
});

describe("doors", () => {
  const product = repositoryFiles(".ts", ".tsx").filter((path) =>
    /^(engine|steps|integrations|documents|server)\//.test(path),
  );

  function users(pattern: RegExp): readonly string[] {
    return product.filter((path) => pattern.test(withoutComments(readRepositoryFile(path))));
  }

  test("only the HTTP door uses ofetch", () => {
    expect(imports.filter(({ to }) => to === "ofetch").map(({ from }) => from)).toEqual([
      "engine/host/http.ts",
    ]);
  });

  test("only the clock reads the time of the machine", () => {
    expect(users(/\bDate\.now\(\)|\bnew Date\(\)/)).toEqual(["engine/host/clock.ts"]);
  });

  test("only the composition root and the crash points read the environment", () => {
    const readers = users(/\bprocess\.env\b|\bBun\.env\b/);

    expect(readers.filter((path) => !path.startsWith("server/cli/"))).toEqual([
      "engine/host/crashpoint.ts",
      "server/config.ts",
    ]);
  });

  test("a timer belongs to the clock, to a time limit or to the group commit", () => {
    expect(users(/\bset(?:Timeout|Interval)\(/)).toEqual([
      "engine/host/clock.ts",
      "engine/run/concurrency.ts",
      "engine/journal/sqlite/group-commit.ts",
    ]);
  });
});
