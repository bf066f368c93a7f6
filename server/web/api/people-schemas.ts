/** What the operations on people, keys and the audit log take and answer, as schemas. */
import { Type } from "typebox";
import { auditActions } from "../../people/audit.ts";
import { permissions, roles } from "../../people/roles.ts";
import { keyPermissions } from "../../people/tokens.ts";
import { closed, day, enteCode, instant, instantOrNull, listWords, textOrNull } from "./schemas.ts";

export const GrantBody = Type.Object(
  { ente: Type.String({ minLength: 1, maxLength: 100 }), role: listWords(roles) },
  closed,
);
export const Person = Type.Object(
  {
    name: Type.String(),
    fullName: Type.String(),
    source: listWords(["local", "oidc", "ldap", "saml"] as const),
    seesPersonal: Type.Boolean(),
    grants: Type.Array(GrantBody),
    disabledAt: instantOrNull,
    createdAt: instant,
    lastLoginAt: instantOrNull,
    hasSecondFactor: Type.Boolean(),
  },
  closed,
);
export const PersonList = Type.Object({ people: Type.Array(Person) }, closed);
export const NewPerson = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    fullName: Type.String({ minLength: 1, maxLength: 80 }),
    grants: Type.Array(GrantBody, { minItems: 1, maxItems: 200 }),
    seesPersonal: Type.Optional(Type.Boolean()),
  },
  closed,
);
export const RolesBody = Type.Object(
  {
    grants: Type.Array(GrantBody, { minItems: 1, maxItems: 200 }),
    seesPersonal: Type.Optional(Type.Boolean()),
  },
  closed,
);
export const Invitation = Type.Object(
  { url: Type.String({ description: "Vale una volta: non si mostra di nuovo" }) },
  closed,
);
export const Me = Type.Object(
  {
    kind: listWords(["local", "user", "token"] as const),
    name: Type.String(),
    enti: Type.Unsafe<readonly string[] | null>({
      type: ["array", "null"],
      items: { type: "string" },
      description: "`null`: tutti",
    }),
    may: Type.Array(listWords(permissions)),
  },
  closed,
);
export const AuditQuery = Type.Object({
  actor: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  action: Type.Optional(listWords(Object.keys(auditActions))),
  ente: Type.Optional(enteCode),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  from: Type.Optional(day),
  until: Type.Optional(day),
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
});
export const AuditList = Type.Object(
  {
    rows: Type.Array(
      Type.Object(
        {
          seq: Type.Integer(),
          at: instant,
          actor: Type.String(),
          action: Type.String(),
          ente: textOrNull,
          subject: textOrNull,
          detail: textOrNull,
          address: textOrNull,
          previous: Type.String(),
          hash: Type.String(),
        },
        closed,
      ),
    ),
  },
  closed,
);
export const AuditCheck = Type.Unsafe<object>({
  type: "object",
  required: ["status"],
  properties: {
    status: { enum: ["whole", "broken"] },
    rows: { type: "integer" },
    head: { type: "string" },
    row: { type: "integer", description: "La prima che non torna" },
    why: { type: "string" },
  },
  additionalProperties: false,
});
export const NewTokenRequest = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9][a-z0-9._-]{1,59}$" }),
    scopes: Type.Array(listWords(keyPermissions), { minItems: 1, maxItems: keyPermissions.length }),
    ente: Type.Optional({ ...enteCode, description: "Senza: tutti gli enti" }),
    seesPersonal: Type.Optional(Type.Boolean()),
    endsOn: Type.Optional(day),
  },
  closed,
);
export const TokenMade = Type.Object(
  { key: Type.String({ description: "Si mostra una volta" }) },
  closed,
);
export const TokenList = Type.Object(
  {
    tokens: Type.Array(
      Type.Object(
        {
          id: Type.Integer(),
          name: Type.String(),
          scopes: Type.Array(listWords(permissions)),
          ente: Type.String(),
          seesPersonal: Type.Boolean(),
          madeBy: Type.String(),
          madeAt: instant,
          endsAt: instantOrNull,
          revokedAt: instantOrNull,
          usedAt: instantOrNull,
        },
        closed,
      ),
    ),
  },
  closed,
);
export const Done = Type.Object({ status: Type.Literal("done") }, closed);
