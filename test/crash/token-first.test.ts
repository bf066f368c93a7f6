/** The token of a request is durable before the request leaves: seen from SEND's side, at the very moment of the first POST, which then kills the process. */
import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type InstallationWorld,
  makeInstallationWorld,
  type Started,
} from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

test("a process that dies at its first POST has the token in its journal, and sends each verbale once", async () => {
  const seen: { readonly token: string; readonly state: string | null }[] = [];
  let first: Started | null = null;
  const opened = await makeInstallationWorld({
    observe: async (request) => {
      if (request.method !== "POST" || !request.url.endsWith("/requests")) return;
      const { idempotenceToken } = (await request.json()) as { readonly idempotenceToken: string };
      seen.push({
        token: idempotenceToken,
        state: effectOf(opened.dataFolder, idempotenceToken.replace(/^postino-/, "")),
      });
      // SEND has taken it in charge; nobody will hear of it.
      if (seen.length === 1) first?.kill("SIGKILL");
    },
  });
  world = opened;
  const input = opened.file("flusso.jsonl", verbaliLines(5, opened.freshDay));

  first = opened.start(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  const killed = await first.ended;
  const { stdout } = await opened.postino(["runs", "--json"]);
  const [run] = (JSON.parse(stdout) as { readonly runs: readonly { readonly id: string }[] }).runs;
  const { code, document } = await opened.json([
    "resume",
    run?.id ?? "",
    "--json",
    "--wait",
    "10m",
  ]);

  expect(killed.signal).toBe("SIGKILL");
  expect(new Set(seen.map(({ state }) => state))).toEqual(new Set(["intent"]));
  expect([code, document.run.counts.done]).toEqual([0, 5]);
  const { send } = opened.report();
  expect(send.accepted).toBe(5);
  expect(send.requests.map(({ protocol }) => protocol).toSorted()).toEqual([
    "T00001",
    "T00002",
    "T00003",
    "T00004",
    "T00005",
  ]);
  // No verbale had two tokens.
  expect(new Set(seen.map(({ token }) => token)).size).toBe(5);
});

/** The state of an effect in the journal as another process sees it: what is durable; `null` = it is not there. */
function effectOf(dataFolder: string, key: string): string | null {
  const db = new Database(join(dataFolder, "postino.sqlite"), { readonly: true });
  try {
    const found = db
      .query<{ state: string }, [string]>("SELECT state FROM effects WHERE key = ?")
      .get(key);
    return found?.state ?? null;
  } finally {
    db.close();
  }
}
