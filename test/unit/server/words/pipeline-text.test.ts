/** `show`: the merged pipeline as YAML that means the same again, every value with its origin. */
import { expect, test } from "bun:test";
import { showPipeline } from "../../../../server/words/pipeline-text.ts";
import { goodEnte, resolved, tellingRegistry } from "../../loader/pipeline/pipeline-kit.ts";

const pipeline = `name: "Prova: verbali"
schedule: { cron: "30 6 * * 1-5" }
expectSuccessEvery: 26h
params: { giorni: { type: integer, default: 30 } }
steps:
  - uses: load
    with: { cap: "00137", pattern: "*.csv" }
  - uses: check
    with: { days: $(params.giorni), codes: ["302000100000019421", "1.10"] }
    timeout: 90s
  - uses: print
    with: { model: cds }
  - { id: firma, uses: sign, with: { signer: x }, approval: true }
  - { uses: send, with: { poll: 5m } }
onFailure: { uses: tell }
`;
const ente = `${goodEnte}pipelines:
  send:
    change:
      print: { with: { model: "0123" }, retry: { times: 8 } }
`;

test("every value has its file and line, defaults are named as such", async () => {
  const text = showPipeline(
    await resolved({ pipeline, ente, steps: tellingRegistry }),
    tellingRegistry,
  );

  expect(text.split("\n").slice(0, 40)).toEqual([
    "# Pipeline send, ente prova",
    "# parametro giorni: 30                      # send.yaml:4",
    'name: "Prova: verbali"                      # send.yaml:1',
    "schedule:",
    "  cron: 30 6 * * 1-5                        # send.yaml:2",
    "  timezone: Europe/Rome                     # valore predefinito",
    "  ifMissed: run-once                        # valore predefinito",
    "  ifRunning: skip                           # valore predefinito",
    "expectSuccessEvery: 1d2h                    # send.yaml:3",
    "steps:",
    "  - id: load",
    "    uses: load                              # send.yaml:6",
    "    with:",
    '      cap: "00137"                          # send.yaml:7',
    '      pattern: "*.csv"                      # send.yaml:7',
    "    retry:",
    "      times: 5                              # valore predefinito",
    "      wait: 30s                             # valore predefinito",
    "      maxWait: 10m                          # valore predefinito",
    "    concurrency: 8                          # valore predefinito",
    "    approval: false                         # valore predefinito",
    "  - id: check",
    "    uses: check                             # send.yaml:8",
    "    with:",
    "      days: 30                              # send.yaml:9  $(params.giorni)",
    '      codes: ["302000100000019421","1.10"]  # send.yaml:9',
    "      strict: true                          # valore predefinito",
    "    retry:",
    "      times: 5                              # valore predefinito",
    "      wait: 30s                             # valore predefinito",
    "      maxWait: 10m                          # valore predefinito",
    "    concurrency: 8                          # valore predefinito",
    "    timeout: 1m30s                          # send.yaml:10",
    "    approval: false                         # valore predefinito",
    "  - id: print",
    "    uses: print                             # send.yaml:11",
    "    with:",
    '      model: "0123"                         # enti/prova.yaml:8',
    "      bollettino: ppa                       # valore predefinito",
    "      page:",
  ]);
  expect(text).toContain("      times: 8                              # enti/prova.yaml:8\n");
  expect(text).toContain("      poll: 5m                              # send.yaml:14\n");
  expect(text).toContain("    secret: CHIAVE                          # enti/prova.yaml:4\n");
});

test("the text is a pipeline file that means the same", async () => {
  const first = await resolved({ pipeline, ente, steps: tellingRegistry });
  const [shown = "", settings = ""] = showPipeline(first, tellingRegistry).split("\n---\n");

  const again = await resolved({ pipeline: shown, ente: settings, steps: tellingRegistry });

  expect({ ...again, origins: {}, params: {} }).toEqual({ ...first, origins: {}, params: {} });
});
