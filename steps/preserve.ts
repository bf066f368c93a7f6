/** Hands act and proofs of a notification over to the preservation system, and reads its report back; in seguito, where the ente wants it. */
import { createHash } from "node:crypto";
import { extname } from "node:path";
import { Type } from "typebox";
import { addDays, toInstant, toRomeDay } from "../engine/host/clock.ts";
import type { Item } from "../engine/step/item.ts";
import type { StepContext } from "../engine/step/context.ts";
import type { DepositFile } from "../integrations/conservazione/port.ts";
import type { Evidence } from "../integrations/register/evidence.ts";
import type { Followed } from "../integrations/register/followed.ts";
import type { Act } from "../integrations/register/kinds.ts";
import type { DepositPackage, Preservation } from "../integrations/register/preservation.ts";
import { pureStep, type Services } from "../integrations/services.ts";
import { doOrPutOff } from "./following/put-off.ts";
import { buildIndex, buildMetadata, type DescribedFile } from "./preserving/package-xml.ts";
import {
  EvidenceField,
  FollowedField,
  NotifiedField,
  PreservationField,
} from "./schemas/notified.ts";

interface Data {
  readonly iun: string;
  readonly numero: string;
  readonly act: Act;
  readonly followed: Followed;
  readonly evidence: Evidence;
}

type Context = StepContext<unknown, Pick<Services, "ente" | "register" | "preservation">>;

const off: Preservation = { state: "off", packages: [] };
const nextLookMs = 24 * 3_600_000;

