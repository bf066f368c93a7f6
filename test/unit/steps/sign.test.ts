/** The sign step in its three modes, with real keys, a real CSC client over the simulated server, and artifacts in memory. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { unzipSync, zipSync } from "fflate";
import { Hono } from "hono";
import { PDFDocument } from "pdf-lib";
import { createSignatureCheck } from "../../../documents/verify/check.ts";
import { AlteredArtifact, type StoredArtifact } from "../../../engine/host/files.ts";
import type { Answer, Ask, GroupContext } from "../../../engine/step/context.ts";
import type { Item } from "../../../engine/step/item.ts";
import type { Outcome } from "../../../engine/step/outcome.ts";
import { RetryLater } from "../../../engine/host/errors.ts";
import type { RunBlocked } from "../../../engine/host/errors.ts";
import { createHttp } from "../../../engine/host/http.ts";
import { createCscSimulator } from "../../../simulators/signing/csc-simulator.ts";
import type { CscSimulator } from "../../../simulators/signing/csc-simulator.ts";
import { createSigning } from "../../../integrations/signing/create-signing.ts";
import { TIME_STAMPING, toPkcs12 } from "../../../simulators/signing/fictional-authority.ts";
import type { IssueOptions } from "../../../simulators/signing/fictional-authority.ts";
import { createTsaSimulator } from "../../../simulators/signing/tsa-simulator.ts";
import type { TsaSimulatorOptions } from "../../../simulators/signing/tsa-simulator.ts";
import type { SigningSettings } from "../../../integrations/signing/settings.ts";
import sign from "../../../steps/sign.ts";
import type { DocumentFile } from "../../../steps/schemas/fields.ts";
import { uploaded } from "../../support/uploaded.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import type { FakeClock } from "../../support/fake-clock.ts";
import {
  authority,
  envelope,
  makePdf,
  signedAt,
  signedAtMs,
  signer,
  signPdf,
  toPem,
  withFolder,
} from "../documents/verify/fixtures.ts";

class Pending extends Error {
  readonly ask: Ask;

  constructor(ask: Ask) {
    super("pending");
    this.ask = ask;
  }
}

interface World {
  readonly clock: FakeClock;
  readonly simulator: CscSimulator;
  readonly blobs: Map<string, Uint8Array>;
  readonly asks: Ask[];
  readonly answers: Answer[];
  readonly intended: string[];
  readonly attached: string[];
  readonly stamps: () => number;
  /** How many requests the time stamping authority refuses with 503 before it answers. */
  tsaTroubles: number;
  /** Called after each intent. */
  onIntend: () => Promise<void>;
  /** Items with one verbale and, unless told otherwise, one notice each. */
  items(count: number, options?: { readonly withNotice?: boolean }): Promise<Item<unknown>[]>;
  /** Enters the step once; outcomes until it ends or throws. */
  enter(
    items: readonly Item<unknown>[],
    config: object,
  ): Promise<{ readonly outcomes: Outcome<Record<string, unknown>>[]; readonly thrown: unknown }>;
  signedOf(outcome: Outcome<Record<string, unknown>> | undefined): readonly DocumentFile[];
}

