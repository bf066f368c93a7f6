/** `serve`: dashboard, API and scheduler until a signal comes. */
import { systemClock } from "../../../../engine/host/clock.ts";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { readConfig } from "../../../config.ts";
import { type Installation, openWriting, type WritingInstallation } from "../../../installation.ts";
import { startListening } from "../../../listen.ts";
import { openPeople } from "../../../people/people.ts";
import { locatePeople } from "../../../people/store.ts";
import { readAccessSettings } from "../../../people/settings.ts";
import { formatProblem } from "../../../words/problems.ts";
import { openServing } from "../../../serving.ts";
import { openSeals } from "../../../store/keys.ts";
import { type Command, exitCodes } from "../../command.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { parsePort, waitForSignal } from "../../listening.ts";
import { onStop } from "../../stop-signals.ts";

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** The server. */
export const serveCommand: Command = {
  usage: "serve [--port 8099] [--host 127.0.0.1] [--no-scheduler] [--standby]",
  summary: "apre il pannello e avvia i flussi programmati",
  details: () => `
  --port 8099        la porta del pannello; 0 ne sceglie una libera
  --host 127.0.0.1   l'indirizzo su cui ascolta; uno di fuori vuole persone (user add) e POSTINO_PUBLIC_URL
  --no-scheduler     senza i flussi programmati: solo il pannello
  --standby          di riserva: aspetta che il registro si liberi, e subentra
`,
  words: [],
  options: {
    port: { type: "string" },
    host: { type: "string" },
    "no-scheduler": { type: "boolean" },
    standby: { type: "boolean" },
  },
  async run(input) {
    const port = parsePort(input.findValue("port") ?? "8099");
    const host = input.findValue("host") ?? "127.0.0.1";
    if (!loopback.test(host)) requirePeople(host);
    const installation = await openForCommand({ logLevel: "info" });
    const settings = await readAccessSettings(installation.config.accessFile, formatProblem);
    const writing = input.hasFlag("standby")
      ? await openWhenFree(installation)
      : await openWriting(installation);
    if (writing === null) return exitCodes.completed;
    const controller = new AbortController();
    const stopped = waitForSignal(controller, writing.journal);
    const serving = openServing(writing, controller.signal, {
      settings,
      seals: await openSeals(writing.config),
    });
    const { app, manager, scheduler } = serving;
    try {
      // Every route has a limit of its own, and says it.
      const listening = startListening(app, { host, port, maxBodyBytes: 2 ** 50 });
      await writing.journal.announceDashboard(listening.url);
      terminal.stdout.write(`Pannello: ${listening.url}\n`);
      for (const origin of writing.config.access.origins)
        terminal.stdout.write(`Dal browser: ${origin}\n`);
      const taken = await manager.takeUp();
      if (taken.length > 0)
        terminal.stdout.write(`Ripresi i flussi rimasti a metà: ${taken.join(", ")}\n`);
      const scheduling = input.hasFlag("no-scheduler")
        ? Promise.resolve()
        : scheduler.run(controller.signal);
      const refreshing = serving.keepPrices(controller.signal);
      const purging = serving.keepRetention(controller.signal);
      const telling = serving.alerts.run(controller.signal);
      await stopped;
      terminal.stdout.write("Mi fermo appena concluso ciò che è in corso…\n");
      await scheduling;
      await refreshing;
      await purging;
      await telling;
      await manager.stop();
      await listening.stop();
      writing.journal.taken.throwIfAborted();
      return exitCodes.completed;
    } finally {
      serving.close();
      await writing.close();
    }
  },
};

/** Other machines are answered only where everybody has to say who they are, under an address that is known. Throws UsageError. */
function requirePeople(host: string): void {
  const { dataFolder, access } = readConfig(terminal.environment);
  const people = openPeople(locatePeople(dataFolder), { clock: terminal.clock });
  try {
    if (people.users.hasAny() && access.origins.length > 0) return;
    throw new UsageError(
      `Senza persone il pannello ascolta solo su questa macchina: --host ${host} non è ammesso. Aggiungere la prima con «postino user add», e scrivere l'indirizzo del pannello in POSTINO_PUBLIC_URL; oppure usare 127.0.0.1.`,
      { isWellTyped: true },
    );
  } finally {
    people.close();
  }
}

const standbyMs = 1_000;

/** Waits until nobody has the journal; `null`: told to stop before. */
async function openWhenFree(base: Installation): Promise<WritingInstallation | null> {
  const controller = new AbortController();
  const release = onStop(() => controller.abort());
  let told = "";
  try {
    while (!controller.signal.aborted) {
      try {
        return await openWriting(base);
      } catch (error) {
        const isForTime =
          error instanceof RunBlocked &&
          (error.code === "JOURNAL_IN_USE" || error.code === "DATABASE_AWAY");
        if (!isForTime) throw error;
        if (told !== error.message) terminal.stdout.write(`Di riserva. ${error.message}\n`);
        told = error.message;
      }
      await systemClock.sleep(standbyMs, controller.signal);
    }
    return null;
  } finally {
    release();
  }
}
