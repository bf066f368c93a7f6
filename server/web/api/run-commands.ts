/** The operations that do something with flussi: start, answer, go on, decide, cancel. */
import { Type } from "typebox";
import { formatPageHint } from "../../words/hints.ts";
import { readSigner } from "../gate/who.ts";
import { answerApiFault } from "../routes/fault.ts";
import { type AnyOperation, defineOperation } from "./operation.ts";
import * as schemas from "./schemas.ts";

import {
  replyToCommand,
  commandAnswers,
  describeProblem,
  inlineBytes,
  runGroup,
  toUploadedFile,
} from "./run-place.ts";

export const runCommands: readonly AnyOperation[] = [
  defineOperation({
    method: "post",
    path: "/api/runs",
    group: runGroup,
    summary: "Avvia un flusso",
    description:
      "Con il file dei verbali dentro la richiesta (fino a 45 MB), o senza: dalla cartella di arrivo.",
    body: schemas.StartBody,
    mostBytes: inlineBytes,
    answers: {
      202: { description: "Partito", schema: schemas.Started },
      400: describeProblem("La richiesta non ha la forma attesa"),
      409: describeProblem("Pipeline, ente o parametri non lo consentono"),
    },
    async handle({ c, deps, body }) {
      const { pipeline, ente, params = {}, input, first } = body;
      if (deps.startRun === undefined)
        return answerApiFault(c, 409, "REFUSED", "Da qui non si avviano flussi.");
      const file = input === undefined ? null : toUploadedFile(input);
      const result = await deps.startRun({
        pipeline,
        ente,
        params,
        input: file,
        ...(first !== undefined && { first }),
      });
      if (result.status === "accepted")
        return c.json({ status: "accepted", run: result.runId }, 202);
      const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
      const errors = Object.entries(result.params ?? {}).map(([name, detail]) => ({
        field: `params.${name}`,
        detail,
      }));
      return answerApiFault(c, 409, "REFUSED", result.reason, hint, errors);
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/runs/{id}/answer",
    group: runGroup,
    summary: "Risponde a un flusso che attende una persona",
    body: schemas.AnswerBody,
    code: "BAD_ANSWER",
    mostBytes: 64_000,
    answers: commandAnswers,
    handle: (asked) => {
      const { body, deps, c } = asked;
      if (body.kind === "approval") {
        const by = readSigner() ?? body.by;
        if (by === undefined)
          return answerApiFault(
            c,
            422,
            "BAD_ANSWER",
            "Manca il nome di chi dà il benestare («by»).",
          );
        return replyToCommand(asked, (id) => deps.answer(id, { kind: "approval", by }));
      }
      return replyToCommand(asked, (id) => deps.answer(id, body));
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/runs/{id}/signed",
    group: runGroup,
    summary:
      "Consegna i PDF firmati, anche in ZIP (fino a 45 MB; oltre, dalla pagina o con postino answer --files)",
    body: Type.Object(
      { files: Type.Array(schemas.InlineFile, { minItems: 1, maxItems: 1_000 }) },
      { additionalProperties: false },
    ),
    code: "BAD_ANSWER",
    mostBytes: inlineBytes,
    answers: commandAnswers,
    handle: (asked) =>
      replyToCommand(asked, (id) =>
        asked.deps.answer(id, {
          kind: "files",
          files: asked.body.files.map(toUploadedFile),
          release: async () => {},
        }),
      ),
  }),
  defineOperation({
    method: "post",
    path: "/api/runs/{id}/resume",
    group: runGroup,
    summary: "Riprende ciò che resta, o un altro giro per i verbali indicati",
    body: schemas.ResumeBody,
    answers: commandAnswers,
    handle: (asked) => replyToCommand(asked, (id) => asked.deps.resume(id, asked.body)),
  }),
  defineOperation({
    method: "post",
    path: "/api/runs/{id}/decide",
    group: runGroup,
    summary: "Dice come stanno i verbali in dubbio: tutti, o quelli indicati",
    body: schemas.DecideBody,
    answers: commandAnswers,
    handle: (asked) => {
      const { word, reason, evidence = null, items, by = "" } = asked.body;
      const signer = readSigner() ?? by;
      if (signer === "")
        return answerApiFault(asked.c, 422, "BAD_REQUEST", "Manca il nome di chi risponde («by»).");
      if (word === "done" && items?.length !== 1)
        return answerApiFault(
          asked.c,
          422,
          "BAD_REQUEST",
          "Che sia avvenuto si dice di un verbale alla volta.",
        );
      return replyToCommand(asked, (id) =>
        asked.deps.resume(id, {
          only: "in-doubt",
          ...(items !== undefined && { items }),
          decision: { word, reason, evidence, by: signer },
        }),
      );
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/runs/{id}/exclude",
    group: runGroup,
    summary: "Esclude verbali dal flusso prima che siano inviati, con il perché",
    body: schemas.ExcludeBody,
    answers: commandAnswers,
    handle: (asked) => {
      const { items, reason, by = "" } = asked.body;
      const signer = readSigner() ?? by;
      if (signer === "")
        return answerApiFault(asked.c, 422, "BAD_REQUEST", "Manca il nome di chi esclude («by»).");
      return replyToCommand(asked, async (id) =>
        asked.deps.exclude === undefined
          ? { status: "refused", reason: "Qui non si escludono verbali." }
          : await asked.deps.exclude(id, { items, reason, by: signer }),
      );
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/runs/{id}/cancel",
    group: runGroup,
    summary: "Annulla il flusso",
    body: schemas.NoBody,
    answers: commandAnswers,
    handle: (asked) => replyToCommand(asked, (id) => asked.deps.cancel(id)),
  }),
];
