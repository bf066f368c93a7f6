/** Tests that nothing below the server spells a command: what to do next is data there. */
import { expect, test } from "bun:test";
import { readRepositoryFile, repositoryFiles, withoutComments } from "../support/repository.ts";

const below = /^(engine|stores|hosts|loader|steps|integrations|documents|simulators)\//;

/** The names of the commands, as the CLI shows how they are called. */
function listCommands(): readonly string[] {
  const names = repositoryFiles(".ts")
    .filter((path) => path.startsWith("server/cli/"))
    .flatMap((path) => [...readRepositoryFile(path).matchAll(/\busage:\s*["`]([a-z]+)/g)])
    .map((match) => match[1] ?? "");
  return [...new Set(names)];
}

test("the commands are found", () => {
  const commands = listCommands();

  for (const name of ["run", "resume", "runs", "answer", "check", "init", "doctor", "trust"])
    expect(commands).toContain(name);
});

test("no file below the server spells one of them", () => {
  const spelt = new RegExp(`\\bpostino (?:${listCommands().join("|")})\\b|--(?:only|accept)\\b`);
  const found = repositoryFiles(".ts", ".tsx")
    .filter((path) => below.test(path))
    .flatMap((path) =>
      withoutComments(readRepositoryFile(path))
        .split("\n")
        .filter((line) => spelt.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );

  expect(found).toEqual([]);
});
