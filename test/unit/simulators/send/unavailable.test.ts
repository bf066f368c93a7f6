/** The simulated SEND while a service that its validation asks does not answer, and recipients that no registry knows: what it decides, and what the client says of it. */
import { describe, expect, test } from "bun:test";
import { makeSend, sampleRequest } from "../../integrations/send/setup.ts";
import { address, person, raw, type Raw } from "./simulator-world.ts";

const first = 200;
const minute = 60_000;
const hour = 3_600_000;

/** Sends a request and gives what SEND tells of it, each time it is asked. */
async function asked({ post, call }: Raw, changes: Record<string, unknown> = {}) {
  const taken = (await (await post(changes)).json()) as { notificationRequestId: string };
  const query = new URLSearchParams({ notificationRequestId: taken.notificationRequestId });
  return async () => {
    const answer = await call("GET", `/delivery/v2.5/requests?${query.toString()}`);
    const { notificationRequestStatus: status, errors = [] } = (await answer.json()) as {
      readonly notificationRequestStatus: string;
      readonly errors?: readonly { readonly code: string; readonly detail: string }[];
    };
    return [status, ...errors.map(({ code, detail }) => `${code}: ${detail}`)];
  };
}

const unavailable = ["REFUSED", "SERVICE_UNAVAILABLE: Servizio non disponibile"];
const payments = [
  { pagoPa: { noticeCode: "302010000000000001", creditorTaxId: "77777777777", applyCost: true } },
];
const asynchronous = {
  notificationFeePolicy: "DELIVERY_MODE",
  pagoPaIntMode: "ASYNC",
  paFee: 100,
  vat: 22,
  recipients: [person({ payments })],
};

describe("a service that does not answer", () => {
  test("is asked again after 10 s, 1 m, 1 m, 5 m and 1 h, then the request is refused where the tries end", async () => {
    const world = await raw({
      environment: { isNormaliserDown: true, isRetriedForEver: false },
    });
    const ask = await asked(world);

    world.clock.advance(first + 10_000 + 7 * minute + hour - 1);
    const before = await ask();
    world.clock.advance(1);

    expect(before).toEqual(["WAITING"]);
    expect(await ask()).toEqual(unavailable);
  });

  test("is asked every hour for ever otherwise, as SEND is set", async () => {
    const world = await raw({ environment: { isNormaliserDown: true } });
    const ask = await asked(world);

    world.clock.advance(30 * 24 * hour);

    expect(await ask()).toEqual(["WAITING"]);
    expect(world.simulator.report().requests[0]?.status).toBe("WAITING");
  });

  test.each([
    ["GPD, about notices that it will write the costs on", { isGpdDown: true }, asynchronous],
    [
      "the registry, where the validation asks it",
      { registry: "validation", isRegistryDown: true },
      {},
    ],
    ["the normaliser", { isNormaliserDown: true }, {}],
  ] as const)("may be %s", async (_what, environment, changes) => {
    const world = await raw({
      environment: { ...environment, validationRetriesMs: [1000], isRetriedForEver: false },
    });
    const ask = await asked(world, changes);

    world.clock.advance(first + 999);
    const before = await ask();
    world.clock.advance(1);

    expect(before).toEqual(["WAITING"]);
    expect(await ask()).toEqual(unavailable);
  });

  test("says nothing of a request that does not need it", async () => {
    const world = await raw({ environment: { isGpdDown: true } });
    const ask = await asked(world, { ...asynchronous, pagoPaIntMode: "SYNC" });

    world.clock.advance(first);

    expect(await ask()).toEqual(["ACCEPTED"]);
  });

  test("comes after the files: what is wrong with them is told at once", async () => {
    const world = await raw({ environment: { isNormaliserDown: true } });
    const [document] = (await world.body())["documents"] as readonly Record<string, unknown>[];
    const digests = { sha256: `${"A".repeat(43)}=` };
    const ask = await asked(world, { documents: [{ ...document, digests }] });

    world.clock.advance(first);

    expect((await ask()).join(" ")).toStartWith("REFUSED FILE_SHA_ERROR");
  });

  test("a refusal gives the notice codes free, for the data was right", async () => {
    const world = await raw();
    const recipient = (street: string) =>
      person({ payments, physicalAddress: address({ address: street }) });
    const policy = { notificationFeePolicy: "DELIVERY_MODE", paFee: 100, vat: 22 };
    const ask = await asked(world, {
      ...policy,
      recipients: [recipient("Via @SERVICE_UNAVAILABLE 1")],
    });
    world.clock.advance(first);
    const refused = await ask();

    const again = await world.post({
      ...policy,
      paProtocolNumber: "V-9",
      recipients: [recipient("Via Roma 1")],
    });

    expect(refused).toEqual(unavailable);
    expect(again.status).toBe(202);
  });
});

