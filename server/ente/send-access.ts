/** What an ente may ask of SEND outside a run, for commands; refuses real services that are not allowed. */
import { formatProblems } from "../words/problems.ts";
import { createHttp } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import { assertLive, buildSend } from "../../integrations/build.ts";
import type { Send } from "../../integrations/send/create-send.ts";
import { UsageError } from "../words/usage-error.ts";
import { type EnteView, readEnte, unknownEnteError } from "./ente-view.ts";
import { type Installation, openSecrets } from "../installation.ts";

type Settings = Extract<EnteView, { status: "ready" }>["settings"];

/** SEND for the settings of an ente. Throws RunBlocked `LIVE_NOT_ALLOWED`. */
export function openSend(installation: Installation, settings: Settings): Send {
  assertLive(settings, installation.config.isLive);
  const { clock } = installation;
  return buildSend(settings, {
    http: createHttp(),
    clock,
    limiter: createLimiter(clock),
    secrets: openSecrets(installation, settings),
  });
}

/** SEND for the ente of that codice. Throws UsageError when it has no file, or one with errors. */
export async function openEnteSend(installation: Installation, codice: string): Promise<Send> {
  const view = await readEnte(installation, codice);
  if (view.status === "missing") throw unknownEnteError(codice, view.known);
  if (view.status === "wrong")
    throw new UsageError(`I file di ${codice} hanno errori:\n\n${formatProblems(view.problems)}`, {
      isWellTyped: true,
    });
  return openSend(installation, view.settings);
}
