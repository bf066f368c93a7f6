/** What the carrier tells of a letter, by the token in its address: the sequences of SEND's own test environment. */

/**
 * `P`: printed and certified copy of the notice. `(60)`: a pause of so many seconds of the test environment, where ten days of
 * deposit are a minute. `@retry`: the same letter once more. `@discovered`: a second letter to the address that was found.
 * `{M05}`: cause. `[23L]`: scans, by their kind.
 * Source: pn-external-channels, mock sequences of 2026; knowledge base, test environment.
 */
const sequences: Readonly<Record<string, string>> = {
  OK_890: "P RECAG001A RECAG001B[23L] RECAG001C",
  "OK-PersonaAbilitata_890": "P RECAG002A RECAG002B[23L] RECAG002C",
  FAIL_890: "P RECAG003A{M05} RECAG003B{M05}[Plico] RECAG003C{M05}",
  FAIL_IndirizzoInesatto890: "P RECAG003A{M06} RECAG003B{M06}[Plico] RECAG003C{M06}",
  "FAIL-IndirizzoInesatto_890": "P RECAG003A{M06} RECAG003B{M06}[Plico] RECAG003C{M06}",
  "FAIL-Irreperibile_890": "P RECAG003D{M03} RECAG003E{M03}[Plico] RECAG003F{M03}",
  "FAIL-Discovery_890":
    "P RECAG003D{M03} RECAG003E{M03}[Plico,Indagine] RECAG003F{M03} @discovered P RECAG001A RECAG001B[23L] RECAG001C",
  "FAIL-DiscoveryIrreperibile_890":
    "P RECAG003D{M03} RECAG003E{M03}[Plico,Indagine] RECAG003F{M03} @discovered P RECAG003D{M03} RECAG003E{M03}[Plico] RECAG003F{M03}",
  "OK-Retry_890": "P RECAG004{F02} @retry P RECAG001A RECAG001B[23L] RECAG001C",
  "OK-NonRendicontabile_890": "P RECAG013 @retry P RECAG001A RECAG001B[23L] RECAG001C",
  "OK-CausaForzaMaggiore_890": "P RECAG015{C01} RECAG001A RECAG001B[23L] RECAG001C",
  "OK-Giacenza-lte10_890":
    "P RECAG010 RECAG011A (30) RECAG012 RECAG005A RECAG005B[ARCAD,23L] RECAG005C",
  "OK-Giacenza-gt10_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD,23L] (60) RECAG005A RECAG005C",
  "OK-Giacenza-gt10-23L_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD] RECAG005A RECAG005B[23L] RECAG005C",
  "OK-GiacenzaDelegato-lte10_890":
    "P RECAG010 RECAG011A (30) RECAG012 RECAG006A RECAG006B[ARCAD,23L] RECAG006C",
  "OK-GiacenzaDelegato-gt10_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD,23L] (60) RECAG006A RECAG006C",
  "OK-GiacenzaDelegato-gt10-23L_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD] RECAG006A RECAG006B[23L] RECAG006C",
  "FAIL-Giacenza-lte10_890": "P RECAG010 RECAG011A (30) RECAG007A RECAG007B[ARCAD,Plico] RECAG007C",
  "FAIL-Giacenza-gt10_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD,23L] (60) RECAG007A RECAG007B[Plico] RECAG007C",
  "FAIL-Giacenza-gt10-23L_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD] (60) RECAG007A RECAG007B[Plico,23L] RECAG007C",
  "OK-CompiutaGiacenza_890":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD,23L] (60) RECAG008A RECAG008B[Plico] RECAG008C",
  "OK-GiacenzaCAD-lte10_890":
    "P RECAG010 RECAG011A (30) RECAG012 RECAG005A RECAG005B[CAD,23L] RECAG005C",
  OK_890_ZIP: "CON080 RECAG001A RECAG001B[23L] RECAG001C",
  "OK-Giacenza-lte10_890_ZIP":
    "CON080 RECAG010 RECAG011A (30) RECAG012 RECAG005A RECAG005B[ARCAD,23L] RECAG005C",
  "OK-Giacenza-gt10_890_ZIP":
    "CON080 RECAG010 RECAG011A (60) RECAG012 RECAG011B[ARCAD,23L] (60) RECAG005A RECAG005C",
  FAIL_DECEDUTO_890: "CON080 RECAG003A{M02} RECAG003B{M02}[Plico] RECAG003C{M02}",
  "FAIL-Deceduto_890": "CON080 RECAG003A{M02} RECAG003B{M02}[Plico] RECAG003C{M02}",
  FAIL_DECEDUTO_AR: "CON080 RECRN002A{M02} RECRN002B{M02}[Plico] RECRN002C{M02}",
  "OK-REC008_890": "P RECAG010 RECAG011A (60) RECAG008A RECAG008B[ARCAD,23L] RECAG012 RECAG008C",
  OK_AR: "P CON018 RECRN001A RECRN001B[AR] RECRN001C",
  FAIL_AR: "P RECRN002A{M05} RECRN002B{M05}[Plico] RECRN002C{M05}",
  FAIL_IndirizzoInesistenteAR: "P RECRN002A{M07} RECRN002B{M07}[Plico] RECRN002C{M07}",
  "FAIL-Irreperibile_AR": "P RECRN002D{M04} RECRN002E{M04}[Plico] RECRN002F{M04}",
  "FAIL-Discovery_AR":
    "P RECRN002D{M01} RECRN002E{M01}[Plico,Indagine] RECRN002F{M01} @discovered P RECRN001A RECRN001B[AR] RECRN001C",
  "FAIL-DiscoveryIrreperibile_AR":
    "P RECRN002D{M01} RECRN002E{M01}[Plico,Indagine] RECRN002F{M01} @discovered P RECRN002D{M03} RECRN002E{M03}[Plico] RECRN002F{M03}",
  "OK-Retry_AR": "P RECRN006{F01} @retry P RECRN001A RECRN001B[AR] RECRN001C",
  "OK-NonRendicontabile_AR": "P RECRN013 @retry P RECRN001A RECRN001B[AR] RECRN001C",
  "OK-CausaForzaMaggiore_AR": "P RECRN015{C04} RECRN001A RECRN001B[AR] RECRN001C",
  "OK-Giacenza_AR": "P RECRN010 RECRN011 (30) RECRN003A RECRN003B[AR] RECRN003C",
  "FAIL-Giacenza_AR": "P RECRN010 RECRN011 (30) RECRN004A RECRN004B[Plico] RECRN004C",
  "OK-Giacenza-gt10_AR": "P RECRN010 RECRN011 (80) RECRN003A RECRN003B[AR] RECRN003C",
  "FAIL-Giacenza-gt10_AR": "P RECRN010 RECRN011 (80) RECRN004A RECRN004B[Plico] RECRN004C",
  "FAIL-CompiutaGiacenza_AR": "P RECRN010 RECRN011 (180) RECRN005A RECRN005B[Plico] RECRN005C",
  OK_AR_ZIP: "P CON018 RECRN001A RECRN001B[AR] RECRN001C",
  "OK-Giacenza_AR_ZIP": "P RECRN010 RECRN011 (30) RECRN003A RECRN003B[AR] RECRN003C",
  "OK-M_AR": "RECRN001A RECRN001B[AR] RECRN001C",
  OK_START_RS: "P",
  OK_RS: "P RECRS001C",
  FAIL_RS: "P RECRS002A{M07} RECRS002B{M07} RECRS002C{M07}",
  "OK-Retry_RS": "P RECRS006{F03} @retry P RECRS001C",
  OK_RIS: "P RECRSI001 RECRSI002 RECRSI003C",
  FAIL_RIS: "P RECRSI001 RECRSI002 RECRSI004A RECRSI004B RECRSI004C",
  OK_RIR: "P RECRI001 RECRI002 RECRI003A RECRI003B[AR] RECRI003C",
  FAIL_RIR: "P RECRI001 RECRI002 RECRI004A RECRI004B[Plico] RECRI004C",
  // Out of order: the codes come back to front.
  "OK-WO_890": "P RECAG001C RECAG001B[23L] RECAG001A",
  "FAIL-WO_AR": "P RECRN002C{M05} RECRN002B{M05}[Plico] RECRN002A{M05}",
  "OK-WO-DoubleRECAG012":
    "P RECAG010 RECAG011A (60) RECAG012 RECAG012 RECAG011B[ARCAD,23L] RECAG005C",
  "OK-NO012-lte10": "P RECAG010 RECAG011A (30) RECAG005A RECAG005B[ARCAD,23L] RECAG005C",
  "OK-NO012-gt10": "P RECAG010 RECAG011A (60) RECAG011B[ARCAD,23L] (60) RECAG005A RECAG005C",
  "FAIL_Consolidatore-AR": "CON996",
  "FAIL_ConsolidatoreIndirizzo-AR": "CON997",
  // Letters whose outcome SEND corrects: what is told before the correction.
  "FAIL-DISCOVERY_AR_IRR_D":
    "P RECRN002D{M01} RECRN002E{M01}[Plico,Indagine] RECRN002F{M01} @discovered P RECRN002D{M03} RECRN002E{M03}[Plico] RECRN002F{M03}",
  FAIL_IRREP_RESTART_1_CONS_AT1_AR:
    "P RECRN002D{M01} RECRN002E{M01}[Plico,Indagine] RECRN002F{M01} @discovered P RECRN002D{M01} RECRN002E{M01}[Plico] RECRN002F{M01}",
  FAIL_IRREP_RESTART_1_CONS_AT2_AR:
    "P RECRN002D{M01} RECRN002E{M01}[Plico,Indagine] RECRN002F{M01} @discovered P RECRN002D{M01} RECRN002E{M01}[Plico] RECRN002F{M01}",
  FAIL_NOAT2_RESTART_1_CONS_AT1_AR: "P RECRN002D{M01} RECRN002E{M01}[Plico] RECRN002F{M01}",
};