async function withWorld(
  use: (world: World) => Promise<void>,
  settings: Partial<SigningSettings> = {},
  tsaOptions: Partial<TsaSimulatorOptions> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const clock = createFakeClock(signedAt);
    const pkcs12 = await toPkcs12(await signer(), "chiave");
    await writeFile(join(folder, "chiave.p12"), pkcs12);
    await writeFile(join(folder, "ca.crt"), toPem((await authority()).chain[0]!));
    const simulator = createCscSimulator({ clock, key: { pkcs12, password: "chiave" } });
    const tsa = createTsaSimulator({ clock, ...tsaOptions });
    const server = new Hono();
    server.route("/csc/v2", simulator.v2);
    server.use("/tsa", async (c, next) => {
      if (world.tsaTroubles === 0) return next();
      world.tsaTroubles -= 1;
      return c.body(null, 503);
    });
    server.route("/tsa", tsa.app);
    const remote = (credentialId: string) => ({
      csc: {
        version: "2" as const,
        baseUrl: "http://firma.example/csc/v2",
        clientId: "postino",
        clientSecret: { secret: "CSC_SECRET" },
        credentialId,
        chunk: 3,
      },
    });
    const signing = createSigning(
      {
        signers: {
          chiave: { pkcs12: { file: "chiave.p12", password: { secret: "KEY_PASSWORD" } } },
          comandante: { name: "Il Comandante", ...remote("comandante") },
          limitato: remote("cinque-per-volta"),
          automatica: remote("automatica"),
          dispositivo: {
            csc: { ...remote("con-pin").csc, pin: { secret: "CSC_PIN" } },
          },
          esterno: { name: "Il Comandante", upload: { codiceFiscale: "CMNNNA70A41H501X" } },
        },
        trust: ".",
        ...settings,
      },
      {
        folder,
        secrets: { get: (name) => Promise.resolve(name === "KEY_PASSWORD" ? "chiave" : "segreto") },
        http: createHttp(async (input, init) => server.request(input, init)),
        clock,
      },
    );
    const blobs = new Map<string, Uint8Array>();
    const world = {
      clock,
      simulator,
      blobs,
      asks: [] as Ask[],
      answers: [] as Answer[],
      intended: [] as string[],
      attached: [] as string[],
      stamps: () => tsa.report().stamps,
      tsaTroubles: 0,
      onIntend: async () => {},
    };
    function readBlob(sha256: string): Uint8Array {
      const found = blobs.get(sha256);
      if (found === undefined) throw Object.assign(new Error("no such blob"), { code: "ENOENT" });
      const digest = createHash("sha256").update(found).digest("hex");
      if (digest !== sha256) throw new AlteredArtifact("altered");
      return Uint8Array.from(found);
    }

    const put = async (name: string, bytes: Uint8Array): Promise<StoredArtifact> => {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      blobs.set(sha256, Uint8Array.from(bytes));
      return { name, sha256, bytes: bytes.byteLength };
    };
    const quiet = () => {};
    const contextFor = (config: object): GroupContext<unknown, unknown> => ({
      runId: folder,
      ente: "prova",
      config: { notice: "sign", mode: "automatic", ...config },
      services: { signing },
      clock,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet } as never,
      signal: new AbortController().signal,
      artifacts: {
        put,
        async putStream(name, chunks) {
          const parts: Uint8Array[] = [];
          for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
          return put(name, Buffer.concat(parts));
        },
        read: async (sha256) => readBlob(sha256),
        async *stream(sha256) {
          yield readBlob(sha256);
        },
      },
      idempotencyKey: ({ key }) => key,
      earlier: () => [],
      holders: () => Promise.resolve(new Map()),
      async ask(ask) {
        const answer = world.answers.shift();
        if (answer !== undefined && answer.kind === ask.kind) return answer as never;
        world.asks.push(ask);
        throw new Pending(ask);
      },
      async intend(items) {
        world.intended.push(...items.map(({ key }) => key));
        await world.onIntend();
      },
      async attachToRun(artifact) {
        world.attached.push(artifact.name);
        blobs.set(artifact.name, blobs.get(artifact.sha256)!);
      },
    });
    const made: World = Object.assign(world, {
      async items(count, options = {}) {
        const made: Item<unknown>[] = [];
        for (let number = 1; number <= count; number += 1) {
          const documents: object[] = [];
          for (const role of options.withNotice === false ? ["verbale"] : ["verbale", "notice"]) {
            const stored = await put(`${number}-${role}.pdf`, await makePdf(`${role} ${number}`));
            documents.push({ role, pages: 2, ...stored });
          }
          made.push({ key: `V${number}`, round: 1, data: { documents } });
        }
        return made;
      },
      async enter(items, config) {
        const outcomes: Outcome<Record<string, unknown>>[] = [];
        try {
          for await (const outcome of sign.runMany!(items, contextFor(config)))
            outcomes.push(outcome);
          return { outcomes, thrown: null };
        } catch (thrown) {
          return { outcomes, thrown };
        }
      },
      signedOf(outcome) {
        if (outcome?.status !== "done") throw new Error("not signed");
        return outcome.fields["signedDocuments"] as DocumentFile[];
      },
    } satisfies Pick<World, "items" | "enter" | "signedOf">);
    await use(made);
    simulator.close();
  });
}

