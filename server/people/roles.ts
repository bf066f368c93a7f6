/** What people may do: the roles, what each allows, and who somebody is while a request is answered. */

/** One thing that a role allows or not. */
export const permissions = [
  "see",
  "personal",
  "documents",
  "start",
  "mapping",
  "answer",
  "resume",
  "decide",
  "correct",
  "cancel",
  "files",
  "upkeep",
  "people",
  "audit",
] as const;
export type Permission = (typeof permissions)[number];

/** What each permission allows, in the words of the page of people. */
export const permissionWords: Readonly<Record<Permission, string>> = {
  see: "vedere flussi e stati",
  personal: "vedere i dati personali",
  documents: "scaricare atti, flussi e fascicoli",
  start: "avviare un flusso",
  mapping: "dire che cosa contengono le colonne di un file",
  answer: "dare OTP, benestare e PDF firmati",
  resume: "far riprendere un flusso",
  decide: "decidere gli in dubbio",
  correct: "correggere un verbale e rimandarlo",
  cancel: "annullare un flusso",
  files: "cambiare pipeline ed enti",
  upkeep: "vedere misure e manutenzione",
  people: "gestire persone e chiavi",
  audit: "leggere il registro degli accessi",
};

export const roles = [
  "sola-lettura",
  "operatore",
  "firmatario",
  "tecnico",
  "amministratore",
] as const;
export type Role = (typeof roles)[number];

export const roleWords: Readonly<Record<Role, string>> = {
  "sola-lettura": "Sola lettura",
  operatore: "Operatore",
  firmatario: "Firmatario",
  tecnico: "Tecnico",
  amministratore: "Amministratore",
};

const granted: Readonly<Record<Role, readonly Permission[]>> = {
  "sola-lettura": ["see"],
  operatore: [
    "see",
    "personal",
    "documents",
    "start",
    "mapping",
    "answer",
    "resume",
    "decide",
    "correct",
    "cancel",
  ],
  firmatario: ["see", "personal", "documents", "answer"],
  tecnico: [
    "see",
    "personal",
    "documents",
    "start",
    "mapping",
    "resume",
    "cancel",
    "files",
    "upkeep",
  ],
  amministratore: permissions,
};

/** What a role allows. */
export function listPermissions(role: Role): readonly Permission[] {
  return granted[role];
}

/** Whether the text names a role. */
export function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}

/** Stands for every ente. */
export const everyEnte = "*";

/** A role for one ente, or for every. */
export interface RoleGrant {
  readonly ente: string;
  readonly role: Role;
}

/** Who a request comes from. */
export interface Principal {
  /** `local`: this machine, while there are no users; `stranger`: at the door. */
  readonly kind: "local" | "user" | "token" | "stranger";
  /** As the audit log names it: `anna`, `chiave:gestionale`. */
  readonly name: string;
  /** As pages and decisions name it. */
  readonly fullName: string;
  readonly userId: number | null;
  readonly address: string;
  /** Hash of the session; `null`: none. */
  readonly session: string | null;
  /** A second factor must be set up before anything else. */
  readonly mustEnroll: boolean;
  /** Whether it may do this for the ente; `null`: for one at least. */
  can(permission: Permission, ente: string | null): boolean;
  /** Codici of the enti that it sees; `null`: every one. */
  readonly enti: readonly string[] | null;
}

/** What somebody with these roles may do. `seesPersonal` adds to «sola lettura» what it hides otherwise. */
export function buildCan(
  grants: readonly { readonly ente: string; readonly may: readonly Permission[] }[],
): Principal["can"] {
  return (permission, ente) =>
    grants.some(
      (grant) =>
        (ente === null || grant.ente === everyEnte || grant.ente === ente) &&
        grant.may.includes(permission),
    );
}

/** The enti of these grants; `null`: every one. */
export function listEnti(grants: readonly { readonly ente: string }[]): readonly string[] | null {
  if (grants.some(({ ente }) => ente === everyEnte)) return null;
  return [...new Set(grants.map(({ ente }) => ente))].toSorted();
}

/** Whoever sits at this machine while there are no users: may do everything, as the files on its disk allow anyway. */
export function buildLocalPrincipal(address: string): Principal {
  return {
    kind: "local",
    name: "questo computer",
    fullName: "",
    userId: null,
    address,
    session: null,
    mustEnroll: false,
    can: () => true,
    enti: null,
  };
}
