/** Which passwords are taken, and the codes of an authenticator app against the vectors of the RFC. */
import { describe, expect, test } from "bun:test";
import {
  createPasswordKeeper,
  judgePassword,
  TooBusy,
} from "../../../../server/people/passwords.ts";
import { computeTotp, matchTotp, toBase32 } from "../../../../server/people/totp.ts";

const own = ["postino", "anna.bianchi", "Anna Bianchi", "borgolieto", "Comune di Borgolieto"];

describe("a password", () => {
  test.each([
    "quattro gatti sul tetto",
    "correct horse battery staple",
    "Ho tre sedie e un tavolo",
    "xK9#mQ2$vL7!",
    "пароль для входа сюда",
    "nebbia-fitta-sul-lago-41",
    "7#9!2$5%8&3*",
  ])("«%s» is taken", (password) => {
    expect(judgePassword(password, own)).toBeNull();
  });

  test.each([
    ["corta", "almeno 12 caratteri"],
    ["undicicarat", "almeno 12 caratteri"],
    ["x".repeat(257), "al massimo 256"],
    ["aaaaaaaaaaaaaaaa", "ripete pochi caratteri"],
    ["123456789012", "sole cifre"],
    ["abcabcabcabcabc", "ripete pochi caratteri"],
    ["Password2026!", "si provano per prime"],
    ["P4ssw0rd!!2026", "si provano per prime"],
    ["passwordpassword", "ripete pochi caratteri"],
    ["qwertyuiop12", "si provano per prime"],
    ["PoliziaLocale1", "si provano per prime"],
    ["Borgolieto2026!", "si provano per prime"],
    ["AnnaBianchi-1980", "si provano per prime"],
    ["postinopostino1", "ripete pochi caratteri"],
    ["Comune.Borgolieto.26", "si provano per prime"],
    ["!!!!Milano!!!!26", "si provano per prime"],
    ["2026-11-28 10:00", "si provano per prime"],
  ] as const)("«%s» is not: %s", (password, why) => {
    expect(judgePassword(password, own) ?? "").toContain(why);
  });

  test("is kept as argon2id, and an unknown account costs as much as a wrong password", async () => {
    const keeper = createPasswordKeeper({ memoryCost: 1_024, timeCost: 1 });
    const hash = await keeper.hash("quattro gatti");

    expect(hash).toStartWith("$argon2id$v=19$m=1024,t=1,p=1$");
    expect(await keeper.verify("quattro gatti", hash)).toBe(true);
    expect(await keeper.verify("quattro cani", hash)).toBe(false);
    expect(await keeper.verify("", hash)).toBe(false);
    expect(await keeper.verify("nobody has this password", null)).toBe(false);
    expect(await createPasswordKeeper().hash("x")).toStartWith("$argon2id$v=19$m=65536,t=2,p=1$");
  });

  test("a flood of logins is sent away instead of eating the memory", async () => {
    const keeper = createPasswordKeeper({ memoryCost: 8_192, timeCost: 1 });
    const all = await Promise.allSettled(Array.from({ length: 60 }, () => keeper.hash("x")));
    const refused = all.filter((one) => one.status === "rejected");

    expect(refused).toHaveLength(18);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(TooBusy);
    expect(await keeper.verify("x", await keeper.hash("x"))).toBe(true);
  });
});

describe("codes of an app", () => {
  const secret = Buffer.from("12345678901234567890");

  // RFC 6238, appendix B, SHA-1; RFC 4648, section 10.
  test.each([
    [59, "94287082"],
    [1_111_111_109, "07081804"],
    [1_111_111_111, "14050471"],
    [1_234_567_890, "89005924"],
    [2_000_000_000, "69279037"],
    [20_000_000_000, "65353130"],
  ])("at %d s the code is %s", (seconds, code) => {
    expect(computeTotp(secret, Math.floor(seconds / 30), 8)).toBe(code);
    expect(computeTotp(secret, Math.floor(seconds / 30))).toBe(code.slice(2));
  });

  test("the one before and the one after count, older ones and used ones do not", () => {
    const now = 1_111_111_111_000;
    const step = Math.floor(now / 30_000);
    const match = (at: number, usedStep = 0): number | null =>
      matchTotp(secret, computeTotp(secret, at), { now, usedStep });

    expect([-2, -1, 0, 1, 2].map((near) => match(step + near))).toEqual([
      null,
      step - 1,
      step,
      step + 1,
      null,
    ]);
    expect(match(step, step)).toBeNull();
    expect(match(step - 1, step)).toBeNull();
    expect(match(step + 1, step)).toBe(step + 1);
    expect(matchTotp(secret, " 050 471 ", { now, usedStep: 0 })).toBe(step);
    for (const wrong of ["", "05047", "0504710", "abcdef"])
      expect(matchTotp(secret, wrong, { now, usedStep: 0 })).toBeNull();
  });

  test.each([
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("«%s» is typed as %s", (text, typed) => {
    expect(toBase32(Buffer.from(text))).toBe(typed);
  });
});
