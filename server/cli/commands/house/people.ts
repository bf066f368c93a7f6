/** `user`, `audit`: the people who may come into the dashboard, and what everybody did. */
import {
  type AccountResult,
  addAccount,
  changePassword,
  changeRoles,
  endSessions,
  inviteUser,
  removeSecondFactors,
  setAccountState,
} from "../../../people/accounts.ts";
import { describeGrants } from "../../../people/login.ts";
import { openPeople, type People } from "../../../people/people.ts";
import { everyEnte, type RoleGrant, isRole, type Role, roles } from "../../../people/roles.ts";
import { locatePeople } from "../../../people/store.ts";
import type { User } from "../../../people/users.ts";
import { readConfig } from "../../../config.ts";
import { formatDateTime } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { nameTerminalUser } from "../../../people/terminal-user.ts";
import { type Command, type CommandInput, exitCodes } from "../../command.ts";
import { readInputLine, terminal } from "../../terminal.ts";

const actions = [
  "add",
  "list",
  "role",
  "password",
  "link",
  "sessions",
  "disable",
  "enable",
  "reset-factor",
] as const;
type Action = (typeof actions)[number];

/** The people. */
export const userCommand: Command = {
  usage: `user ${actions.join("|")} [NOME] [--role R]… [--ente C]… [--full-name "Nome Cognome"]`,
  summary:
    "aggiunge e cambia le persone che entrano nel pannello: ruoli, parola d'accesso, accessi",
  details: () => `
  add NOME --role R         aggiunge una persona e stampa un collegamento con cui sceglie la parola d'accesso
  list                      le persone, i loro ruoli, l'ultimo accesso
  role NOME --role R        sostituisce i suoi ruoli
  link NOME                 un collegamento nuovo per chi ha dimenticato la parola: vale una volta, per tre giorni
  password NOME             imposta la parola d'accesso letta dallo standard input
  sessions NOME [--end]     i suoi accessi aperti; --end li chiude
  disable NOME, enable NOME toglie e ridà l'accesso; nessuno viene cancellato
  reset-factor NOME         toglie app dei codici e passkey a chi le ha perse

  --role R                  ${roles.join(", ")}; ripetibile
  --ente C                  per questo ente, ripetibile; senza: per tutti
  --full-name TESTO         nome e cognome, come firma benestare e decisioni
  --personal                la sola lettura vede i dati personali e scarica i documenti
  Con la prima persona il pannello chiede l'accesso; prima risponde solo da questo computer.
`,
  words: [actions.join("|"), "NOME?"],
  options: {
    role: { type: "string", multiple: true },
    ente: { type: "string", multiple: true },
    "full-name": { type: "string" },
    personal: { type: "boolean" },
    end: { type: "boolean" },
  },
  async run(input) {
    const [word = "", name] = input.words;
    const action = actions.find((one) => one === word);
    if (action === undefined)
      throw new UsageError(`«${word}» non è una di: ${actions.join(", ")}.`);
    if (action === "list" && name !== undefined) throw new UsageError(`«${name}» è di troppo.`);
    if (action !== "list" && name === undefined) throw new UsageError("Manca <NOME>.");
    return await withPeople((people) => runAction(people, { action, name: name ?? "", input }));
  },
};

async function withPeople(work: (people: People) => Promise<number> | number): Promise<number> {
  const { dataFolder } = readConfig(terminal.environment);
  const people = openPeople(locatePeople(dataFolder), { clock: terminal.clock });
  try {
    return await work(people);
  } finally {
    people.close();
  }
}

interface Asked {
  readonly action: Action;
  readonly name: string;
  readonly input: CommandInput;
}

async function runAction(people: People, { action, name, input }: Asked): Promise<number> {
  const actor = { name: nameTerminalUser(), address: null };
  if (action === "list") return listUsers(people);
  if (action === "add") {
    const added = addAccount(people, actor, {
      name,
      fullName: input.findValue("full-name") ?? name,
      grants: readGrants(input),
      seesPersonal: input.hasFlag("personal"),
    });
    if (added.status === "refused") return refuse(added);
    say(`${added.value.name}: ${describeGrants(added.value.grants)}`);
    return printLink(inviteUser(people, actor, added.value));
  }
  const user = people.users.find(name);
  if (user === null)
    throw new UsageError(`«${name}» non c'è. Chi c'è: postino user list`, { isWellTyped: true });
  switch (action) {
    case "link":
      return printLink(inviteUser(people, actor, user));
    case "password": {
      const password = await readInputLine();
      return conclude(
        await changePassword(people, actor, user, { password }),
        "La parola d'accesso è cambiata; i suoi accessi sono chiusi.",
      );
    }
    case "role": {
      const given = { grants: readGrants(input), seesPersonal: input.hasFlag("personal") };
      return conclude(
        changeRoles(people, actor, user, given),
        `${user.name}: ${describeGrants(given.grants)}`,
      );
    }
    case "disable":
    case "enable": {
      const isDisabled = action === "disable";
      return conclude(
        setAccountState(people, actor, user, isDisabled),
        `${user.name} è ${isDisabled ? "disattivata" : "attiva"}.`,
      );
    }
    case "reset-factor":
      return conclude(
        removeSecondFactors(people, actor, user),
        `${user.name} entra con la sola parola d'accesso.`,
      );
    case "sessions":
      return input.hasFlag("end") ? endThem(people, actor, user) : listSessions(people, user);
    default:
      return action satisfies never;
  }
}

