/** Slips in an ente file: codes, secrets, addresses, columns, and the changes of a pipeline. */
import type { Mistake } from "./mistake.ts";

const file = "pipelines/enti/borgolieto.yaml";
const codiceFiscale = 'codiceFiscale: "89999990164"';
const apiKey = "apiKey: { secret: DEMO_SEND_KEY }";
const lastLine = "    IUPD: posizioni.iupd\n";
const withChange = (change: string): [string, string] => [
  lastLine,
  `${lastLine}pipelines:\n  ${change}\n`,
];

const slips: Readonly<Record<string, readonly [meant: string, typed: string]>> = {
  "leading zero without quotes": ['segregationCode: "12"', "segregationCode: 07"],
  "code too short": ['segregationCode: "12"', 'segregationCode: "7"'],
  "tax code one digit short": [codiceFiscale, 'codiceFiscale: "8999999016"'],
  "tax code with its country": [codiceFiscale, 'codiceFiscale: "IT89999990164"'],
  "tax code forgotten": [`  ${codiceFiscale}\n`, ""],
  "codice that is not the file's": ["codice: borgolieto", "codice: borgo-lieto"],
  "codice with a blank": ["codice: borgolieto", "codice: borgo lieto"],
  "name of the ente left empty": ["nome: Comune di Borgolieto", "nome:"],
  "name of the ente as null": ["nome: Comune di Borgolieto", "nome: null"],
  "key of the ente misspelt": ["telefono: 000", "telfono: 000"],
  "no in Italian": ["live: false", "live: no"],
  "no without a blank": ["live: false", "live:false"],
  "no in words": ["live: false", "live: falso"],
  "address without http": ["baseUrl: http://127.0.0.1:8098/send", "baseUrl: 127.0.0.1:8098/send"],
  "version that is not known": ['apiVersion: "2.5"', 'apiVersion: "7"'],
  "secret in the file": [apiKey, "apiKey: 6f1e2a9c-1b1d-4c2e-9a44-0f7f1c9d2b11"],
  "secret's name in small letters": [apiKey, "apiKey: { secret: demo-send-key }"],
  "secret from the environment": [apiKey, "apiKey: ${DEMO_SEND_KEY}"],
  "secret in Italian": [apiKey, "apiKey: { segreto: DEMO_SEND_KEY }"],
  "secret that is not there": [apiKey, "apiKey: { secret: DEMO_SEND_KEI }"],
  "key with other capitals": ["apiKey: {", "apikey: {"],
  "taxonomy without zero": ["taxonomyCode: 010101P", "taxonomyCode: 10101P"],
  "fee policy misspelt": ["feePolicy: DELIVERY_MODE", "feePolicy: DELIVERYMODE"],
  "fee with a comma": ["paFee: 100", "paFee: 1,00"],
  "fee too great": ["paFee: 100", "paFee: 500"],
  "percent sign": ["vat: 22", "vat: 22%"],
  "payment system in capitals": ["adapter: gpd", "adapter: GPD"],
  "payment system misspelt": ["adapter: gpd", "adapter: gdp"],
  "IBAN with blanks": [
    "iban: IT60X0542811101000000123456",
    "iban: IT60 X054 2811 1010 0000 0123 456",
  ],
  "IBAN with a look-alike": [
    "iban: IT60X0542811101000000123456",
    "iban: IT60X0542811101OOOOOO123456",
  ],
  "key file that is not there": ["keys/comandante.p12", "keys/comandante.pfx"],
  "folder of Windows": ["trust: ../../data/demo/keys", 'trust: "..\\..\\data\\demo\\keys"'],
  "signers in Italian": ["  signers:", "  firmatari:"],
  "dates in English": ["dates: GG/MM/AAAA", "dates: DD/MM/YYYY"],
  "dates in small letters": ["dates: GG/MM/AAAA", "dates: gg/mm/aaaa"],
  "amounts without the point": ["amounts: 1.234,56", "amounts: 1234,56"],
  "columns in Italian": ["  columns:\n", "  colonne:\n"],
  "column to a field misspelt": ["Targa: targa", "Targa: tarqa"],
  "column the wrong way round": ["Targa: targa", "targa: Targa"],
  "two columns for a field": ["Protocollo: protocollo", "Protocollo: numero"],
  "extra column with a blank": ["Varco: extra.varco", "Varco: extra.codice varco"],
  "column with a number sign": ["Targa: targa", "N. #targa: targa"],
  "section misspelt": ["\npayments:", "\npayment:"],
  "section in Italian": ["\nsigning:", "\nfirma:"],
  "section twice": ["\nrender:", "\nlive: false\nrender:"],
  "crest that is not there": ["  luogo: Borgolieto", "  stemma: stemma.png\n  luogo: Borgolieto"],
  "pipeline misspelt": withChange("sned: { remove: [zip] }"),
  "changed step misspelt": withChange("send: { change: { validat: { within: 1h } } }"),
  "step to remove in Italian": withChange("send: { remove: [archivia] }"),
  "step beside none": withChange("send: { add: [{ step: { uses: check-receipts } }] }"),
  "added as a name": withChange("send: { add: [check-receipts] }"),
  "removed as a group": withChange("send: { remove: [{ uses: zip }] }"),
  "change as a list": withChange("send: { change: [validate] }"),
  "change of a setting misspelt": withChange(
    "send: { change: { validate: { with: { marginDay: 20 } } } }",
  ),
  "change of a setting of the wrong kind": withChange(
    "send: { change: { validate: { with: { marginDays: venti } } } }",
  ),
  "change of a severity misspelt": withChange(
    "send: { change: { validate: { with: { severity: { VEHICLE_PLATE: warnig } } } } }",
  ),
  "change without with": withChange("send: { change: { zip: { split: single } } }"),
  "change that says the same": withChange(
    "send: { change: { zip: { with: { split: per-verbale } } } }",
  ),
  "schedule of the ente in words": withChange("send: { schedule: { cron: ogni mattina } }"),
  "schedule switched off in words": withChange("send: { schedule: no }"),
  "parameter of the ente not declared": withChange("send: { params: { lotto: A1 } }"),
};

export const enteMistakes: readonly Mistake[] = Object.entries(slips).map(
  ([name, [meant, typed]]) => ({ name, file, meant, typed }),
);
