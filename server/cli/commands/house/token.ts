/** `token`: the keys with which scripts ask the API. */
import { makeToken, revokeToken } from "../../../people/keys.ts";
import { openPeople, type People } from "../../../people/people.ts";
import { locatePeople } from "../../../people/store.ts";
import { keyPermissions } from "../../../people/tokens.ts";
import { readConfig } from "../../../config.ts";
import { formatDateTime } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { nameTerminalUser } from "../../../people/terminal-user.ts";
import { type Command, type CommandInput, exitCodes } from "../../command.ts";
import { terminal } from "../../terminal.ts";

/** The keys for scripts. */
export const tokenCommand: Command = {
  usage: "token add NOME --scope S… [--ente C] [--until AAAA-MM-GG] | token list | token revoke ID",
  summary: "crea, elenca e revoca le chiavi con cui i programmi chiedono all'API",
  details: () => `
  add NOME            crea una chiave e la stampa: si vede solo adesso
  list                le chiavi, con l'ultimo uso
  revoke ID           la chiave non vale più
  --scope S           che cosa può, ripetibile: ${keyPermissions.join(", ")}
  --ente C            solo per questo ente; senza: per tutti
  --until AAAA-MM-GG  l'ultimo giorno in cui vale; senza: finché non è revocata
  La chiave va nell'intestazione «Authorization: Bearer …»; che cosa si può chiedere sta nel pannello, alla pagina /api.
`,
  words: ["add|list|revoke", "NOME|ID?"],
  options: {
    scope: { type: "string", multiple: true },
    ente: { type: "string" },
    until: { type: "string" },
  },
  run(input) {
    const [action = "", word] = input.words;
    const people = openPeople(locatePeople(readConfig(terminal.environment).dataFolder), {
      clock: terminal.clock,
    });
    try {
      if (action === "list") return Promise.resolve(listTokens(people));
      if (action !== "add" && action !== "revoke")
        throw new UsageError(`«${action}» non è né «add», né «list», né «revoke».`);
      if (word === undefined)
        throw new UsageError(action === "add" ? "Manca <NOME>." : "Manca <ID>.");
      return Promise.resolve(
        action === "add" ? addToken(people, word, input) : endToken(people, word),
      );
    } finally {
      people.close();
    }
  },
};

function addToken(people: People, name: string, input: CommandInput): number {
  const scopes = input.listValues("scope");
  const wrong = scopes.find((scope) => !keyPermissions.some((one) => one === scope));
  if (wrong !== undefined || scopes.length === 0)
    throw new UsageError(
      `${wrong === undefined ? "Manca --scope" : `«${wrong}» non va con --scope`}: ${keyPermissions.join(", ")}.`,
    );
  const [ente, endsOn] = [input.findValue("ente"), input.findValue("until")];
  const made = makeToken(
    people,
    { name: nameTerminalUser(), address: null },
    {
      name,
      scopes: keyPermissions.filter((one) => scopes.includes(one)),
      ...(ente !== undefined && { ente }),
      ...(endsOn !== undefined && { endsOn }),
    },
  );
  if (made.status === "refused") {
    terminal.stderr.write(`${made.reason}\n`);
    return exitCodes.usage;
  }
  terminal.stdout.write(`${made.value}\n`);
  terminal.stderr.write("È la chiave: si vede solo adesso.\n");
  return exitCodes.completed;
}

function listTokens({ tokens }: People): number {
  const all = tokens.list();
  if (all.length === 0) terminal.stdout.write("Nessuna chiave.\n");
  for (const { id, name, scopes, ente, usedAt, endsAt, revokedAt } of all) {
    const used = usedAt === null ? "mai usata" : `usata ${formatDateTime(usedAt)}`;
    const end = endsAt === null ? "" : `  fino a ${formatDateTime(endsAt)}`;
    const state = revokedAt === null ? "" : "  REVOCATA";
    terminal.stdout.write(`${id}  ${name}  ${scopes.join(",")}@${ente}  ${used}${end}${state}\n`);
  }
  return exitCodes.completed;
}

function endToken(people: People, word: string): number {
  const actor = { name: nameTerminalUser(), address: null };
  if (/^\d{1,9}$/.test(word) && revokeToken(people, actor, Number(word))) {
    terminal.stdout.write(`La chiave ${word} non vale più.\n`);
    return exitCodes.completed;
  }
  throw new UsageError(`Non c'è una chiave «${word}» che valga ancora: postino token list.`, {
    isWellTyped: true,
  });
}