/** Every token that is known. */
export const tokenNames: readonly string[] = Object.keys(sequences);

const byName = new Map(
  Object.entries(sequences).map(([name, text]) => [name.toUpperCase(), text] as const),
);

/** A step of a sequence. */
export type TokenStep =
  | {
      readonly kind: "code";
      readonly code: string;
      readonly cause?: string;
      readonly scans: readonly string[];
    }
  | { readonly kind: "pause"; readonly days: number }
  | { readonly kind: "retry" }
  | { readonly kind: "discovered" };

export interface Sequence {
  /** 890, AR, RIR, RS, RIS. */
  readonly product: string;
  readonly steps: readonly TokenStep[];
  /** Scans come as archives of signed XML («full digital»). */
  readonly isZipped?: boolean;
}

/** The sequence that an address asks for, or `null`: nothing is told of its letter. An unknown token of SEND's form is a plain success or failure of its product. */
export function findSequence(address: string): Sequence | null {
  const free = /@SEQUENCE\.([A-Z0-9.-]+)/i.exec(address)?.[1];
  if (free !== undefined) return readFreeSequence(free);
  for (const [, name = ""] of address.matchAll(/@([A-Z0-9][A-Z0-9_-]*)/gi)) {
    // How the copy of the notice was scanned changes nothing else.
    const text = byName.get(name.toUpperCase().replace(/-CON020(?:-[A-Z0-9]+)?$/, ""));
    const zipped = /_ZIP$/i.test(name) ? { isZipped: true } : {};
    if (text !== undefined)
      return { product: readProduct(name), steps: parseSequence(text), ...zipped };
    const plain = /^(OK|FAIL)(?:-[A-Z0-9]+)*_([A-Z0-9]+)/i.exec(name);
    if (plain === null) continue;
    const end = /^OK/i.test(name) ? "OK" : "FAIL-Irreperibile";
    const product = plain[2] === "890" ? "890" : "AR";
    const known = sequences[`${end}_${product}`] ?? "";
    return { product: readProduct(name), steps: parseSequence(known) };
  }
  return null;
}

