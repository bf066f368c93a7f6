/** Names and addresses of this machine and its network, in every spelling: no document of a public SEND goes there. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import {
  isPrivateAddress,
  isPrivateHost,
} from "../../../../integrations/send/client/private-address.ts";
import { requireOwnPlace } from "../../../../integrations/send/client/storage-address.ts";
import { file, makeSend, rejection, settings } from "./setup.ts";

const isPrivateUrl = (host: string): boolean => isPrivateHost(new URL(`https://${host}/`).hostname);

test.each([
  ["127.0.0.1"],
  ["127.1"],
  ["2130706433"],
  ["0x7f000001"],
  ["0177.0.0.1"],
  ["0x7f.0.0.1"],
  ["0"],
  ["10.0.0.1"],
  ["167772161"],
  ["100.64.0.1"],
  ["100.127.255.254"],
  ["169.254.169.254"],
  ["0xa9fea9fe"],
  ["172.16.0.1"],
  ["172.31.255.255"],
  ["192.168.1.1"],
  ["192.0.2.7"],
  ["198.18.0.1"],
  ["198.51.100.9"],
  ["203.0.113.5"],
  ["224.0.0.1"],
  ["255.255.255.255"],
  ["[::]"],
  ["[::1]"],
  ["[0:0:0:0:0:0:0:1]"],
  ["[::ffff:127.0.0.1]"],
  ["[::ffff:a9fe:a9fe]"],
  ["[::127.0.0.1]"],
  ["[fd00::1]"],
  ["[fc12:3456::]"],
  ["[fe80::1]"],
  ["[feff::1]"],
  ["[ff02::1]"],
  ["[64:ff9b::10.0.0.1]"],
  ["[64:ff9b:1::8.8.8.8]"],
  ["[2002:7f00:1::]"],
  ["[2002:c0a8:101::1]"],
  ["[2001::1]"],
  ["[2001:db8::1]"],
  ["localhost"],
  ["localhost."],
  ["LOCALHOST"],
  ["x.localhost."],
  ["nas"],
  ["nas.local"],
  ["router.home.arpa"],
  ["metadata.google.internal"],
])("%s is private", (host) => {
  expect(isPrivateUrl(host)).toBe(true);
});

test.each([
  ["8.8.8.8"],
  ["100.63.255.255"],
  ["100.128.0.1"],
  ["169.253.1.1"],
  ["172.32.0.1"],
  ["192.167.1.1"],
  ["[2a05:d018::1]"],
  ["[64:ff9b::8.8.8.8]"],
  ["[2002:808:808::1]"],
  ["api.notifichedigitali.it"],
  ["local.example"],
])("%s is public", (host) => {
  expect(isPrivateUrl(host)).toBe(false);
});

test.each([["fe80::1%eth0"], ["::ffff:10.0.0.1"], ["niente"]])(
  "%s of a resolver is private",
  (text) => {
    expect(isPrivateAddress(text)).toBe(true);
  },
);

const real = "https://api.notifichedigitali.it";
const bucket = "pn-safestorage-x.s3.eu-south-1.amazonaws.com";

describe("a name of SEND's storage", () => {
  const cases: readonly (readonly [
    string,
    Readonly<Record<string, readonly string[]>>,
    boolean,
  ])[] = [
    ["that leads to public addresses", { [bucket]: ["52.95.1.1", "2a05:d018::1"] }, true],
    ["that leads to this machine", { [bucket]: ["127.0.0.1"] }, false],
    ["that leads to the own network among others", { [bucket]: ["52.95.1.1", "10.0.0.7"] }, false],
    ["that leads to the cloud's own service", { [bucket]: ["169.254.169.254"] }, false],
    ["that leads to a carrier's network", { [bucket]: ["100.64.1.1"] }, false],
    ["that leads to a local IPv6 address", { [bucket]: ["fd00:ec2::254"] }, false],
    ["that leads to IPv4 inside IPv6", { [bucket]: ["::ffff:192.168.1.1"] }, false],
    [
      "in a network where the base is private too",
      { [bucket]: ["10.0.0.7"], "api.notifichedigitali.it": ["10.0.0.8"] },
      true,
    ],
    ["that only a proxy finds", {}, true],
  ];
  for (const [what, names, isTaken] of cases)
    test(what, async () => {
      const found = await requireOwnPlace(`https://${bucket}/a.pdf`, {
        settings: { ...settings, baseUrl: real },
        allowBaseUrl: () => true,
        resolveHost: (name) => Promise.resolve(names[name] ?? []),
      }).catch((error: unknown) => error);

      if (isTaken) expect(found).toEqual({ url: `https://${bucket}/a.pdf`, headers: {} });
      else {
        expect(found).toBeInstanceOf(RunBlocked);
        expect(found).toMatchObject({ code: "FILE_ADDRESS_REFUSED" });
      }
    });

  test("without TLS is called by the very address that was looked at", async () => {
    let asked = 0;
    const place = await requireOwnPlace("http://deposito.test:8080/a.pdf?X=1", {
      settings: { ...settings, baseUrl: "http://send.test", uploadHosts: ["deposito.test:8080"] },
      resolveHost: () => Promise.resolve([["52.95.1.1"], ["127.0.0.1"]][asked++] ?? []),
    });

    expect(place).toEqual({
      url: "http://52.95.1.1:8080/a.pdf?X=1",
      headers: { host: "deposito.test:8080" },
    });
    expect(asked).toBe(1);
  });
});

test("nothing is uploaded to a name that leads to this machine, and nothing is posted", async () => {
  const uploads: string[] = [];
  const world = await makeSend({
    settings: { uploadHosts: ["deposito.test"] },
    between: async (request, next) => {
      if (request.method === "PUT") uploads.push(request.url);
      const answer = await next();
      if (!request.url.endsWith("/preload")) return answer;
      const slots = (await answer.json()) as Record<string, unknown>[];
      return Response.json(slots.map((slot) => ({ ...slot, url: "http://deposito.test/a.pdf" })));
    },
  });
  const send = world.client({
    settings: { ...settings, uploadHosts: ["deposito.test"] },
    resolveHost: (name) =>
      Promise.resolve([name === "deposito.test" ? "169.254.169.254" : "52.95.1.1"]),
    allowBaseUrl: () => true,
  });

  const error = await rejection(send.upload([file("a")]));

  expect(error).toMatchObject({ code: "FILE_ADDRESS_REFUSED" });
  expect(uploads).toEqual([]);
});
