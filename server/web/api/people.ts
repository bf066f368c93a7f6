/** The operations on people, their keys and the audit log; they are there once the installation knows people. */
import { addDays, findRomeMidnight, toInstant } from "../../../engine/host/clock.ts";
import {
  type AccountResult,
  addAccount,
  changeRoles,
  endSessions,
  inviteUser,
  removeSecondFactors,
  setAccountState,
} from "../../people/accounts.ts";
import type { PeopleDesk } from "../../people/desk.ts";
import { makeToken, revokeToken } from "../../people/keys.ts";
import type { User } from "../../people/users.ts";
import { readOrigin } from "../access.ts";
import { requirePrincipal } from "../gate/who.ts";
import { answerApiFault } from "../routes/fault.ts";
import {
  type AnyOperation,
  type ApiAnswer,
  type OperationRequest,
  defineOperation,
} from "./operation.ts";
import * as ofPeople from "./people-schemas.ts";
import { NoBody, ProblemDocument } from "./schemas.ts";

const problem = (description: string): ApiAnswer => ({
  description,
  schema: ProblemDocument,
  type: "application/problem+json",
});
const badRequest = { 400: problem("La richiesta non ha la forma attesa") };
const missing = { 404: problem("Nessuna persona così") };
const refused = { 409: problem("Non si può") };
const done = { 200: { description: "Fatto", schema: ofPeople.Done } };

type Place = Pick<OperationRequest<never, never>, "c" | "params">;

function describePerson(user: User): object {
  const { name, fullName, source, seesPersonal, grants, disabledAt, createdAt, lastLoginAt } = user;
  const hasSecondFactor = user.hasTotp || user.passkeys > 0;
  return {
    name,
    fullName,
    source,
    seesPersonal,
    grants,
    disabledAt,
    createdAt,
    lastLoginAt,
    hasSecondFactor,
  };
}

/** The operations over these people. */
export function listPeopleOperations(desk: PeopleDesk): readonly AnyOperation[] {
  return [
    ...listAccountOperations(desk),
    ...listAccountChanges(desk),
    ...listAccountActs(desk),
    ...listKeyOperations(desk),
    ...listAuditOperations(desk),
  ];
}

async function withUser(
  { people }: PeopleDesk,
  { c, params }: Place,
  work: (user: User) => Response | Promise<Response>,
): Promise<Response> {
  const user = people.users.find(params["name"] ?? "");
  return user === null
    ? answerApiFault(c, 404, "NO_PERSON", "Questa persona non c'è.")
    : await work(user);
}

function conclude({ c }: Place, result: AccountResult<unknown>): Response {
  if (result.status === "refused") return answerApiFault(c, 409, "REFUSED", result.reason);
  return c.json({ status: "done" });
}

const group = "Persone";

function listAccountOperations(desk: PeopleDesk): readonly AnyOperation[] {
  const { people } = desk;
  return [
    defineOperation({
      method: "get",
      path: "/api/people",
      group,
      summary: "Le persone che entrano nel pannello",
      answers: { 200: { description: "Le persone", schema: ofPeople.PersonList } },
      handle: ({ c }) => c.json({ people: people.users.list().map(describePerson) }),
    }),
    defineOperation({
      method: "post",
      path: "/api/people",
      group,
      summary: "Aggiunge una persona: sceglie la parola d'accesso con un invito",
      body: ofPeople.NewPerson,
      answers: {
        201: { description: "La persona", schema: ofPeople.Person },
        ...badRequest,
        ...refused,
      },
      handle({ c, body }) {
        const { seesPersonal = false } = body;
        const added = addAccount(people, requirePrincipal(), { ...body, seesPersonal });
        if (added.status === "refused") return answerApiFault(c, 409, "REFUSED", added.reason);
        return c.json(describePerson(added.value), 201);
      },
    }),
    defineOperation({
      method: "get",
      path: "/api/people/{name}",
      group,
      summary: "Una persona",
      answers: { 200: { description: "La persona", schema: ofPeople.Person }, ...missing },
      handle: (asked) => withUser(desk, asked, (user) => asked.c.json(describePerson(user))),
    }),
  ];
}

