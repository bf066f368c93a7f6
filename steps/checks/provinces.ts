/** Sigle of the Italian provinces, those of the past and of the latest Sardinian reform included; used by the address checks. */

const sigle =
  "AG AL AN AO AP AQ AR AT AV BA BG BI BL BN BO BR BS BT BZ CA CB CE CH CI CL CN CO CR CS CT CZ EN FC FE FG FI FM FR GE GO " +
  "GR IM IS KR LC LE LI LO LT LU MB MC ME MI MN MO MS MT NA NO NU OG OR OT PA PC PD PE PG PI PN PO PR PT PU PV PZ RA RC RE RG " +
  "RI RM RN RO SA SI SO SP SR SS SU SV TA TE TN TO TP TR TS TV UD VA VB VC VE VI VR VS VT VV";

const provinces: ReadonlySet<string> = new Set(sigle.split(" "));

/** True for a sigla of two letters, in any case. */
export function isProvince(sigla: string): boolean {
  return provinces.has(sigla.toUpperCase());
}

/** CAPs that stood for a whole city before it was divided into zones: SEND's normaliser corrects them from the street, or refuses. */
export const genericCaps: ReadonlySet<string> = new Set(
  (
    "00100 06100 09100 10100 15100 16100 19100 20100 24100 25100 29100 30100 34100 35100 37100 38100 40100 41100 42100 43100 " +
    "44100 47023 47100 47900 48100 50100 56100 57100 60100 61100 65100 70100 71100 74100 80100 84100 89100 90100 95100 98100"
  ).split(" "),
);
