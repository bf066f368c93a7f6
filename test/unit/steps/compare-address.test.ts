/** Two addresses are one place, however an office and a register write them. */
import { expect, test } from "bun:test";
import {
  type AddressDifference,
  findAddressDifference,
} from "../../../steps/looking/compare-address.ts";

type Written = readonly [via: string, civico: string | undefined, comune: string];

function write([via, civico, comune]: Written) {
  return { via, ...(civico !== undefined && { civico }), comune };
}

const cases: readonly (readonly [Written, Written, AddressDifference])[] = [
  [
    ["Corso Umberto I", "24", "San Donà di Piave"],
    ["CORSO UMBERTO I", "24", "SAN DONA' DI PIAVE"],
    null,
  ],
  [["Via G. Garibaldi", "12/A", "Mantova"], ["VIA GIUSEPPE GARIBALDI", "12/A", "MANTOVA"], null],
  [["Via Garibaldi", "12a", "Mantova"], ["VIA GIUSEPPE GARIBALDI", "0012/A", "MANTOVA"], null],
  [["V.le degli Esempi", "5", "Mantova"], ["VIALE ESEMPI", "5", "MANTOVA"], null],
  [["P.zza della Libertà", "1", "Mantova"], ["PIAZZA LIBERTA'", "1", "MANTOVA"], null],
  [["C.so Italia", "1", "Mantova"], ["CORSO ITALIA", "1", "MANTOVA"], null],
  [["Via IV Novembre", "3", "Mantova"], ["VIA 4 NOVEMBRE", "3", "MANTOVA"], null],
  [["Via XX Settembre", "3", "Mantova"], ["VIA 20 SETTEMBRE", "3", "MANTOVA"], null],
  [["Via dell'Artigianato", "3", "Mantova"], ["VIA ARTIGIANATO", "3", "MANTOVA"], null],
  [["Via Roma 12", undefined, "Mantova"], ["VIA ROMA", "12", "MANTOVA"], null],
  [["Via Roma, n. 12/B", undefined, "Mantova"], ["VIA ROMA", "12/B", "MANTOVA"], null],
  [["Garibaldi", "2", "Mantova"], ["VIA GARIBALDI", "2", "MANTOVA"], null],
  // What one of the two does not say tells nothing.
  [["Via Roma", undefined, "Mantova"], ["VIA ROMA", "12", "MANTOVA"], null],
  [["Via Roma", "SNC", "Mantova"], ["VIA ROMA", "12", "MANTOVA"], null],
  [["Via Roma", "12", "Mantova"], ["VIA ROMA", "12/A", "MANTOVA"], null],
  [["Via Roma", "KM 4", "Mantova"], ["VIA ROMA", "12", "MANTOVA"], "number"],
  [["Via Roma", "12", "Mantova"], ["VIA ROMA", "21", "MANTOVA"], "number"],
  [["Via Roma", "12/A", "Mantova"], ["VIA ROMA", "12/B", "MANTOVA"], "number"],
  [["Via Roma", "12", "Mantova"], ["PIAZZA ROMA", "12", "MANTOVA"], "street"],
  [["Via Roma", "12", "Mantova"], ["VIA VENEZIA", "12", "MANTOVA"], "street"],
  [["Via Giuseppe Verdi", "12", "Mantova"], ["VIA GIUSEPPE GARIBALDI", "12", "MANTOVA"], "street"],
  [
    ["Via Papa Giovanni XXIII", "1", "Mantova"],
    ["VIA PAPA GIOVANNI PAOLO II", "1", "MANTOVA"],
    "street",
  ],
  [["Via Umberto I", "1", "Mantova"], ["VIA UMBERTO II", "1", "MANTOVA"], "street"],
  [["Via Roma", "12", "Mantova"], ["VIA ROMA", "12", "CREMA"], "town"],
  [["Via Roma", "12", "San Giovanni"], ["VIA ROMA", "12", "SAN GIOVANNI IN PERSICETO"], "town"],
];

test.each(cases)("an address is compared: %p and %p: %p", (left, right, difference) => {
  expect(findAddressDifference(write(left), write(right))).toBe(difference);
  expect(findAddressDifference(write(right), write(left))).toBe(difference);
});
