/** What the environment says: defaults, and settings that are no numbers. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { readConfig } from "../../../server/config.ts";

test("a level of the log that does not exist is refused by name, an empty one is none", () => {
  expect(readConfig({ POSTINO_LOG: "" }).logLevel).toBeUndefined();
  expect(readConfig({ POSTINO_LOG: "debug" }).logLevel).toBe("debug");
  expect(() => readConfig({ POSTINO_LOG: "tutto" })).toThrow(
    "POSTINO_LOG vuole debug, info, warn, error, non «tutto».",
  );
});

describe("the limits of an upload", () => {
  test("fit 20,000 documents by default, and are what the environment says", () => {
    expect(readConfig({}).uploadLimits).toEqual({ bytes: 6_000_000_000, files: 50_000 });
    expect(readConfig({ POSTINO_UPLOAD_MB: "20", POSTINO_UPLOAD_FILES: "3" }).uploadLimits).toEqual(
      { bytes: 20_000_000, files: 3 },
    );
  });

  test("that are no whole number are refused by name", () => {
    for (const value of ["0", "-1", "1.5", "6G"]) {
      let thrown: unknown = null;
      try {
        readConfig({ POSTINO_UPLOAD_MB: value });
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof RunBlocked)) throw new Error(`${value} was taken`);
      expect([thrown.code, thrown.message]).toEqual([
        "BAD_SETTING",
        `POSTINO_UPLOAD_MB vuole un numero intero da 1 in su, non «${value}».`,
      ]);
    }
  });
});

describe("the place of the journal", () => {
  test.each([
    [undefined, { kind: "sqlite", path: "/dati/postino.sqlite" }],
    ["  ", { kind: "sqlite", path: "/dati/postino.sqlite" }],
    ["sqlite:/altrove/registro.sqlite", { kind: "sqlite", path: "/altrove/registro.sqlite" }],
    ["sqlite:///altrove/registro.sqlite", { kind: "sqlite", path: "/altrove/registro.sqlite" }],
    ["postgres://u:p@h/b", { kind: "postgres", url: "postgres://u:p@h/b" }],
    [
      "postgresql://h:6432/b?sslmode=require",
      { kind: "postgres", url: "postgresql://h:6432/b?sslmode=require" },
    ],
  ] as const)("%p", (given, place) => {
    const environment = { POSTINO_DATA: "/dati", POSTINO_STORE: given };

    expect(readConfig(environment).store).toEqual(place);
  });

  test.each([
    "mysql://u:segreto@h/b",
    "postgres://u:segreto@h",
    "postgres:segreto",
    "registro.sqlite",
    "sqlite:",
  ])("%s is refused, and no password is shown", (given) => {
    expect(() => readConfig({ POSTINO_STORE: given })).toThrow(
      /^POSTINO_STORE vuole sqlite:FILE oppure postgres:\/\/utente:password@server:5432\/database\.$/,
    );
  });
});

describe("the addresses that browsers see", () => {
  test("are none by default, else one proxy stands in front", () => {
    expect(readConfig({}).access).toEqual({ origins: [], proxyHops: 0 });
    expect(
      readConfig({ POSTINO_PUBLIC_URL: "https://Postino.Comune.example/ https://b.example:8443" })
        .access,
    ).toEqual({
      origins: ["https://postino.comune.example", "https://b.example:8443"],
      proxyHops: 1,
    });
    expect(
      readConfig({ POSTINO_PUBLIC_URL: "https://a.example:443,", POSTINO_PROXY_HOPS: "2" }).access,
    ).toEqual({ origins: ["https://a.example"], proxyHops: 2 });
  });

  test.each([
    [{ POSTINO_PUBLIC_URL: "postino.comune.example" }, "postino.comune.example"],
    [{ POSTINO_PUBLIC_URL: "https://comune.example/postino" }, "https://comune.example/postino"],
    [
      { POSTINO_PUBLIC_URL: "https://io:segreto@comune.example" },
      "https://io:segreto@comune.example",
    ],
    [{ POSTINO_PUBLIC_URL: "ftp://comune.example" }, "ftp://comune.example"],
    [{ POSTINO_PROXY_HOPS: "-1" }, "-1"],
    [{ POSTINO_PROXY_HOPS: "tanti" }, "tanti"],
    [{ POSTINO_ACCESSIBILITY_URL: "form.agid.example" }, "form.agid.example"],
    [{ POSTINO_PRIVACY_URL: "javascript:alert" }, "javascript:alert"],
  ])("%p is refused by name", (environment, given) => {
    const [name = ""] = Object.keys(environment);

    expect(() => readConfig(environment)).toThrow(new RegExp(`^${name} vuole .*«${given}»\\.$`));
  });
});
