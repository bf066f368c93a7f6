/** Addresses that preload gives for a file: documents go to SEND's own storage or nowhere, and without them nothing is posted. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { requireOwnAddress } from "../../../../integrations/send/client/storage-address.ts";
import { listSendAddresses } from "../../../../integrations/send/create-send.ts";
import { createSendDesk } from "../../../../integrations/send/desk.ts";
import { accessOf, file, makeSend, rejection, sampleRequest, settings } from "./setup.ts";

const ignore = (): void => undefined;

const local = "http://127.0.0.1:8098/send";
const real = "https://api.notifichedigitali.it";
const uat = "https://api.uat.notifichedigitali.it";
const bucket = "pn-safestorage-staging-eu-south-1-350578575906.s3.eu-south-1.amazonaws.com";

function judge(address: string, baseUrl: string, uploadHosts?: readonly string[]): string {
  const own = { ...settings, baseUrl, ...(uploadHosts && { uploadHosts: [...uploadHosts] }) };
  try {
    return requireOwnAddress(address, { settings: own, allowBaseUrl: () => true });
  } catch (error) {
    if (error instanceof RunBlocked) return error.code;
    throw error;
  }
}

describe("an address is SEND's own", () => {
  const own: readonly [name: string, address: string, base: string, hosts?: readonly string[]][] = [
    ["below the base of the simulator", `${local}/upload/a.pdf?X-Amz-Signature=1`, local],
    ["in the storage of production", `https://${bucket}/a.pdf?X-Amz-Signature=1`, real],
    [
      "in the storage of UAT",
      "https://pn-safestorage-eu-south-1-956319218727.s3.eu-south-1.amazonaws.com/a.pdf",
      uat,
    ],
    ["on the host of the base", `${real}/storage/a.pdf`, real],
    [
      "on a host that the ente's file names",
      "https://deposito.example/a",
      real,
      ["deposito.example"],
    ],
    ["on a port that it names", "http://127.0.0.1:9000/a", local, ["127.0.0.1:9000"]],
  ];
  for (const [name, address, base, hosts] of own)
    test(name, () => {
      expect(judge(address, base, hosts)).toBe(address);
    });
});

describe("an address is refused", () => {
  const foreign: readonly [
    name: string,
    address: string,
    base: string,
    hosts?: readonly string[],
  ][] = [
    ["of another scheme", `http://${bucket}/a.pdf`, real],
    ["of another scheme on the same host", "http://api.notifichedigitali.it/a", real],
    ["of another host", "https://deposito.example/a.pdf", real],
    ["of a host that only begins so", `https://${bucket}.evil.example/a`, real],
    ["of a host that only ends so", "https://evil-notifichedigitali.it/a", real],
    ["with a label more", `https://x.${bucket}/a`, real],
    ["of another storage", "https://evil.s3.eu-south-1.amazonaws.com/a", real],
    ["of the storage under another base", `https://${bucket}/a`, "https://send.example"],
    ["of another port", `https://${bucket}:8443/a`, real],
    ["of another port of this machine", "http://127.0.0.1:8099/send/upload/a", local],
    ["of another name of this machine", "http://localhost:8098/send/upload/a", local],
    ["beside the base", "http://127.0.0.1:8098/gpd/upload/a", local],
    ["beside the base by dots", `${local}/../gpd/a`, local],
    ["beside a base whose name it begins with", "http://127.0.0.1:8098/sender/a", local],
    ["with a user", `https://api.notifichedigitali.it@${bucket}/a`, real],
    ["with a backslash", "https://deposito.example\\@api.notifichedigitali.it/a", real],
    ["with a blank", `https://${bucket}/a b`, real],
    ["that is none", "ftp://api.notifichedigitali.it/a", real],
    ["of this machine", "https://127.0.0.1/a", real, ["127.0.0.1"]],
    ["of this machine in another spelling", "https://0x7f.1/a", real, ["127.0.0.1"]],
    ["of this machine by name", "https://localhost/a", real, ["localhost"]],
    ["of this machine in IPv6", "https://[::1]/a", real, ["*"]],
    ["of the own network", "https://10.1.2.3/a", real, ["10.1.2.3"]],
    ["of the cloud's own service", "https://169.254.169.254/a", real, ["169.254.169.254"]],
    ["of a name that only the network knows", "https://nas.local/a", real, ["nas.local"]],
  ];
  for (const [name, address, base, hosts] of foreign)
    test(name, () => {
      expect(judge(address, base, hosts)).toBe("FILE_ADDRESS_REFUSED");
    });

  test("of a real service that was not allowed", () => {
    const own = { ...settings, baseUrl: real };

    expect(() => requireOwnAddress(`https://${bucket}/a`, { settings: own })).toThrow(RunBlocked);
  });

  test("and the message names its host alone", () => {
    const make = (): string =>
      requireOwnAddress("https://altrove.example/Rossi.pdf?secret=1", { settings });

    expect(make).toThrow(
      "SEND ha indicato per un documento un indirizzo che non è del suo deposito (altrove.example). Nessun documento vi è stato mandato.",
    );
  });
});

/** A world whose preload names this address for the second of two files, and counts what is called. */
async function misled(address: string) {
  const seen: string[] = [];
  const world = await makeSend({
    between: async (request, next) => {
      seen.push(`${request.method} ${request.url}`);
      const answer = await next();
      if (!request.url.endsWith("/preload")) return answer;
      const slots = (await answer.json()) as Record<string, unknown>[];
      return Response.json(
        slots.map((slot, index) => (index === 1 ? { ...slot, url: address } : slot)),
      );
    },
  });
  return { world, seen };
}