describe("a recipient whom no registry knows", () => {
  const environment = {
    addressLookup: true,
    unknownTaxIds: new Set(["FRMTTR76M06B715E"]),
  };
  const unknown = { taxId: "FRMTTR76M06B715E" };

  test("is refused when the address must be looked up, and told by its index", async () => {
    const { verdict } = await raw({ environment });

    const { errors } = await verdict({
      recipients: [person(), person({ ...unknown, physicalAddress: undefined })],
    });

    expect(errors).toMatchObject([{ code: "RECIPIENT_ID_NOT_VALID", recIndex: 1 }]);
  });

  test("is taken when the address is there, and another one is not found", async () => {
    const { verdict } = await raw({ environment });

    const taken = await verdict({ recipients: [person(unknown)] });
    const other = await verdict({
      paProtocolNumber: "V-2",
      recipients: [person({ physicalAddress: undefined })],
    });

    expect(taken["notificationRequestStatus"]).toBe("ACCEPTED");
    expect(other["errors"]).toMatchObject([{ code: "ADDRESS_NOT_FOUND", recIndex: 0 }]);
  });
});

function withoutAddress(text: string): string {
  const { recipients, ...rest } = JSON.parse(text) as { recipients: Record<string, unknown>[] };
  const bare = recipients.map(({ physicalAddress: _address, ...recipient }) => recipient);
  return JSON.stringify({ ...rest, recipients: bare });
}

describe("what the client says of it", () => {
  const billed =
    "SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.";

  test("of a service that was down: the data is right, the verbale may go out again", async () => {
    const { send, clock } = await makeSend({
      simulator: {
        environment: {
          isNormaliserDown: true,
          validationRetriesMs: [minute],
          isRetriedForEver: false,
        },
      },
    });
    const { notificationRequestId } = await send.send(await sampleRequest(send));
    clock.advance(first);

    const meanwhile = await send.findStatus(notificationRequestId);
    clock.advance(minute);
    const found = await send.findStatus(notificationRequestId);

    expect(meanwhile).toMatchObject({ status: "waiting" });
    expect(found).toMatchObject({
      status: "refused",
      refusals: [
        {
          code: "SERVICE_UNAVAILABLE",
          note: `Un servizio da cui SEND dipende non era disponibile per troppo tempo. ${billed}`,
          hint: { action: "resume", only: "rejected" },
        },
      ],
    });
  });

  test("of a recipient whom no registry knows: code and type are to be looked at", async () => {
    const world = await makeSend({
      // The client always sends an address: it is taken out on the way.
      between: async (request, next) => {
        const { pathname } = new URL(request.url);
        if (request.method !== "POST" || !pathname.endsWith("/requests")) return await next();
        return await world.simulator.app.request(pathname.replace(/^\/send/, ""), {
          method: "POST",
          headers: request.headers,
          body: withoutAddress(await request.text()),
        });
      },
      simulator: {
        environment: { addressLookup: true, unknownTaxIds: new Set(["RSSMRA80A01H501U"]) },
      },
    });
    const { send, clock } = world;
    const { notificationRequestId } = await send.send(await sampleRequest(send));
    clock.advance(first);

    const found = await send.findStatus(notificationRequestId);

    expect(found).toMatchObject({
      status: "refused",
      refusals: [
        {
          code: "RECIPIENT_ID_NOT_VALID",
          note: `Il destinatario non è noto ai registri nazionali. ${billed}`,
          hint: {
            action: "send-again",
            first: "Verificare codice fiscale e tipo di destinatario e correggerli.",
          },
        },
      ],
    });
  });
});
