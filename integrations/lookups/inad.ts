/** INAD: the digital domicile of a person or an ente, for who wants to know beforehand; SEND asks for it itself. */
import { type Clock, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { HttpAnswer } from "../../engine/host/http.ts";
import { type PdndAccess, requestVoucher } from "../pdnd.ts";
import { toRecord, toRecords, toWord } from "../reading.ts";
import { createSharedRequest } from "../shared-request.ts";
import type { LookupCache } from "./cache.ts";
import {
  askRegister,
  assertAllowance,
  type CallWorld,
  takeTurn,
  toVoucherError,
  unreadableRegisterError,
} from "./call.ts";
import type { Answered, Domicile, LookupQuestion } from "./port.ts";
import type { InadSettings } from "./settings.ts";

export interface InadAccess {
  readonly settings: InadSettings;
  readonly pdnd: PdndAccess;
}

export interface InadOptions extends InadAccess {
  readonly world: CallWorld;
  readonly cache: LookupCache;
}

// Source: INAD's openapi, CodiceFiscale: letters in the place of digits (omocodia) are refused.
const taxCodes = /^(\d{11}|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z])$/;

/** Asks whom it has no answer for that holds; a tax code that INAD refuses is not asked about. */
export function createInad(
  options: InadOptions,
): (question: LookupQuestion) => Promise<Answered<Domicile>> {
  const { world, cache, settings, pdnd } = options;
  const register = {
    name: "INAD",
    bucket: `inad/${pdnd.client.clientId}`,
    perSecond: settings.requestsPerSecond,
    perDay: settings.perDay,
  };
  const findVoucher = createVoucherKeeper(options);
  return async (question) => {
    const { taxCode, numero, runId, signal } = question;
    if (!taxCodes.test(taxCode)) return { status: "not-asked" };
    const kept = await cache.read("INAD", taxCode);
    if (kept !== null) return { ...(kept.answer as unknown as Domicile), askedOn: kept.askedOn };
    assertAllowance(world, register);
    const token = await findVoucher(signal);
    await takeTurn(world, register, question, await world.ledger.findAsker(runId));
    const answer = await askRegister(
      world,
      register,
      {
        method: "GET",
        // INAD's own address has the tax code in it; no error of the door repeats it.
        url: `${settings.baseUrl.replace(/\/+$/, "")}/extract/${taxCode}`,
        query: { practicalReference: numero },
        headers: { authorization: `Bearer ${token}` },
        ...(signal && { signal }),
      },
      (one) => one.status === 200 || isNobody(one),
    );
    const found = readDomicile(answer, taxCode, world.clock);
    const askedOn = toRomeDay(world.clock.now());
    await cache.write("INAD", taxCode, { askedOn, answer: { ...found } });
    return { ...found, askedOn };
  };
}

/** One voucher of ten minutes serves many questions here. Throws RunBlocked `PDND_REFUSED`. */
export async function requestInadVoucher(
  { settings, pdnd }: InadAccess,
  signal?: AbortSignal,
): ReturnType<typeof requestVoucher> {
  try {
    return await requestVoucher(pdnd, { purposeId: settings.purposeId }, signal);
  } catch (error) {
    throw toVoucherError(error, pdnd.clock.now());
  }
}

/** A voucher is renewed this long before it expires. */
const marginMs = 30_000;

function createVoucherKeeper(options: InadOptions): (signal?: AbortSignal) => Promise<string> {
  const { clock } = options.world;
  let held: { readonly token: string; readonly until: number } | null = null;
  const request = createSharedRequest<string>();
  return async (signal) => {
    if (held !== null && clock.now() < held.until) return held.token;
    return await request.join(async (shared) => {
      const { token, lifeMs } = await requestInadVoucher(options, shared);
      held = { token, until: clock.now() + lifeMs - marginMs };
      return token;
    }, signal);
  };
}

/** 404 of INAD itself: the code has no domicile. Another page says nothing of anybody. */
function isNobody({ status, body }: HttpAnswer): boolean {
  return status === 404 && toRecord(body)["type"] === "NOT_FOUND";
}

function readDomicile(answer: HttpAnswer, taxCode: string, clock: Clock): Domicile {
  if (answer.status === 404) return { status: "none" };
  const { codiceFiscale, digitalAddress } = toRecord(answer.body);
  if (toWord(codiceFiscale)?.toUpperCase() !== taxCode || !Array.isArray(digitalAddress))
    throw unreadableRegisterError("INAD");
  const now = toInstant(clock.now());
  for (const { digitalAddress: address, practicedProfession, usageInfo } of toRecords(
    digitalAddress,
  )) {
    const ends = toWord(toRecord(usageInfo)["dateEndValidity"]);
    const word = toWord(address);
    if (word === undefined || (ends !== undefined && toInstant(Date.parse(ends)) <= now)) continue;
    const profession = toWord(practicedProfession);
    return { status: "found", address: word, ...(profession !== undefined && { profession }) };
  }
  return { status: "none" };
}