describe("where preload names a foreign address", () => {
  test.each([
    ["http://altrove.test/send/upload/a.pdf"],
    ["https://send.test/send/upload/a.pdf"],
    ["http://send.test:8080/send/upload/a.pdf"],
    ["http://send.test/elsewhere/a.pdf"],
  ])("%s: nothing is uploaded at all", async (address) => {
    const { world, seen } = await misled(address);

    const error = await rejection(world.send.upload([file("a"), file("b")]));

    expect(error).toMatchObject({ code: "FILE_ADDRESS_REFUSED" });
    expect(seen).toEqual(["POST http://send.test/send/delivery/attachments/preload"]);
  });

  test("a download is not fetched from there either", async () => {
    const seen: string[] = [];
    const world = await makeSend({
      simulator: { keepsFiles: true },
      between: async (request, next) => {
        seen.push(new URL(request.url).host);
        const answer = await next();
        if (!request.url.includes("/attachments/documents/")) return answer;
        const place = (await answer.json()) as Record<string, unknown>;
        return Response.json({ ...place, url: "http://169.254.169.254/latest/meta-data" });
      },
    });
    const { notificationRequestId } = await world.send.send(await sampleRequest(world.send));
    world.clock.advance(3_600_000);
    const status = await world.send.findStatus(notificationRequestId);
    const iun = status?.status === "accepted" ? status.iun : "";

    const error = await rejection(createSendDesk(accessOf(world)).downloadDocument(iun, 0, ignore));

    expect(error).toMatchObject({ code: "FILE_ADDRESS_REFUSED" });
    expect(new Set(seen)).toEqual(new Set(["send.test"]));
  });
});

describe("a file without a confirmed version", () => {
  const answers: readonly [name: string, headers: Record<string, string>, code: string][] = [
    ["no version", {}, "UPLOAD_WITHOUT_VERSION"],
    ["a store without versions", { "x-amz-version-id": "null" }, "UPLOAD_WITHOUT_VERSION"],
    ["a version of blanks", { "x-amz-version-id": "a b" }, "UPLOAD_WITHOUT_VERSION"],
    [
      "other bytes than were sent",
      { "x-amz-version-id": "v1", "x-amz-checksum-sha256": "AAAA" },
      "UPLOAD_FAILED",
    ],
  ];
  for (const [name, headers, code] of answers)
    test(`${name}: is not posted`, async () => {
      const world = await makeSend({
        between: async (request, next) =>
          request.method === "PUT" ? new Response(null, { status: 200, headers }) : await next(),
      });

      expect(await rejection(sampleRequest(world.send))).toMatchObject({ code, effect: "none" });
    });

  test("in a request made by hand is not posted", async () => {
    const world = await makeSend();
    const request = await sampleRequest(world.send);
    const [document] = request.documents;
    const calls = world.calls.length;

    const error = await rejection(
      world.send.send({
        ...request,
        documents: [{ title: "Verbale", file: { ...document!.file, versionToken: "" } }],
      }),
    );

    expect(error).toMatchObject({ code: "UPLOAD_WITHOUT_VERSION", effect: "none" });
    expect(world.calls).toHaveLength(calls);
  });
});

test("a storage that the ente's file names is held by the guard of real services", () => {
  expect(
    listSendAddresses({ ...settings, uploadHosts: ["deposito.example", "127.0.0.1:9000"] }),
  ).toEqual(["http://send.test/send", "http://deposito.example", "http://127.0.0.1:9000"]);
});
