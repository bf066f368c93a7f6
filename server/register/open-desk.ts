/** The register of an installation as its pages and its API use it. */
import { toInstant } from "../../engine/host/clock.ts";
import { endedRunStates } from "../../engine/journal/states.ts";
import { createRegister } from "../../integrations/register/register.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { FieldFault } from "../correct/verbale-form.ts";
import type { SuggestedPlace } from "../correct/judge-typed.ts";
import type { WritingInstallation } from "../installation.ts";
import type { CommandResult, StartRequest, StartResult } from "../web/requests.ts";
import {
  checkWaiting,
  correctWaiting,
  type CorrectWaitingRequest,
  type OpenWaiting,
  readWaiting,
  suggestWaiting,
} from "./correct-waiting.ts";
import { type GeneratePreview, previewChosen } from "./generate.ts";
import type { RegisterUse } from "./use.ts";
import { settleFlusso } from "./settle.ts";
import { toUploaded } from "./to-uploaded.ts";
import {
  sayOfWaiting,
  type WaitingAnswer,
  type WaitingSubject,
  type WaitingWord,
} from "./waiting-desk.ts";

export interface WaitingDesk {
  /** The enti that notify from the register. */
  listEnti(): Promise<readonly string[]>;
  readUse(ente: string): Promise<RegisterUse>;
  /** Brings those that a flusso took to where they stand now. */
  settle(ente: string): Promise<void>;
  say(
    ente: string,
    asked: { readonly subject: WaitingSubject; readonly word: WaitingWord; readonly by: string },
  ): Promise<WaitingAnswer>;
  /** What a flusso of the chosen ones would be; `null`: the ente's file cannot be read. */
  preview(ente: string): Promise<GeneratePreview | null>;
  /** Starts it. `count`: how many whoever pressed had before them. */
  generate(ente: string, count: number): Promise<StartResult>;
  /** Verbali as JSON, one each, through the pipeline that registers. */
  add(ente: string, verbali: readonly unknown[]): Promise<StartResult>;
  read(ente: string, numero: string): Promise<OpenWaiting | null>;
  check(
    open: OpenWaiting,
    verbale: Readonly<Record<string, unknown>>,
  ): Promise<readonly FieldFault[]>;
  suggest(
    open: OpenWaiting,
    verbale: Readonly<Record<string, unknown>>,
  ): Promise<readonly SuggestedPlace[]>;
  correct(open: OpenWaiting, request: CorrectWaitingRequest): Promise<CommandResult>;
}

export interface WaitingDeskOptions {
  listEnti(): Promise<readonly string[]>;
  readUse(ente: string): Promise<RegisterUse>;
  readSettings(ente: string): Promise<EnteSettings | null>;
  start(request: StartRequest): Promise<StartResult>;
}

/** A flusso that goes on is looked at again after this. */
const lookAgainMs = 60_000;

export function openWaitingDesk(
  writing: WritingInstallation,
  { listEnti, readUse, readSettings, start }: WaitingDeskOptions,
): WaitingDesk {
  const { journal, clock } = writing;
  const looked = new Map<string, number>();
  return {
    listEnti,
    readUse,
    async settle(ente) {
      const open = await createRegister(journal, ente).listBySubject("taking", "open");
      for (const { key } of open) {
        const run = await journal.readRun(key);
        if (run === null) continue;
        const at = looked.get(key) ?? Number.NEGATIVE_INFINITY;
        const isEnded = endedRunStates.includes(run.state);
        if (!isEnded && clock.now() - at < lookAgainMs) continue;
        looked.set(key, clock.now());
        await settleFlusso(journal, ente, key);
        if (isEnded) looked.delete(key);
      }
    },
    say: (ente, asked) => sayOfWaiting(writing, ente, asked),
    async preview(ente) {
      const settings = await readSettings(ente);
      return settings === null ? null : await previewChosen(journal, ente, settings);
    },
    generate: (ente, count) => generateChosen(writing, { readUse, start }, ente, count),
    async add(ente, verbali) {
      const { registers } = await readUse(ente);
      if (registers === null)
        return {
          status: "refused",
          reason: "Questo ente non ha una pipeline che registra i verbali.",
          hint: "Avvisare il tecnico: serve una pipeline che finisce con il passo register.",
        };
      const text = verbali.map((verbale) => `${JSON.stringify(verbale)}\n`).join("");
      const name = `api-${toInstant(clock.now()).replaceAll(/\D/g, "")}.jsonl`;
      return await start({ pipeline: registers, ente, params: {}, input: toUploaded(name, text) });
    },
    read: (ente, numero) => readWaiting(writing, ente, numero),
    check: (open, verbale) => checkWaiting(writing, open, verbale),
    suggest: (open, verbale) => suggestWaiting(writing, open, verbale),
    correct: (open, request) => correctWaiting(writing, open, request),
  };
}

async function generateChosen(
  { journal }: WritingInstallation,
  { readUse, start }: Pick<WaitingDeskOptions, "readUse" | "start">,
  ente: string,
  count: number,
): Promise<StartResult> {
  const { generates } = await readUse(ente);
  if (generates === null) return noPipeline;
  const counts = await createRegister(journal, ente).count("standing");
  const chosen = counts.get("chosen") ?? 0;
  if (chosen === 0)
    return {
      status: "refused",
      reason: "Nessun verbale è scelto: forse il flusso è già partito.",
    };
  if (chosen !== count)
    return {
      status: "refused",
      reason: `Intanto la scelta è cambiata: ora sono ${chosen}. Guardare di nuovo e confermare.`,
    };
  const { pipeline } = generates;
  return await start({ pipeline, ente, params: {}, input: null, isChosenOnly: true });
}

const noPipeline: StartResult = {
  status: "refused",
  reason: "Questo ente non notifica dal registro.",
  hint: "Avvisare il tecnico: la pipeline deve cominciare con load-register (guida del tecnico, «Registro»).",
};
