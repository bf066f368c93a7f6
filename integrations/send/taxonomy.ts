/** SEND's table of taxonomy codes, as data with its date. */

/** Day of the list. */
export const taxonomyDay = "2026-06-11";

// Source: pn-delivery codici_tassonomici; SEND knowledge base, "tassonomia SEND", 28th revision.
/** P = notice with payment, N = without. 010101P and 010103N are the fines of the Codice della Strada for a comune. */
const codes = `
010101P 010102P 010103N 010104N 010201P 010202N 010301P 010302N 010401N 010401P 010501N 010601N 010701P
010702N 010801N 010901N 011001N 020101P 020401P 020402N 030101P 030102N 030201P 030202N 030301P 030302N
030401P 030402N 030501N 030601P 040101N 050101P 060101P 060201P 070101P 070201P 070202N 070301N 070302P
080101N 080102N 080201N 090101P 100101P 100102N 100103P 100104N 100105P 100106N 100107N 110101P 120101P
120102P 120103P`;

/** The codes that SEND accepts. */
export const taxonomyCodes: ReadonlySet<string> = new Set(codes.trim().split(/\s+/));
