/** A process that dies in a call to ANPR: whoever was being asked about is asked about at most once more, and nobody twice for the rest. */
import { expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { buildLookupSettings } from "../support/lookups.ts";
import { makeVerbale } from "../support/verbali.ts";

const yaml = `name: Consultazioni
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: look-up-residence
    with: { moved: note }
    concurrency: 1
    retry: { times: 5, wait: 20ms, maxWait: 100ms }
`;

async function listCalls({ url }: InstallationWorld): Promise<readonly string[]> {
  const { lookups } = (await (await fetch(`${url}/report`)).json()) as {
    lookups: { calls: { service: string; reason: string }[] };
  };
  return lookups.calls.map(({ service, reason }) => `${reason} ${service}`).toSorted();
}

// The answer of the call is lost with the process that waited for it.
test.each([
  ["C030", ["T00001 C030", "T00001 C030"]],
  ["C020", ["T00001 C020", "T00001 C020", "T00001 C030"]],
])("killed in %s: it is asked once more, and what was known is not", async (service, expected) => {
  let kill: (() => Promise<unknown>) | null = null;
  const world = await makeInstallationWorld({
    sendYaml: yaml,
    enteYaml: (text) => {
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
      return `${text}consultazioni: ${JSON.stringify(buildLookupSettings(origin))}\n`;
    },
    async observe({ url }) {
      if (url.includes(`/${service}-`)) await kill?.();
    },
  });
  try {
    // A person whom ANPR knows.
    const person = { cognome: "Dimostri", nome: "Noemi", codiceFiscale: "DMSNMO60T60X001G" };
    const verbale = makeVerbale(1, world.freshDay);
    const destinatario = { ...verbale.destinatario, ...person };
    const input = world.file("flusso.jsonl", `${JSON.stringify({ ...verbale, destinatario })}\n`);
    const args = ["run", "send", "--ente", "prova", "--input", input, "--json"];
    const started = world.start(args);
    kill = () => {
      started.kill("SIGKILL");
      kill = null;
      return started.ended;
    };
    await started.ended;
    const { stdout } = await world.postino(["runs", "--json"]);
    const run = (JSON.parse(stdout) as { runs: { id: string }[] }).runs[0]?.id ?? "";

    const { document } = await world.json(["resume", run, "--json"]);

    expect(document.items.map(({ state }) => state)).toEqual(["done"]);
    expect(await listCalls(world)).toEqual(
      service === "C030" ? [...expected, "T00001 C020"].toSorted() : [...expected],
    );
  } finally {
    await world.close();
  }
});