async function isGood(world: World, item: Item<unknown>, signed: readonly DocumentFile[]) {
  const { documents } = item.data as { documents: DocumentFile[] };
  const check = createSignatureCheck({
    trustAnchors: [(await authority()).chain[0]!],
    codiceFiscale: null,
    nowMs: signedAtMs,
  });
  return documents.map((document, index) => {
    const original = world.blobs.get(document.sha256)!;
    return check(original, world.blobs.get(signed[index]!.sha256)!).isOurs;
  });
}

const otp = (value: string): Answer => ({ kind: "otp", otp: value });
const upload = (files: Readonly<Record<string, Uint8Array>>): Answer => ({
  kind: "files",
  files: Object.entries(files).map(([name, bytes]) => uploaded(name, bytes)),
});

describe("automatic", () => {
  test("signs every PDF with the key of a file and keeps names and order", () =>
    withWorld(async (world) => {
      const items = await world.items(3);

      const { outcomes, thrown } = await world.enter(items, { signer: "chiave" });

      expect(thrown).toBeNull();
      expect(outcomes.map(({ item }) => item.key)).toEqual(["V1", "V2", "V3"]);
      expect(outcomes[0]).toMatchObject({ note: "2 documenti firmati da Anna Comandante" });
      const signed = world.signedOf(outcomes[0]);
      expect(signed.map(({ name, role, pages }) => [name, role, pages])).toEqual([
        ["1-verbale.pdf", "verbale", 2],
        ["1-notice.pdf", "notice", 2],
      ]);
      expect(await isGood(world, items[0]!, signed)).toEqual([true, true]);
      expect(world.intended).toEqual(["V1", "V2", "V3"]);
    }));

  test("tells beside each verbale that the certificate ends soon", () =>
    withWorld(async (world) => {
      await world.clock.jump("2034-12-20T10:00:00Z");

      const { outcomes } = await world.enter(await world.items(1), { signer: "chiave" });

      expect(outcomes[0]).toMatchObject({
        note: "2 documenti firmati da Anna Comandante. Il certificato di firma di Anna Comandante scade il 01/01/2035.",
      });
    }));

  test("leaves the notice as it is where the pipeline says so", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      const { documents } = items[0]!.data as { documents: DocumentFile[] };

      const { outcomes } = await world.enter(items, { signer: "chiave", notice: "leave" });

      const [verbale, notice] = world.signedOf(outcomes[0]);
      expect(notice).toEqual(documents[1]);
      expect(verbale?.sha256).not.toBe(documents[0]!.sha256);
    }));

  test("uses a remote credential that asks for no OTP", () =>
    withWorld(async (world) => {
      const { outcomes } = await world.enter(await world.items(4), { signer: "automatica" });

      expect(outcomes.length).toBe(4);
      expect(world.simulator.report().signatures).toBe(8);
      expect(world.asks).toEqual([]);
    }));

  test("a remote permission that ends before its use keeps the run waiting", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      world.onIntend = () => world.clock.advance(3_601_000);

      const { thrown } = await world.enter(items, { signer: "automatica" });

      expect(thrown).toBeInstanceOf(RetryLater);
      expect((thrown as RetryLater).effect).toBe("none");
    }));

  test("blocks the run when the credential wants an OTP", () =>
    withWorld(async (world) => {
      const { outcomes, thrown } = await world.enter(await world.items(1), {
        signer: "comandante",
      });

      expect(outcomes).toEqual([]);
      expect((thrown as RunBlocked).code).toBe("SIGNER_NEEDS_OTP");
      expect(world.intended).toEqual([]);
    }));

  test("blocks the run when the ente names no such signer", () =>
    withWorld(async (world) => {
      const { thrown } = await world.enter(await world.items(1), { signer: "sindaco" });

      expect((thrown as RunBlocked).message).toBe(
        "Il file dell'ente non nomina il firmatario «sindaco».",
      );
      expect((thrown as RunBlocked).hint).toContain("comandante");
    }));

  test("a PDF that cannot be signed fails alone", () =>
    withWorld(async (world) => {
      const items = await world.items(2);
      const { documents } = items[0]!.data as { documents: DocumentFile[] };
      world.blobs.set(documents[0]!.sha256, Buffer.from("no pdf"));

      const { outcomes, thrown } = await world.enter(items, { signer: "chiave" });

      expect(thrown).toBeNull();
      expect(outcomes.map(({ item, status }) => [item.key, status])).toEqual([
        ["V1", "failed"],
        ["V2", "done"],
      ]);
      expect(world.intended).toEqual(["V2"]);
    }));

  test("adds a time stamp to each signature where the ente has an authority for it", () =>
    withWorld(
      async (world) => {
        const items = await world.items(1);

        const { outcomes, thrown } = await world.enter(items, { signer: "chiave" });

        expect(thrown).toBeNull();
        expect(world.stamps()).toBe(2);
        expect(await isGood(world, items[0]!, world.signedOf(outcomes[0]))).toEqual([true, true]);
      },
      { timestamp: { url: "http://firma.example/tsa" } },
    ));
});

