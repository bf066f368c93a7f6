/** The settings of an ente as a test runs them: everything is the ente's own but addresses, keys and the permission to be real. */
import { join, resolve } from "node:path";
import { resolveRenderPaths } from "../../../integrations/build.ts";
import type { EnteSettings } from "../../../integrations/ente.ts";
import { locateProgramFolder } from "../../program.ts";
import { testOrigin } from "./wire.ts";

/** What every secret of a test is, but the password of the key file. */
export const testSecret = "prova";
const keyPassword = "DEMO_KEY_PASSWORD";

/** `enteFolder`: what file names of the settings are relative to. */
export function toTestSettings(settings: EnteSettings, enteFolder: string): EnteSettings {
  const { pdnd: _pdnd, uploadHosts: _hosts, ...send } = settings.send;
  return {
    ...resolveRenderPaths(settings, enteFolder),
    live: false,
    send: { ...send, baseUrl: `${testOrigin}/send` },
    payments: toTestPayments(settings.payments),
    signing: toTestSigning(settings.signing),
    ...(settings.esiti?.webhook === undefined
      ? {}
      : {
          esiti: {
            ...settings.esiti,
            webhook: { ...settings.esiti.webhook, url: `${testOrigin}/esiti` },
          },
        }),
  };
}

function toTestPayments(payments: EnteSettings["payments"]): EnteSettings["payments"] {
  if (payments.adapter === "file") return payments;
  const path = payments.adapter === "gpd" ? "/gpd/debt-positions-service/v1" : "/govpay";
  const { govpay } = payments;
  const backoffice = govpay?.backoffice;
  const backofficeUrl = `${testOrigin}/govpay/backend/api/backoffice/rs/basic/v1`;
  return {
    ...payments,
    baseUrl: `${testOrigin}${path}`,
    ...(govpay === undefined || backoffice === undefined
      ? {}
      : { govpay: { ...govpay, backoffice: { ...backoffice, baseUrl: backofficeUrl } } }),
  };
}

function toTestSigning({ signers, timestamp }: EnteSettings["signing"]): EnteSettings["signing"] {
  return {
    signers: Object.fromEntries(
      Object.entries(signers).map(([name, signer]) => [name, toTestSigner(signer)]),
    ),
    trust: locateKeys(),
    ...(timestamp === undefined ? {} : { timestamp: { ...timestamp, url: `${testOrigin}/tsa` } }),
  };
}

type Signer = EnteSettings["signing"]["signers"][string];

/** The same way to sign, with the key of the demonstration. */
function toTestSigner(signer: Signer): Signer {
  const { name, pkcs12, csc, upload } = signer;
  return {
    ...(name === undefined ? {} : { name }),
    ...(upload === undefined ? {} : { upload: {} }),
    ...(pkcs12 === undefined
      ? {}
      : {
          pkcs12: { file: join(locateKeys(), "comandante.p12"), password: { secret: keyPassword } },
        }),
    ...(csc === undefined ? {} : { csc: toTestService(csc) }),
  };
}

function toTestService(csc: NonNullable<Signer["csc"]>): NonNullable<Signer["csc"]> {
  const { pin: _pin, tokenUrl: _url, ...service } = csc;
  const baseUrl = `${testOrigin}/csc/v${csc.version}`;
  return { ...service, baseUrl, credentialId: "comandante" };
}

/** Every secret that the settings name, for the environment of the test. */
export function listTestSecrets(settings: unknown): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  collectSecrets(settings, found);
  return { ...found, [keyPassword]: "dimostrazione" };
}

function collectSecrets(value: unknown, found: Record<string, string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value))
    if (key === "secret" && typeof inner === "string") found[inner] = testSecret;
    else collectSecrets(inner, found);
}

/** Where the ente's file lies. */
export function locateEnteFiles(pipelinesFolder: string): string {
  return resolve(pipelinesFolder, "enti");
}

function locateKeys(): string {
  return join(locateProgramFolder(), "data", "demo", "keys");
}
