/** The two documents of a submission package: metadata of each file, and the index over all of them. */
import type { ConservazioneSettings } from "../../integrations/conservazione/settings.ts";
import { escapeXmlText } from "../../integrations/xml-text.ts";
import type { Act } from "../../integrations/register/kinds.ts";

/** A file of the package with what is said of it. */
export interface DescribedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** What it is, Italian, no personal data. */
  readonly what: string;
  readonly isSigned: boolean;
  readonly format: string;
  /** Day in Rome, `YYYY-MM-DD`. */
  readonly day: string;
  /** It is annexed to the act. */
  readonly isAnnex: boolean;
}

export interface PackageFacts {
  readonly id: string;
  readonly iun: string;
  readonly act: Act;
  /** ISO 8601 UTC. */
  readonly madeAt: string;
  readonly version: string;
  readonly ente: { readonly nome: string; readonly codiceFiscale: string };
  readonly settings: ConservazioneSettings;
  readonly files: readonly DescribedFile[];
}

type Node = readonly [name: string, content: string | readonly Node[]];

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * Metadata of the «documento amministrativo informatico», one block a file.
 * Source: AgID, guidelines on electronic documents, annex 5 (the draft that was read; names are the preservation system's to confirm).
 */
export function buildMetadata(facts: PackageFacts): string {
  const root: Node = ["Documenti", facts.files.map((file) => describeDocument(file, facts))];
  return declaration + formatNode(root, 0);
}

function describeDocument(
  file: DescribedFile,
  { iun, act, ente, settings, files, version }: PackageFacts,
): Node {
  const principal = files.find(({ isAnnex }) => !isAnnex);
  return [
    "DocumentoAmministrativoInformatico",
    [
      ["IdDoc", describeId(file, file.isAnnex ? `${iun}/${file.path}` : act.numero)],
      ["ModalitaDiFormazione", "a"],
      ["TipologiaDocumentale", settings.tipologia],
      [
        "DatiDiRegistrazione",
        [
          ["TipologiaDiFlusso", "U"],
          ["TipoRegistro", "Registro cronologico dei verbali"],
          ["DataRegistrazione", file.day],
          ["NumeroRegistrazione", act.numero],
        ],
      ],
      ["ChiaveDescrittiva", [["Oggetto", `${file.what} del verbale ${act.numero}, IUN ${iun}`]]],
      ["Soggetti", describeAgents(act, ente, settings)],
      [
        "Allegati",
        [["NumeroAllegati", String(file.isAnnex ? 0 : files.filter((one) => one.isAnnex).length)]],
      ],
      ...describeClass(settings),
      ["Riservato", settings.riservato ? "SI" : "NO"],
      [
        "IdentificativoDelFormato",
        [
          ["Formato", file.format],
          ["ProdottoSoftware", `Postino ${version}`],
        ],
      ],
      ["Verifica", [["FirmatoDigitalmente", file.isSigned ? "SI" : "NO"]]],
      ...(file.isAnnex && principal !== undefined
        ? ([["IdDocPrincipale", describeId(principal, act.numero)]] as const)
        : []),
      [
        "IdAgg",
        [
          ["TipoAggregazione", "Fascicolo"],
          ["IdAggregazione", iun],
        ],
      ],
      ["VersioneDelDocumento", "1"],
      ...optional("TempoDiConservazione", settings.tempoConservazione),
    ],
  ];
}

function describeAgents(
  act: Act,
  ente: PackageFacts["ente"],
  settings: ConservazioneSettings,
): readonly Node[] {
  return [
    [
      "Mittente",
      [
        ["Denominazione", ente.nome],
        ["CodiceFiscale", ente.codiceFiscale],
        ...optional("CodiceIPA", settings.codiceIpa),
        ...optional("CodiceAOO", settings.codiceAoo),
      ],
    ],
    ...act.recipients.map(({ taxId, denomination }): Node => [
      "Destinatario",
      [
        ["Nominativo", denomination],
        ["CodiceFiscale", taxId],
      ],
    ]),
  ];
}

function describeId({ sha256 }: DescribedFile, id: string): readonly Node[] {
  return [
    [
      "ImprontaCrittografica",
      [
        ["Impronta", sha256],
        ["Algoritmo", "SHA-256"],
      ],
    ],
    ["Identificativo", id],
  ];
}

function describeClass(settings: ConservazioneSettings): readonly Node[] {
  const { classificazione, descrizioneClassificazione, pianoClassificazione } = settings;
  if (classificazione === undefined) return [];
  return [
    [
      "Classificazione",
      [
        ["IndiceDiClassificazione", classificazione],
        ...optional("Descrizione", descrizioneClassificazione),
        ...optional("PianoDiClassificazione", pianoClassificazione),
      ],
    ],
  ];
}

/**
 * The index over the package's files.
 * Source: UNI 11386:2020 (SInCRO), its outline from memory: the namespace is a setting, the rest the preservation system's to confirm.
 */
export function buildIndex(
  facts: PackageFacts,
  metadata: { readonly path: string; readonly sha256: string },
): string {
  const { id, iun, madeAt, version, ente, settings, files } = facts;
  const listed = [...files, metadata];
  const content: readonly Node[] = [
    [
      "SelfDescription",
      [
        ["ID", `${id}-indice`],
        [
          "CreatingApplication",
          [
            ["Name", "Postino"],
            ["Version", version],
            ["Producer", ente.nome],
          ],
        ],
      ],
    ],
    [
      "PVolume",
      [
        ["ID", id],
        ["PVolumeGroup", [["ID", iun]]],
      ],
    ],
    [
      "FileGroup",
      [
        ["ID", `${id}-file`],
        ...listed.map(({ path, sha256 }, index): Node => [
          "File",
          [
            ["ID", `${id}-${index + 1}`],
            ["Path", path],
            ["Hash", sha256],
            ["HashFunction", "SHA-256"],
          ],
        ]),
      ],
    ],
    [
      "Process",
      [
        [
          "Submitter",
          [
            ["Denomination", ente.nome],
            ["TaxID", ente.codiceFiscale],
          ],
        ],
        ["TimeReference", madeAt],
      ],
    ],
  ];
  const inner = content.map((node) => formatNode(node, 1)).join("");
  return `${declaration}<PIndex xmlns="${escapeXmlText(settings.namespaceIndice)}">\n${inner}</PIndex>\n`;
}

function optional(name: string, value: string | undefined): readonly Node[] {
  return value === undefined ? [] : [[name, value]];
}

function formatNode([name, content]: Node, depth: number): string {
  const indent = "  ".repeat(depth);
  if (typeof content === "string") return `${indent}<${name}>${escapeXmlText(content)}</${name}>\n`;
  const inner = content.map((node) => formatNode(node, depth + 1)).join("");
  return `${indent}<${name}>\n${inner}${indent}</${name}>\n`;
}