describe("a time stamping authority", () => {
  const settings = { timestamp: { url: "http://firma.example/tsa" } };
  const stampKey = async (serial: number, changes: Partial<IssueOptions> = {}) => ({
    pkcs12: await toPkcs12(
      await signer(`tsa ${serial}`, {
        subject: { commonName: "Marcatura di prova" },
        uses: ["digitalSignature"],
        extendedUses: [TIME_STAMPING],
        serial,
        ...changes,
      }),
      "tsa",
    ),
    password: "tsa",
  });
  const bad: readonly [string, string, () => Promise<Partial<TsaSimulatorOptions>>][] = [
    [
      "whose clock is an hour late",
      "porta un'ora di 60 minuti fa",
      async () => ({ clock: createFakeClock("2026-11-23T09:15:30.000Z") }),
    ],
    [
      "whose clock is an hour ahead",
      "porta un'ora futura",
      async () => ({ clock: createFakeClock("2026-11-23T11:15:30.000Z") }),
    ],
    [
      "whose certificate is not for stamps",
      "il suo certificato non è per le marche temporali",
      async () => ({ key: { pkcs12: await toPkcs12(await signer(), "x"), password: "x" } }),
    ],
    [
      "whose certificate has ended",
      "non si verifica",
      async () => ({ key: await stampKey(61, { notAfter: "2026-11-01T00:00:00Z" }) }),
    ],
    [
      "whose token is longer than its room",
      "al massimo possono essere 12288",
      async () => ({
        key: await stampKey(62, { subject: { commonName: "M".repeat(13_000) } }),
      }),
    ],
  ];
  for (const [name, sentence, optionsOf] of bad)
    test(`${name} blocks the run`, async () => {
      await withWorld(
        async (world) => {
          const { outcomes, thrown } = await world.enter(await world.items(1), {
            signer: "chiave",
          });

          expect(outcomes).toEqual([]);
          expect((thrown as RunBlocked).code).toBe("TIMESTAMP_UNUSABLE");
          expect((thrown as RunBlocked).message).toContain(sentence);
        },
        settings,
        await optionsOf(),
      );
    });

  test("that is busy for a moment costs no second OTP", () =>
    withWorld(async (world) => {
      const items = await world.items(1, { withNotice: false });
      world.answers.push(otp("123456"));
      world.tsaTroubles = 1;

      const entering = world.enter(items, { mode: "otp", signer: "comandante" });
      await world.clock.untilAsleep();
      await world.clock.advance(2_000);

      const { outcomes, thrown } = await entering;
      expect(thrown).toBeNull();
      expect(await isGood(world, items[0]!, world.signedOf(outcomes[0]))).toEqual([true]);
    }, settings));

  test("that is busy keeps a run without a person waiting", () =>
    withWorld(async (world) => {
      world.tsaTroubles = 1;

      const { outcomes, thrown } = await world.enter(await world.items(1, { withNotice: false }), {
        signer: "chiave",
      });

      expect(outcomes).toEqual([]);
      expect(thrown).toBeInstanceOf(RetryLater);
    }, settings));
});

