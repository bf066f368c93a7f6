/** What to do next, in the words of the terminal and of the pages, from the same data. */
import { expect, test } from "bun:test";
import { askTechnician, type Hint, joinHints } from "../../../../engine/host/hint.ts";
import { formatPageHint, formatTerminalHint } from "../../../../server/words/hints.ts";

const run = "20261128-0003";

const rows: readonly (readonly [name: string, hint: Hint, terminal: string, page: string])[] = [
  [
    "text outside the program",
    "Liberare spazio nella cartella dei dati.",
    "Liberare spazio nella cartella dei dati.",
    "Liberare spazio nella cartella dei dati.",
  ],
  [
    "text of an older journal",
    "Poi: postino resume 1 --only failed",
    "Poi: postino resume 1 --only failed",
    "Poi: postino resume 1 --only failed",
  ],
  ["resume", { action: "resume" }, `postino resume ${run}`, "Premere «Riprendi»."],
  [
    "a setting, and nothing of Postino's own",
    askTechnician("controllare la chiave", "Controllare send.apiKey."),
    "Controllare send.apiKey.",
    "Chiedere al tecnico di controllare la chiave.",
  ],
  [
    "a setting before a resume",
    {
      action: "resume",
      only: "rejected",
      setting: { ask: "controllare la chiave", technical: "Controllare send.apiKey." },
      first: "Aspettare un minuto.",
    },
    `Controllare send.apiKey. Aspettare un minuto. Poi: postino resume ${run} --only rejected`,
    "Chiedere al tecnico di controllare la chiave. Aspettare un minuto. Poi premere «Riprova gli scartati».",
  ],
  [
    "a setting, and a command that the dashboard has no button for",
    {
      action: "prepare",
      ente: "prova",
      setting: { ask: "creare lo stream", technical: "Creare lo stream, oppure «by: polling»." },
      after: "Poi riprendere il flusso.",
    },
    "Creare lo stream, oppure «by: polling». Poi: «postino init --ente prova». Poi riprendere il flusso.",
    "Chiedere al tecnico di creare lo stream. Poi riprendere il flusso.",
  ],
  [
    "resume of another run",
    { action: "resume", run: "20261128-0001", first: "Rinnovare la chiave." },
    "Rinnovare la chiave. Poi: postino resume 20261128-0001",
    "Rinnovare la chiave. Poi premere «Riprendi» nel flusso 20261128-0001.",
  ],
  [
    "the rejected, with what comes of it",
    { action: "resume", only: "rejected", after: "I documenti vengono caricati di nuovo." },
    `«postino resume ${run} --only rejected». I documenti vengono caricati di nuovo.`,
    "Premere «Riprova gli scartati». I documenti vengono caricati di nuovo.",
  ],
  [
    "the failed, after something else",
    { action: "resume", only: "failed", first: "Correggere la causa." },
    `Correggere la causa. Poi: postino resume ${run} --only failed`,
    "Correggere la causa. Poi premere «Riprova i non riusciti».",
  ],
  [
    "those in doubt, led to by a colon",
    { action: "resume", only: "in-doubt", first: "Se nulla risulta:" },
    `Se nulla risulta: postino resume ${run} --only in-doubt`,
    "Se nulla risulta: premere «Decidi per gli in dubbio».",
  ],
  [
    "another flusso",
    { action: "send-again", first: "Correggere il CAP." },
    "Correggere il CAP. Rimandare il verbale con un altro flusso: ripartirà quando una persona lo conferma con «postino resume FLUSSO --only rejected».",
    "Correggere il CAP. Rimandare il verbale con un altro flusso: ripartirà quando una persona lo conferma con «Riprova gli scartati».",
  ],
  [
    "an answer",
    { action: "answer", kind: "files" },
    `postino answer ${run} --files CARTELLA`,
    "Rispondere nella pagina del flusso.",
  ],
  ["the list", { action: "list-runs" }, "postino runs", "Aprire «Flussi»."],
  ["check", { action: "check" }, "postino check", "Chiedere al tecnico (postino check)."],
  [
    "init",
    { action: "prepare", ente: "prova", after: "Oppure usare «by: polling»." },
    "«postino init --ente prova». Oppure usare «by: polling».",
    "Chiedere al tecnico (postino init --ente prova). Oppure usare «by: polling».",
  ],
  [
    "the table of CAPs",
    { action: "import-postal" },
    "postino postal import FILE",
    "Chiedere al tecnico (postino postal import FILE).",
  ],
  [
    "a trusted list",
    { action: "trust", sha256: "ab12" },
    "postino trust --ente CODICE --accept ab12",
    "Chiedere al tecnico (postino trust --ente CODICE --accept ab12).",
  ],
  [
    "the state of SEND",
    { action: "platform" },
    "postino platform",
    "Chiedere al tecnico (postino platform).",
  ],
  [
    "a pipeline",
    { action: "start", pipeline: "annulla", first: "Se è sbagliata, annullarla:" },
    "Se è sbagliata, annullarla: postino run annulla --ente CODICE",
    "Se è sbagliata, annullarla: avviare «annulla» da «Nuovo flusso».",
  ],
];

test.each(rows)("%s", (_, hint, terminal, page) => {
  expect(formatTerminalHint(hint, { run })).toBe(terminal);
  expect(formatPageHint(hint)).toBe(page);
});

test("several hints become one: each sentence once, and the first action", () => {
  const joined = joinHints([
    "Correggere il verbale.",
    { action: "resume", only: "rejected", first: "Unire i documenti.", after: "Costa nulla." },
    { action: "resume", only: "rejected", first: "Correggere il verbale.", after: "Costa nulla." },
  ]);

  expect(joined).toEqual({
    action: "resume",
    only: "rejected",
    first: "Correggere il verbale. Unire i documenti.",
    after: "Costa nulla.",
  });
  expect(joinHints(["Uno.", "Uno.", "Due."])).toBe("Uno. Due.");
  expect(joinHints([])).toBeUndefined();
});

test("two settings are one request, and what Postino can do comes before asking", () => {
  const joined = joinHints([
    askTechnician("controllare la chiave", "Controllare send.apiKey."),
    { action: "resume", setting: { ask: "indicare il gruppo", technical: "Indicare send.group." } },
    askTechnician("controllare la chiave", "Controllare send.apiKey."),
  ]);

  expect(joined).toEqual({
    action: "resume",
    setting: {
      ask: "controllare la chiave e di indicare il gruppo",
      technical: "Controllare send.apiKey. Indicare send.group.",
    },
  });
});
