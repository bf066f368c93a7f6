/** Sigle of the Italian provinces, those of the past and of the latest Sardinian reform included. */

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

/** The first two digits of a CAP and the provinces they belong to (Sardinia by its old and new provinces). */
const provincesByPrefix: ReadonlyMap<string, string> = new Map(
  (
    "00RM 01VT 02RI 03FR 04LT 05TR 06PG 07SS,OT 08NU,OG,OT 09CA,SU,OR,VS,CI,NU 10TO 11AO 12CN,SV 13VC,BI 14AT 15AL 16GE 17SV 18IM,CN 19SP " +
    "20MI,MB 21VA 22CO 23SO,LC 24BG 25BS 26CR,LO 27PV 28NO,VB 29PC 30VE 31TV 32BL 33UD,PN 34TS,GO 35PD 36VI 37VR 38TN 39BZ 40BO " +
    "41MO 42RE 43PR 44FE 45RO 46MN 47FC,RN 48RA 50FI 51PT 52AR 53SI 54MS 55LU 56PI 57LI 58GR 59PO 60AN 61PU 62MC 63AP,FM 64TE " +
    "65PE 66CH 67AQ 70BA 71FG 72BR 73LE 74TA 75MT 76BT 80NA 81CE 82BN 83AV 84SA 85PZ 86CB,IS 87CS 88CZ,KR 89RC,VV 90PA 91TP " +
    "92AG 93CL 94EN 95CT 96SR 97RG 98ME"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), entry.slice(2)]),
);

/** False when the CAP certainly lies in another province; of first digits that are nowhere nobody can tell. */
export function matchesProvince(cap: string, sigla: string): boolean {
  const known = provincesByPrefix.get(cap.slice(0, 2));
  return known === undefined || known.split(",").includes(sigla);
}