function listAccountChanges(desk: PeopleDesk): readonly AnyOperation[] {
  const { people } = desk;
  return [
    defineOperation({
      method: "put",
      path: "/api/people/{name}/roles",
      group,
      summary: "Sostituisce i ruoli; gli accessi aperti finiscono",
      body: ofPeople.RolesBody,
      answers: { ...done, ...badRequest, ...missing, ...refused },
      handle: (asked) =>
        withUser(desk, asked, (user) => {
          const { grants, seesPersonal = false } = asked.body;
          return conclude(
            asked,
            changeRoles(people, requirePrincipal(), user, { grants, seesPersonal }),
          );
        }),
    }),
    defineOperation({
      method: "post",
      path: "/api/people/{name}/invitation",
      group,
      summary: "Un collegamento con cui la persona sceglie la parola d'accesso",
      body: NoBody,
      isSecret: true,
      answers: {
        200: { description: "Il collegamento", schema: ofPeople.Invitation },
        ...badRequest,
        ...missing,
        ...refused,
      },
      handle: (asked) =>
        withUser(desk, asked, (user) => {
          const invited = inviteUser(people, requirePrincipal(), user);
          if (invited.status === "refused")
            return answerApiFault(asked.c, 409, "REFUSED", invited.reason);
          const [base = readOrigin(asked.c, asked.deps.access)] = asked.deps.access.origins;
          return asked.c.json({ url: `${base}/accesso/invito/${invited.value}` });
        }),
    }),
  ];
}

function listAccountActs(desk: PeopleDesk): readonly AnyOperation[] {
  const { people } = desk;
  const acts: readonly (readonly [
    name: string,
    summary: string,
    act: (user: User) => AccountResult,
  ])[] = [
    [
      "disable",
      "Toglie l'accesso",
      (user) => setAccountState(people, requirePrincipal(), user, true),
    ],
    [
      "enable",
      "Ridà l'accesso",
      (user) => setAccountState(people, requirePrincipal(), user, false),
    ],
    [
      "end-sessions",
      "Chiude gli accessi aperti",
      (user) => {
        endSessions(people, requirePrincipal(), user);
        return { status: "done", value: null };
      },
    ],
    [
      "reset-factor",
      "Toglie il secondo fattore",
      (user) => removeSecondFactors(people, requirePrincipal(), user),
    ],
  ];
  return acts.map(([name, summary, act]) =>
    defineOperation({
      method: "post",
      path: `/api/people/{name}/${name}`,
      group,
      summary,
      body: NoBody,
      answers: { ...done, ...badRequest, ...missing, ...refused },
      handle: (asked) => withUser(desk, asked, (user) => conclude(asked, act(user))),
    }),
  );
}

function listKeyOperations({ people }: PeopleDesk): readonly AnyOperation[] {
  return [
    defineOperation({
      method: "get",
      path: "/api/tokens",
      group,
      summary: "Le chiavi per i programmi, senza il loro segreto",
      answers: { 200: { description: "Le chiavi", schema: ofPeople.TokenList } },
      handle: ({ c }) => c.json({ tokens: people.tokens.list() }),
    }),
    defineOperation({
      method: "post",
      path: "/api/tokens",
      group,
      summary: "Crea una chiave: il segreto si mostra qui, una volta",
      body: ofPeople.NewTokenRequest,
      isSecret: true,
      answers: {
        201: { description: "La chiave", schema: ofPeople.TokenMade },
        ...badRequest,
        ...refused,
      },
      handle({ c, body }) {
        const made = makeToken(people, requirePrincipal(), body);
        if (made.status === "refused") return answerApiFault(c, 409, "REFUSED", made.reason);
        return c.json({ key: made.value }, 201);
      },
    }),
    defineOperation({
      method: "delete",
      path: "/api/tokens/{id}",
      group,
      summary: "Revoca una chiave",
      answers: { ...done, ...badRequest, 404: problem("Nessuna chiave così che valga ancora") },
      handle({ c, params }) {
        const id = Number(params["id"]);
        if (Number.isSafeInteger(id) && revokeToken(people, requirePrincipal(), id))
          return c.json({ status: "done" });
        return answerApiFault(c, 404, "NOT_FOUND", "Non c'è una chiave così che valga ancora.");
      },
    }),
  ];
}

function listAuditOperations({ people }: PeopleDesk): readonly AnyOperation[] {
  return [
    defineOperation({
      method: "get",
      path: "/api/audit",
      group,
      summary: "Il registro degli accessi, dal più recente",
      query: ofPeople.AuditQuery,
      code: "BAD_QUERY",
      answers: {
        200: { description: "Le righe", schema: ofPeople.AuditList },
        400: problem("Un filtro non va"),
      },
      handle({ c, query }) {
        const { from, until, limit = 100, ...rest } = query;
        const rows = people.audit.listRows({
          ...rest,
          ...(from !== undefined && { from: toInstant(findRomeMidnight(from)) }),
          ...(until !== undefined && { until: toInstant(findRomeMidnight(addDays(until, 1))) }),
          limit,
        });
        return c.json({ rows });
      },
    }),
    defineOperation({
      method: "get",
      path: "/api/audit/verify",
      group,
      summary: "Se il registro degli accessi è intero",
      answers: { 200: { description: "Il verdetto", schema: ofPeople.AuditCheck } },
      handle: ({ c }) => c.json(people.audit.verify()),
    }),
  ];
}
