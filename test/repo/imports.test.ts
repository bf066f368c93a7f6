/** Tests of the import table (scripts/house/rooms.ts), told apart from the linter that enforces it while one writes. */
import { describe, expect, test } from "bun:test";
import {
  findBreaches,
  findCircles,
  findRoom,
  isOurs,
  readImports,
} from "../../scripts/house/imports.ts";
import { networkPackages, rooms } from "../../scripts/house/rooms.ts";
import { readRepositoryFile, repositoryFiles, withoutComments } from "../support/repository.ts";

const code = repositoryFiles(".ts", ".tsx");
const imports = code.flatMap((path) =>
  readImports(path, withoutComments(readRepositoryFile(path))),
);

describe("who may import what", () => {
  test("the imports of the tree are seen", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({
      from: "engine/host/limiter.ts",
      to: "engine/host/clock.ts",
    });
    expect(imports).toContainEqual({ from: "engine/schedule/due-times.ts", to: "cron" });
  });

  test("every import is allowed by the table", () => {
    expect(findBreaches(imports)).toEqual([]);
  });

  test("the table refuses what it should", () => {
    const wrong = [
      { from: "engine/step/contract.ts", to: "engine/run/runner.ts" },
      { from: "engine/run/runner.ts", to: "stores/sqlite/store.ts" },
      { from: "engine/run/runner.ts", to: "steps/zip.ts" },
      { from: "loader/yaml/yaml.ts", to: "loader/pipeline/resolve.ts" },
      { from: "documents/verify/check.ts", to: "engine/host/errors.ts" },
      { from: "integrations/send/desk.ts", to: "integrations/payments/port.ts" },
      { from: "integrations/payments/gpd/client.ts", to: "integrations/payments/govpay/api.ts" },
      { from: "integrations/send/desk.ts", to: "simulators/send/simulator.ts" },
      { from: "simulators/send/simulator.ts", to: "integrations/send/client/client.ts" },
      { from: "steps/zip.ts", to: "steps/sign.ts" },
      { from: "steps/zip.ts", to: "integrations/send/client/client.ts" },
      { from: "steps/zip.ts", to: "server/config.ts" },
      { from: "server/history/catalog.ts", to: "server/web/deps.ts" },
      { from: "server/web/app.tsx", to: "test/support/verbali.ts" },
    ];

    expect(findBreaches(wrong).length).toBe(wrong.length);
  });

  test("every folder of the table is there, and every file of the product is in one", () => {
    const used = new Set(code.map((path) => findRoom(path)));
    const homeless = code.filter(
      (path) => findRoom(path) === null && !/^(test|bench|scripts|editors)\/|\.d\.ts$/.test(path),
    );

    expect(rooms.filter((room) => !used.has(room)).map(({ folder }) => folder)).toEqual([]);
    expect(homeless).toEqual([]);
  });

  test("documents uses neither network nor database", () => {
    const packages = networkPackages.map((name) => new Bun.Glob(name));

    expect(
      imports.filter(
        ({ from, to }) =>
          from.startsWith("documents/") && packages.some((pattern) => pattern.match(to)),
      ),
    ).toEqual([]);
  });

  test("nothing goes round in circles, types included", () => {
    expect(findCircles(imports)).toEqual([]);
    expect(
      findCircles([
        { from: "engine/a.ts", to: "engine/b.ts" },
        { from: "engine/b.ts", to: "engine/c.ts" },
        { from: "engine/c.ts", to: "engine/a.ts" },
        { from: "engine/d.ts", to: "engine/a.ts" },
      ]),
    ).toEqual([["engine/a.ts", "engine/b.ts", "engine/c.ts"]]);
  });

  test("every import of ours names a file with its ending", () => {
    const files = new Set(repositoryFiles());
    const unknown = imports.filter(({ to }) => isOurs(to) && !files.has(to));

    expect(unknown).toEqual([]);
  });
});

describe("doors", () => {
  const product = repositoryFiles(".ts", ".tsx").filter((path) =>
    /^(engine|stores|hosts|loader|steps|integrations|simulators|documents|server)\//.test(path),
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

  test("only the composition root, the terminal and the crash points read the environment", () => {
    expect(users(/\bprocess\.env\b|\bBun\.env\b/)).toEqual([
      "engine/host/crashpoint.ts",
      "server/cli/terminal.ts",
      "server/config.ts",
    ]);
  });

  test("a timer belongs to the clock or to the group commit", () => {
    expect(users(/\bset(?:Timeout|Interval)\(/)).toEqual([
      "engine/host/clock.ts",
      "stores/sql/group-commit.ts",
    ]);
  });
});
