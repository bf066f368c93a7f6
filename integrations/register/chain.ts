/** The notifications of one violation as one story: the first one, and each that was made anew after it. */
import type { RegisterReader } from "./port.ts";

/** One notification of the story. */
export interface ChainLink {
  readonly numero: string;
  /** `null`: Postino did not send it, or SEND refused it. */
  readonly iun: string | null;
  /** Why it was made anew; `null`: it is the first. */
  readonly causa: string | null;
  /** `YYYY-MM-DD`; `null`: not told. */
  readonly dataConoscenza: string | null;
  readonly documento: string | null;
  /** ISO 8601 UTC; `null`: Postino did not send it. */
  readonly sentAt: string | null;
  /** What became of its codes when the next one was made; `null`: it is the last. */
  readonly codes: "closed" | "paid" | "none" | "by-hand" | null;
}

/** Nobody notifies one act so often. */
const longest = 20;

/** From the first to the last, by number or IUN of any of them; one link where it was notified once, none where Postino does not know it. */
export async function readChain(
  register: RegisterReader,
  numeroOrIun: string,
): Promise<readonly ChainLink[]> {
  const first = await findFirst(register, numeroOrIun);
  const links: ChainLink[] = [];
  let at: string | null = first;
  while (at !== null && links.length < longest) {
    const found = await findAct(register, at);
    const next = await findNext(register, at, found?.iun ?? null);
    if (found !== null || next !== null)
      links.push({ ...(found?.link ?? buildUnsent(at)), codes: next?.codes ?? null });
    at = next?.iun ?? null;
  }
  return links;
}

function buildUnsent(numero: string): ChainLink {
  return {
    numero,
    iun: null,
    causa: null,
    dataConoscenza: null,
    documento: null,
    sentAt: null,
    codes: null,
  };
}

async function findFirst(register: RegisterReader, numeroOrIun: string): Promise<string> {
  let at = numeroOrIun;
  for (let step = 0; step < longest; step += 1) {
    const origin = (await findAct(register, at))?.origin;
    if (origin === undefined || origin === "") return at;
    at = origin;
  }
  return at;
}

interface FoundAct {
  readonly iun: string;
  readonly origin: string | undefined;
  readonly link: ChainLink;
}

/** The newest request of that number, or that of the IUN. */
async function findAct(register: RegisterReader, numeroOrIun: string): Promise<FoundAct | null> {
  const entry =
    (await register.read("act", numeroOrIun)) ??
    (await register.listBySubject("act", numeroOrIun))
      .toSorted((one, other) => one.data.sentAt.localeCompare(other.data.sentAt))
      .at(-1);
  if (entry === undefined || entry === null) return null;
  const { rinotifica = {} } = entry.data.verbale as {
    readonly rinotifica?: Readonly<Record<string, string | undefined>>;
  };
  const verdict = await register.read("verdict", entry.key);
  return {
    iun: entry.key,
    origin: rinotifica["origine"],
    link: {
      numero: entry.data.numero,
      iun: verdict?.data.outcome === "refused" ? null : entry.key,
      causa: rinotifica["causa"] ?? null,
      dataConoscenza: rinotifica["dataConoscenza"] ?? null,
      documento: rinotifica["documento"] ?? null,
      sentAt: entry.data.sentAt,
      codes: null,
    },
  };
}

async function findNext(register: RegisterReader, numeroOrIun: string, iun: string | null) {
  for (const key of iun === null ? [numeroOrIun] : [iun, numeroOrIun]) {
    const found = await register.read("renotified", key);
    if (found !== null) return found.data;
  }
  return null;
}
