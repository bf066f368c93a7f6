/** What `check` and a start say of an ente's file that no schema can: columns that lead nowhere, secrets and keys that are not there. */
import { createHttp } from "../../engine/host/http.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import { formatTerminalHint } from "../words/hints.ts";
import type { SettingFault } from "../../engine/step/inspect.ts";
import { collectSecretNames } from "../../integrations/build.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { readFlussoSettings } from "../../integrations/flusso/flusso.ts";
import { listMappingFaults } from "../../integrations/flusso/mapping/mapping-faults.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import { createSigning } from "../../integrations/signing/create-signing.ts";
import type { EnteInspection } from "../../loader/pipeline/inspect.ts";
import { collectDemands, type Installation, openSecrets } from "../installation.ts";

/** What every start holds against the file: a run of such a file would refuse every flusso. */
export function createEnteInspection({ registry }: Pick<Installation, "registry">): EnteInspection {
  return (steps, { settings }) => {
    const readsFlusso = steps.some(({ uses }) => registry.get(uses)?.step.needs.includes("flusso"));
    const ente = toEnteSettings(settings ?? {});
    const { flusso, act } = ente;
    const faults =
      readsFlusso && flusso !== undefined ? listMappingFaults(readFlussoSettings(ente)) : [];
    const place = act === undefined ? ["flusso"] : ["atti", act.name, "flusso"];
    return Promise.resolve(
      faults.map(({ path, message, remedy }): SettingFault => ({
        within: "ente",
        path: [...place, ...path],
        message,
        remedy,
      })),
    );
  };
}

/** The same with the secrets and keys that a run reads before its first item; a run that lacks one waits, blocked. */
export function createStrictInspection(installation: Installation): EnteInspection {
  const inspect = createEnteInspection(installation);
  // One key for all pipelines of an ente, and often for all enti of a bureau: opening it costs what a hundred files cost.
  const opened = new Map<string, Promise<RunBlocked | null>>();
  const passwords = new Map<string, Promise<string | null>>();
  // Five pipelines ask for the same few, and enti of a bureau share some.
  const found = new Map<string, Promise<boolean>>();
  return async (steps, ctx) => {
    const settings = toEnteSettings(ctx.settings ?? {});
    const demands = collectDemands({ steps }, installation.registry);
    const secrets = openSecrets(installation, settings);
    const faults = [...(await inspect(steps, ctx))];
    const missing = new Set<string>();
    for (const name of collectSecretNames(settings, demands)) {
      const where = `${settings.live ? "live" : "trial"} ${name}`;
      const isThere = found.get(where) ?? secrets.has(name);
      found.set(where, isThere);
      if (await isThere) continue;
      missing.add(name);
      faults.push(missingSecretFault(settings, name));
    }
    const { clock } = installation;
    const options = { folder: ctx.enteFolder, secrets, http: createHttp(), clock };
    const signing = createSigning(settings.signing, options);
    for (const name of demands.signers) {
      const { pkcs12 } = settings.signing.signers[name] ?? {};
      if (pkcs12 === undefined) continue;
      const key = await identifyKey(name, {
        ...ctx,
        settings,
        readPassword: async (secret) =>
          await passwords.getOrInsertComputed(
            `${settings.live ? "live" : "trial"} ${secret}`,
            async () => ((await secrets.has(secret)) ? await secrets.get(secret) : null),
          ),
      });
      const judged =
        opened.get(key) ?? tryToBlock(async () => await signing.requireSigner(name).describe());
      opened.set(key, judged);
      const fault = await judged;
      if (
        fault === null ||
        (missing.has(pkcs12.password.secret) && fault.code === "MISSING_SECRET")
      )
        continue;
      const path = ["signing", "signers", name, "pkcs12", "file"];
      faults.push({
        within: "ente",
        path,
        message: fault.message,
        ...(fault.hint !== undefined && { remedy: formatTerminalHint(fault.hint) }),
      });
    }
    return faults;
  };
}

/** Signers that are alike in it are told the same of their key. */
async function identifyKey(
  name: string,
  {
    enteFolder,
    settings,
    readPassword,
  }: {
    readonly enteFolder: string;
    readonly settings: EnteSettings;
    readonly readPassword: (secret: string) => Promise<string | null>;
  },
): Promise<string> {
  const signer = settings.signing.signers[name];
  const secret = signer?.pkcs12?.password.secret ?? "";
  const password = await readPassword(secret);
  return JSON.stringify([enteFolder, name, signer, password]);
}

async function tryToBlock(work: () => Promise<unknown>): Promise<RunBlocked | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof RunBlocked) return error;
    throw error;
  }
}

function missingSecretFault(settings: EnteSettings, name: string): SettingFault {
  return {
    within: "ente",
    path: findSecret(settings, name) ?? [],
    message: `manca il segreto ${name}`,
    remedy: `imposta la variabile d'ambiente ${name}, oppure crea il file ${name} nella cartella dei segreti`,
  };
}

/** Where the settings name it first. */
function findSecret(settings: unknown, name: string): readonly string[] | null {
  if (typeof settings !== "object" || settings === null) return null;
  for (const [key, value] of Object.entries(settings)) {
    if (key === "secret" && value === name) return [key];
    const inner = findSecret(value, name);
    if (inner !== null) return [key, ...inner];
  }
  return null;
}