describe("otp", () => {
  const config = { mode: "otp", signer: "comandante" };

  test("asks once for the whole flusso and sends the code only then", () =>
    withWorld(async (world) => {
      const items = await world.items(5);

      const first = await world.enter(items, config);

      expect(first.thrown).toBeInstanceOf(Pending);
      expect(first.outcomes).toEqual([]);
      expect(world.asks[0]?.who).toBe("Il Comandante");
      expect(world.asks[0]?.prompt).toBe(
        "Il Comandante: inserire il codice OTP per firmare 10 documenti (5 verbali). Se il codice non arriva o è scaduto, scrivere 0 per riceverne uno nuovo.",
      );
      expect(world.simulator.report().otpsSent).toBe(1);
      expect(world.intended).toEqual([]);

      world.answers.push(otp(" 123456 "));
      const second = await world.enter(items, config);

      expect(second.thrown).toBeNull();
      expect(second.outcomes.length).toBe(5);
      for (const [index, item] of items.entries())
        expect(await isGood(world, item, world.signedOf(second.outcomes[index]))).toEqual([
          true,
          true,
        ]);
      const { authorisations, otpsSent, signatures, signedAgain, extensions } =
        world.simulator.report();
      expect({ authorisations, otpsSent, signatures, signedAgain, extensions }).toEqual({
        authorisations: 1,
        otpsSent: 1,
        signatures: 10,
        signedAgain: 0,
        extensions: 3,
      });
    }));

  test("a wrong code is told to the person, who may try again", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      world.answers.push(otp("000000"));

      const { thrown } = await world.enter(items, config);

      expect(thrown).toBeInstanceOf(Pending);
      expect(world.asks[0]?.problem).toBe(
        "Il codice OTP non è giusto. Il fornitore ne ha inviato uno nuovo.",
      );
      expect(world.simulator.report().signatures).toBe(0);
      expect(world.intended).toEqual([]);
    }));

  test("a zero or an empty answer brings a new code, once each", () =>
    withWorld(async (world) => {
      const items = await world.items(1);

      for (const wish of ["0", ""]) {
        world.answers.push(otp(wish));
        const { thrown } = await world.enter(items, config);
        expect(thrown).toBeInstanceOf(Pending);
      }

      expect(world.asks.map(({ problem }) => problem)).toEqual([
        "Nuovo codice richiesto. Il fornitore ne ha inviato uno nuovo.",
        "Nuovo codice richiesto. Il fornitore ne ha inviato uno nuovo.",
      ]);
      expect(world.simulator.report().otpsSent).toBe(2);
      expect(world.simulator.report().refused).toEqual({});
    }));

  test("a provider's limit is announced before the first code and costs more codes, no verbale", () =>
    withWorld(async (world) => {
      const items = await world.items(5);
      const limited = { mode: "otp", signer: "limitato" };

      await world.enter(items, limited);
      expect(world.asks[0]?.prompt).toContain(
        "Il fornitore ammette 5 firme per codice: serviranno 3 codici, uno dopo l'altro.",
      );
      const done: string[] = [];
      let left = items;
      while (left.length > 0) {
        world.answers.push(otp("123456"));
        const { outcomes } = await world.enter(left, limited);
        done.push(...outcomes.map(({ item }) => item.key));
        left = left.filter(({ key }) => !done.includes(key));
      }

      expect(done).toEqual(["V1", "V2", "V3", "V4", "V5"]);
      expect(world.simulator.report().authorisations).toBe(3);
      expect(world.simulator.report().signedAgain).toBe(0);
    }));

  test("a permission that ends midway keeps what is signed and asks again for the rest", () =>
    withWorld(async (world) => {
      // A block has 64 verbali: the permission ends before the second one.
      const items = await world.items(70, { withNotice: false });
      world.answers.push(otp("123456"));
      world.onIntend = async () => {
        if (world.intended.length > 64) await world.clock.advance(301_000);
      };

      const { outcomes, thrown } = await world.enter(items, config);

      expect(thrown).toBeInstanceOf(Pending);
      expect(outcomes.length).toBe(64);
      expect(world.asks[0]?.problem).toBe(
        "Il permesso di firma è scaduto prima della fine: serve un nuovo codice. Il fornitore ne ha inviato uno nuovo.",
      );
      expect(world.asks[0]?.prompt).toContain("6 documenti (6 verbali)");
      world.onIntend = async () => {};
      world.answers.push(otp("123456"));
      const again = await world.enter(items.slice(64), config);
      expect(again.outcomes.map(({ item }) => item.key)).toEqual([
        "V65",
        "V66",
        "V67",
        "V68",
        "V69",
        "V70",
      ]);
    }));

  test("asks nobody where the signer wants no OTP", () =>
    withWorld(async (world) => {
      const { outcomes, thrown } = await world.enter(await world.items(2), {
        mode: "otp",
        signer: "automatica",
      });

      expect(thrown).toBeNull();
      expect(outcomes.length).toBe(2);
      expect(world.asks).toEqual([]);
    }));

  test("offers no new code where a device of the person makes it", () =>
    withWorld(async (world) => {
      await world.enter(await world.items(1), { mode: "otp", signer: "dispositivo" });

      expect(world.asks[0]?.prompt).toBe(
        "Anna Comandante: inserire il codice OTP per firmare 2 documenti (1 verbale).",
      );
      expect(world.simulator.report().otpsSent).toBe(0);
    }));

  test("never says the code", () =>
    withWorld(async (world) => {
      world.answers.push(otp("314159"));

      const { thrown } = await world.enter(await world.items(1), config);

      expect(JSON.stringify(world.asks) + String(thrown)).not.toContain("314159");
    }));
});