/** `5S-CON080.5S-CON020.60S-RECRN001C`: each code after so many seconds of the test environment. */
function readFreeSequence(text: string): Sequence | null {
  if (!/^(?:(?:[0-9]+S-)?[A-Z]+[0-9]+[A-Z]?(?:\.|$))+$/i.test(text)) return null;
  const steps = text.split(".").flatMap((word): readonly TokenStep[] => {
    const [, seconds = "0", told = ""] = /^(?:([0-9]+)S-)?(.+)$/i.exec(word) ?? [];
    // The usual five seconds are those of every step.
    const pause = Number(seconds) > 5 ? parseSequence(`(${seconds})`) : [];
    return [...pause, ...parseSequence(told)];
  });
  return { product: text.includes("RECRN") ? "AR" : "890", steps };
}

function readProduct(name: string): string {
  return (
    /(890|RIR|RIS|RS|AR)(?:_|$)/i.exec(name.replace(/_ZIP$/i, ""))?.[1]?.toUpperCase() ?? "890"
  );
}

// Source: pn-paper-channel, test environment: ten days of deposit are sixty seconds.
const daysPerSecond = 10 / 60;

/** Throws TypeError for text that is no sequence: a control call may bring one. */
export function parseSequence(text: string): readonly TokenStep[] {
  return text.split(" ").flatMap((word): readonly TokenStep[] => {
    if (word === "P")
      return ["CON080", "CON020"].map((code) => ({ kind: "code", code, scans: [] }));
    if (word === "@retry") return [{ kind: "retry" }];
    if (word === "@discovered") return [{ kind: "discovered" }];
    const pause = /^\((\d+)\)$/.exec(word);
    if (pause !== null) return [{ kind: "pause", days: Number(pause[1]) * daysPerSecond }];
    const told = /^([A-Z]+[0-9]+[A-Z]?)(?:\{([A-Z0-9]+)\})?(?:\[([A-Za-z0-9,]+)\])?$/.exec(word);
    if (told === null) throw new TypeError(`no step of a sequence: ${word}`);
    const [, code = "", cause, scans = ""] = told;
    return [
      {
        kind: "code",
        code,
        ...(cause === undefined ? {} : { cause }),
        scans: scans === "" ? [] : scans.split(","),
      },
    ];
  });
}