/** Each role for each ente that was named. Throws UsageError. */
function readGrants(input: CommandInput): readonly RoleGrant[] {
  const named = input.listValues("role");
  if (named.length === 0) throw new UsageError(`Manca --role (uno di: ${roles.join(", ")}).`);
  const wrong = named.find((role) => !isRole(role));
  if (wrong !== undefined) throw new UsageError(`«${wrong}» non è un ruolo: ${roles.join(", ")}.`);
  const enti = input.listValues("ente");
  const wanted = named.filter((role): role is Role => isRole(role));
  return (enti.length === 0 ? [everyEnte] : enti).flatMap((ente) => {
    if (ente !== everyEnte && !/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(ente))
      throw new UsageError(`--ente vuole il codice di un ente, non «${ente}».`);
    return wanted.map((role) => ({ ente, role }));
  });
}

function say(text: string): void {
  terminal.stdout.write(`${text}\n`);
}

function refuse({ reason }: { readonly reason: string }): number {
  terminal.stderr.write(`${reason}\n`);
  return exitCodes.usage;
}

function conclude(result: AccountResult, text: string): number {
  if (result.status === "refused") return refuse(result);
  say(text);
  return exitCodes.completed;
}

function printLink(invited: AccountResult<string>): number {
  if (invited.status === "refused") return refuse(invited);
  const [base = "http://127.0.0.1:8099"] = readConfig(terminal.environment).access.origins;
  say(
    `Collegamento per scegliere la parola d'accesso (una volta sola, per tre giorni):\n${base}/accesso/invito/${invited.value}`,
  );
  return exitCodes.completed;
}

function listUsers({ users }: People): number {
  const all = users.list();
  if (all.length === 0)
    say("Nessuna persona: il pannello risponde solo da questo computer, senza accesso.");
  for (const user of all) {
    const marks = [
      user.source === "local" ? "" : user.source,
      user.hasTotp || user.passkeys > 0 ? "secondo fattore" : "",
      user.seesPersonal ? "dati personali" : "",
      user.disabledAt === null ? "" : "DISATTIVATA",
    ].filter((mark) => mark !== "");
    const last = user.lastLoginAt === null ? "mai entrata" : formatDateTime(user.lastLoginAt);
    say(
      `${user.name}  ${user.fullName}  ${describeGrants(user.grants)}  ${last}${marks.length === 0 ? "" : `  (${marks.join(", ")})`}`,
    );
  }
  return exitCodes.completed;
}

function listSessions({ sessions }: People, user: User): number {
  const open = sessions.list(user.id);
  if (open.length === 0) say("Nessun accesso aperto.");
  for (const { madeAt, address, method, agent } of open)
    say(`${formatDateTime(new Date(madeAt).toISOString())}  ${address}  ${method}  ${agent}`);
  return exitCodes.completed;
}

function endThem(
  people: People,
  actor: { readonly name: string; readonly address: null },
  user: User,
): number {
  say(`Accessi chiusi: ${endSessions(people, actor, user)}.`);
  return exitCodes.completed;
}

/** The audit log. */
export const auditCommand: Command = {
  usage: "audit verify [--contains IMPRONTA] | audit export [--since AAAA-MM-GG]",
  summary: "controlla che il registro degli accessi sia intero, o lo scrive come righe JSON",
  details: () => `
  verify               ricalcola la catena; nomina la prima riga che non torna, e allora esce con 1
  --contains IMPRONTA  c'è ancora la riga con questa impronta (quella annotata altrove l'ultima volta)?
  export               dalla riga più vecchia, una riga JSON ciascuna
  --since AAAA-MM-GG   solo da questo giorno (UTC)
`,
  words: ["verify|export"],
  options: { contains: { type: "string" }, since: { type: "string" } },
  async run(input) {
    const [action = ""] = input.words;
    if (action === "verify") return await withPeople((people) => verifyAudit(people, input));
    if (action !== "export") throw new UsageError(`«${action}» non è né «verify» né «export».`);
    const since = input.findValue("since");
    if (since !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(since))
      throw new UsageError(`--since vuole un giorno come 2026-11-28, non «${since}».`);
    return await withPeople((people) => exportAudit(people, since));
  },
};

function verifyAudit({ audit }: People, input: CommandInput): number {
  const verdict = audit.verify();
  if (verdict.status === "broken") {
    terminal.stderr.write(
      `Il registro degli accessi è stato alterato: alla riga ${verdict.row} ${verdict.why}.\n`,
    );
    return exitCodes.failure;
  }
  say(
    `Il registro degli accessi è intero: ${verdict.rows} righe.\nUltima impronta: ${verdict.head}`,
  );
  const noted = input.findValue("contains");
  if (noted === undefined || audit.hasHash(noted)) return exitCodes.completed;
  terminal.stderr.write(
    `Nessuna riga ha l'impronta ${noted}: il registro non è quello da cui fu annotata.\n`,
  );
  return exitCodes.failure;
}

const pageRows = 1_000;

function exportAudit({ audit }: People, since: string | undefined): number {
  const from = since === undefined ? {} : { from: since };
  for (let after = 0; ;) {
    const rows = audit.listOldest({ ...from, after, limit: pageRows });
    for (const row of rows) terminal.stdout.write(`${JSON.stringify(row)}\n`);
    if (rows.length < pageRows) return exitCodes.completed;
    after = rows.at(-1)?.seq ?? after;
  }
}