export default pureStep({
  title: "Conservazione a norma",
  summary:
    "Prepara il pacchetto di versamento con atto, avviso e prove, e legge il rapporto del conservatore",
  needs: ["ente", "register", "preservation"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({
    ...NotifiedField.properties,
    ...FollowedField.properties,
    ...EvidenceField.properties,
  }),
  adds: PreservationField,
  whenAway: "pass",
  note: ({ preservation, isPreservationLate }) => describe(preservation, isPreservationLate),
  examples: ["{}"],
  run(item, ctx) {
    const desk = { register: ctx.services.register, clock: ctx.clock };
    return doOrPutOff(desk, item.data.iun, () => preserve(item, ctx));
  },
});

async function preserve(
  item: Item<Data>,
  ctx: Context,
): Promise<{ readonly preservation: Preservation; readonly isPreservationLate: boolean }> {
  const settings = ctx.services.ente.conservazione;
  if (settings?.active !== true || item.data.followed.status === "REFUSED")
    return { preservation: off, isPreservationLate: false };
  const known = await ctx.services.register.read("preservation", item.data.iun);
  const packages = await readReports(known?.data.packages ?? [], ctx);
  const next = planPackage(item, packages, ctx);
  if (next !== null) {
    const others = packages.filter(({ id }) => id !== next.pack.id);
    await keep(item, [...others, next.pack], ctx);
    await deliver(next.pack, next.described, item, ctx);
    const delivered = { ...next.pack, deliveredAt: toInstant(ctx.clock.now()) };
    return {
      preservation: await keep(item, [...others, delivered], ctx),
      isPreservationLate: false,
    };
  }
  const preservation = await keep(item, packages, ctx);
  return { preservation, isPreservationLate: isLate(preservation, settings.alarmAfter, ctx) };
}

/** Packages with the reports that came since. */
async function readReports(
  packages: readonly DepositPackage[],
  { services, clock }: Context,
): Promise<readonly DepositPackage[]> {
  const read: DepositPackage[] = [];
  for (const pack of packages) {
    const isAnswered = pack.report !== undefined && pack.report.lacking.length === 0;
    const found = isAnswered ? null : await services.preservation.findReport(pack);
    // The same report read again is no news.
    if (found === null || found.sha256 === pack.report?.sha256) read.push(pack);
    else
      read.push({
        ...pack,
        report: {
          name: found.name,
          sha256: found.sha256,
          readAt: toInstant(clock.now()),
          lacking: pack.files.filter(({ sha256 }) => !found.bears(sha256)).map(({ path }) => path),
        },
      });
  }
  return read;
}

interface Planned {
  readonly pack: DepositPackage;
  readonly described: readonly DescribedFile[];
}

/** What is not in a package yet, once it is time; one that was begun before a kill goes on as it was. */
function planPackage(
  { data }: Item<Data>,
  packages: readonly DepositPackage[],
  ctx: Context,
): Planned | null {
  const all = describeFiles(data);
  const begun = packages.find(({ deliveredAt }) => deliveredAt === undefined);
  const covered = new Set(
    packages
      .filter((pack) => pack !== begun)
      .flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  );
  if (begun !== undefined) {
    const own = new Set(begun.files.map(({ sha256 }) => sha256));
    return { pack: begun, described: all.filter(({ sha256 }) => own.has(sha256)) };
  }
  const described = all.filter(({ sha256 }) => !covered.has(sha256));
  if (described.length === 0 || !isTime(data, ctx)) return null;
  const id = `${data.iun}-${packages.length + 1}`;
  const files = described.map(({ path, sha256, bytes }) => ({ path, sha256, bytes }));
  return { pack: { id, madeAt: toInstant(ctx.clock.now()), files }, described };
}

/** When every recipient's story has its end and no proof is missing, or after so many days. */
function isTime({ act, followed, evidence }: Data, { clock, services }: Context): boolean {
  const hasEnded =
    followed.recipients.length > 0 &&
    followed.recipients.every(
      ({ perfezionamento, deceasedAt, isCancelled }) =>
        perfezionamento?.isFinal === true || deceasedAt !== undefined || isCancelled === true,
    );
  if (hasEnded && evidence.missing.length === 0) return true;
  const from = toRomeDay(Date.parse(followed.acceptedAt ?? act.sentAt));
  const days = services.ente.conservazione?.atLatest ?? 60;
  return toRomeDay(clock.now()) >= addDays(from, days);
}

function describeFiles({ act, evidence }: Data): readonly DescribedFile[] {
  const sentOn = toRomeDay(Date.parse(act.sentAt));
  return [
    ...act.files.map(({ name, role, sha256, bytes }) => ({
      path: `atti/${name}`,
      sha256,
      bytes,
      what: role === "verbale" ? "Atto notificato" : "Avviso di pagamento",
      isSigned: true,
      format: "PDF/A",
      day: sentOn,
      isAnnex: role !== "verbale",
    })),
    ...evidence.kept.map(({ name, sha256, bytes, at, category, isInvalid }) => ({
      path: `prove/${name}`,
      sha256,
      bytes,
      what: `Prova ${category}${isInvalid === true ? " di un passaggio corretto" : ""}`,
      isSigned: false,
      format: extname(name).slice(1).toUpperCase(),
      day: toRomeDay(Date.parse(at)),
      isAnnex: true,
    })),
  ];
}

async function deliver(
  { id, madeAt }: DepositPackage,
  files: readonly DescribedFile[],
  { data }: Item<Data>,
  { services, artifacts }: Context,
): Promise<void> {
  const { ente, preservation } = services;
  const settings = ente.conservazione;
  if (settings === undefined) throw new Error("preservation without settings");
  const { iun, act } = data;
  const { nome, codiceFiscale } = ente.ente;
  // A package names the program, not its version: made again after a kill it has the same bytes.
  const facts = {
    id,
    iun,
    act,
    madeAt,
    version: "1",
    ente: { nome, codiceFiscale },
    settings,
    files,
  };
  const metadata = new TextEncoder().encode(buildMetadata(facts));
  const sha256 = createHash("sha256").update(metadata).digest("hex");
  const index = buildIndex(facts, { path: "metadati.xml", sha256 });
  const own = (path: string, bytes: Uint8Array): DepositFile => ({
    path,
    async *open() {
      yield bytes;
    },
  });
  await preservation.deliver(id, [
    ...files.map((file) => ({ path: file.path, open: () => artifacts.stream(file.sha256) })),
    own("metadati.xml", metadata),
    own("PIndex.xml", new TextEncoder().encode(index)),
  ]);
}

async function keep(
  { data }: Item<Data>,
  packages: readonly DepositPackage[],
  { services, clock }: Context,
): Promise<Preservation> {
  const preservation: Preservation = { state: judge(packages), packages: [...packages] };
  await services.register.write([
    {
      kind: "preservation",
      key: data.iun,
      subject: data.numero,
      dueAt: preservation.state === "preserved" ? null : toInstant(clock.now() + nextLookMs),
      data: preservation,
    },
  ]);
  return preservation;
}

function judge(packages: readonly DepositPackage[]): Preservation["state"] {
  if (packages.length === 0 || packages.some(({ deliveredAt }) => deliveredAt === undefined))
    return "early";
  if (packages.some(({ report }) => (report?.lacking.length ?? 0) > 0)) return "faulty";
  return packages.every(({ report }) => report !== undefined) ? "preserved" : "sent";
}

function isLate({ packages }: Preservation, days: number, { clock }: Context): boolean {
  const today = toRomeDay(clock.now());
  return packages.some(
    ({ deliveredAt, report }) =>
      report === undefined &&
      deliveredAt !== undefined &&
      today > addDays(toRomeDay(Date.parse(deliveredAt)), days),
  );
}

function describe({ state, packages }: Preservation, isOverdue: boolean): string | null {
  if (isOverdue)
    return "Il conservatore non ha ancora risposto sul pacchetto versato: chiedergli il rapporto di versamento.";
  if (state === "faulty") {
    const lacking = packages.flatMap(({ report }) => report?.lacking ?? []);
    return `Il rapporto di versamento non attesta ${lacking.join(", ")}: avvisare il conservatore.`;
  }
  if (state === "sent") return "Pacchetto di versamento consegnato, in attesa del rapporto.";
  return state === "preserved" ? "Conservata a norma: il rapporto attesta ogni file." : null;
}