describe("upload", () => {
  const config = { mode: "upload", signer: "esterno", notice: "leave" };

  async function signedFiles(world: World, items: readonly Item<unknown>[]) {
    const identity = await signer();
    return items.map((item) => {
      const { documents } = item.data as { documents: DocumentFile[] };
      return signPdf(world.blobs.get(documents[0]!.sha256)!, identity);
    });
  }

  test("hands the PDFs out as an archive and asks for them", () =>
    withWorld(async (world) => {
      const { thrown } = await world.enter(await world.items(2), config);

      expect(thrown).toBeInstanceOf(Pending);
      expect(world.attached).toEqual(["da-firmare.zip"]);
      expect(world.asks[0]?.who).toBe("Il Comandante");
      expect(world.asks[0]?.prompt).toBe(
        "Il Comandante: scaricare i documenti da firmare (2 PDF, 2 verbali), firmarli con firma PAdES invisibile e caricarli qui, anche in un archivio ZIP. I nomi dei file non contano.",
      );
    }));

  test("matches files by content, whatever their names, and in archives too", () =>
    withWorld(async (world) => {
      const items = await world.items(3);
      const [one, two, three] = await signedFiles(world, items);
      world.answers.push(
        upload({
          "3-verbale.pdf": one!,
          "firmati.zip": zipSync({ "../../a.pdf": two!, "cartella/b.pdf": three! }),
        }),
      );

      const { outcomes, thrown } = await world.enter(items, config);

      expect(thrown).toBeNull();
      expect(outcomes.map(({ item }) => item.key)).toEqual(["V1", "V2", "V3"]);
      expect(outcomes[0]).toMatchObject({ note: "Firmato altrove da Il Comandante e verificato" });
      const signed = outcomes.map((outcome) => world.signedOf(outcome));
      expect(signed.map(([verbale]) => verbale?.name)).toEqual([
        "1-verbale.pdf",
        "2-verbale.pdf",
        "3-verbale.pdf",
      ]);
      expect(world.blobs.get(signed[0]![0]!.sha256)).toEqual(one);
    }));

  test("takes the good files, refuses the others with a reason, and asks for what is missing", () =>
    withWorld(async (world) => {
      const items = await world.items(3);
      const [one] = await signedFiles(world, items);
      const { documents } = items[1]!.data as { documents: DocumentFile[] };
      const unsigned = world.blobs.get(documents[0]!.sha256)!;
      world.answers.push(
        upload({ "a.pdf": one!, "b.pdf": unsigned, "c.txt": Buffer.from("ciao") }),
      );

      const { outcomes, thrown } = await world.enter(items, config);

      expect(outcomes.map(({ item }) => item.key)).toEqual(["V1"]);
      expect(thrown).toBeInstanceOf(Pending);
      expect(world.asks[0]?.problem).toBe(
        "File rifiutati:\nb.pdf: il PDF non è firmato: è l'originale com'è stato scaricato; firmarlo e caricare il file firmato\nc.txt: non è un PDF\nMancano ancora 2 PDF firmati: 2-verbale.pdf; 3-verbale.pdf.",
      );
      expect(world.intended).toEqual(["V1"]);
    }));

  test("another verbale's file is no substitute, however well it is signed", () =>
    withWorld(async (world) => {
      const items = await world.items(2);
      const [one] = await signedFiles(world, items);
      world.answers.push(upload({ "1-verbale.pdf": one!, "2-verbale.pdf": one! }));

      const { outcomes } = await world.enter(items, config);

      expect(outcomes.map(({ item }) => item.key)).toEqual(["V1"]);
      expect(world.asks[0]?.problem).toContain("Manca ancora 1 PDF firmato: 2-verbale.pdf.");
    }));

  test("a file that a program wrote anew is recognised and explained", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      const { documents } = items[0]!.data as { documents: DocumentFile[] };
      const document = await PDFDocument.load(world.blobs.get(documents[0]!.sha256)!);
      world.answers.push(upload({ "a.pdf": await document.save() }));

      await world.enter(items, config);

      expect(world.asks[0]?.problem).toContain(
        "a.pdf: il programma di firma ha riscritto per intero 1-verbale.pdf",
      );
    }));

  test.skipIf(Bun.which("openssl") === null)(
    "a .p7m is taken only when it holds the signed PDF itself",
    () =>
      withWorld(async (world) => {
        const items = await world.items(2);
        const [one] = await signedFiles(world, items);
        const { documents } = items[1]!.data as { documents: DocumentFile[] };
        const unsigned = world.blobs.get(documents[0]!.sha256)!;
        world.answers.push(
          upload({ "a.pdf.p7m": await envelope(one!), "b.pdf.p7m": await envelope(unsigned) }),
        );

        const { outcomes } = await world.enter(items, config);

        expect(outcomes.map(({ item }) => item.key)).toEqual(["V1"]);
        expect(world.blobs.get(world.signedOf(outcomes[0])[0]!.sha256)).toEqual(one);
        expect(world.asks[0]?.problem).toContain(
          "b.pdf.p7m: è un .p7m con dentro il PDF non firmato, e SEND accetta solo PDF: firmare di nuovo scegliendo «PAdES» (firma PDF)\n",
        );
      }),
  );

  test("a stranger's PDF is called one", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      world.answers.push(upload({ "a.pdf": await makePdf("Altro") }));

      await world.enter(items, config);

      expect(world.asks[0]?.problem).toContain(
        "a.pdf: non è fra i documenti ancora da firmare di questo flusso",
      );
    }));

  test("the files of a verbale may come back in several goes", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      const both = { ...config, notice: "sign" };
      const [one] = await signedFiles(world, items);
      const { documents } = items[0]!.data as { documents: DocumentFile[] };
      const notice = signPdf(world.blobs.get(documents[1]!.sha256)!, await signer());

      world.answers.push(upload({ "a.pdf": one! }));
      const first = await world.enter(items, both);
      world.answers.push(upload({ "b.pdf": notice }));
      const second = await world.enter(items, both);

      expect(first.outcomes).toEqual([]);
      expect(world.asks[0]?.problem).toBe("Manca ancora 1 PDF firmato: 1-notice.pdf.");
      expect(world.asks[0]?.prompt).toContain("(1 PDF, 1 verbale)");
      const handedOut = unzipSync(world.blobs.get("da-firmare.zip")!);
      expect(Object.keys(handedOut)).toEqual(["0001-1-notice.pdf"]);
      expect(second.thrown).toBeNull();
      expect(
        world.signedOf(second.outcomes[0]).map(({ sha256 }) => world.blobs.get(sha256)),
      ).toEqual([one, notice]);
    }));

  test.each(["missing", "of which nothing is left"] as const)(
    "a good file %s in the store is asked for anew, not taken for signed",
    (kind) =>
      withWorld(async (world) => {
        const items = await world.items(1);
        const both = { ...config, notice: "sign" };
        const [one] = await signedFiles(world, items);
        const { documents } = items[0]!.data as { documents: DocumentFile[] };
        const notice = signPdf(world.blobs.get(documents[1]!.sha256)!, await signer());
        world.answers.push(upload({ "a.pdf": one! }));
        await world.enter(items, both);
        const name = createHash("sha256").update(one!).digest("hex");
        if (kind === "missing") world.blobs.delete(name);
        else world.blobs.set(name, new Uint8Array(0));

        world.answers.push(upload({ "b.pdf": notice }));
        const without = await world.enter(items, both);
        world.answers.push(upload({ "a.pdf": one! }));
        const whole = await world.enter(items, both);

        expect(without.outcomes).toEqual([]);
        expect(world.asks.at(-1)?.problem).toBe("Manca ancora 1 PDF firmato: 1-verbale.pdf.");
        expect(whole.thrown).toBeNull();
        expect(
          world.signedOf(whole.outcomes[0]).map(({ sha256 }) => world.blobs.get(sha256)),
        ).toEqual([one, notice]);
      }),
  );

  test("the same file twice is taken once", () =>
    withWorld(async (world) => {
      const items = await world.items(1);
      const [one] = await signedFiles(world, items);
      world.answers.push(upload({ "a.pdf": one!, "copia.pdf": one! }));

      const { outcomes, thrown } = await world.enter(items, config);

      expect(thrown).toBeNull();
      expect(outcomes.length).toBe(1);
    }));

  test("two files of a verbale with a very long number are handed out under two names", () =>
    withWorld(async (world) => {
      const [item] = await world.items(1);
      const { documents } = item!.data as { documents: DocumentFile[] };
      const long = documents.map((document) => ({
        ...document,
        name: `${"N".repeat(60)}-${document.role}.pdf`,
      }));

      await world.enter([{ ...item!, data: { documents: long } }], { ...config, notice: "sign" });

      expect(Object.keys(unzipSync(world.blobs.get("da-firmare.zip")!))).toEqual(
        long.map(({ name }) => `0001-${name}`),
      );
    }));

  test("what is no PDF is told apart: other archives, a signature without its document", () =>
    withWorld(async (world) => {
      world.answers.push(
        upload({
          "a.rar": Buffer.from("Rar!\u001a\u0007\u0001"),
          "b.7z": Buffer.from("377abcaf271c0004", "hex"),
          "c.p7m": Buffer.from("3003020101", "hex"),
          "d.txt": Buffer.from("ciao"),
        }),
      );

      await world.enter(await world.items(1), config);

      expect(world.asks[0]?.problem).toContain(
        "a.rar: è un archivio RAR o 7z: caricare i PDF o un archivio ZIP\nb.7z: è un archivio RAR o 7z: caricare i PDF o un archivio ZIP\nc.p7m: è una firma .p7m senza il documento, o danneggiata: firmare di nuovo scegliendo «PAdES» (firma PDF)\nd.txt: non è un PDF\n",
      );
    }));
});

test("a signature without a record is no signature: it is made again", async () => {
  const item = { key: "V1", round: 1, data: {} };
  const context = {} as never;

  expect(await sign.reconcile!(item, context)).toEqual({ status: "not-done" });
});

test("an earlier signature is repeated only over the same files", () => {
  const itemOf = (sha256: string) => ({ key: "V1", round: 1, data: { documents: [{ sha256 }] } });

  expect(sign.fingerprint!(itemOf("aa"))).toBe(sign.fingerprint!(itemOf("aa")));
  expect(sign.fingerprint!(itemOf("aa"))).not.toBe(sign.fingerprint!(itemOf("bb")));
});
