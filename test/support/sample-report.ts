/** A month as the page of reports shows it. */
import type { MonthReport } from "../../server/report/collect.ts";

export const sampleReport: MonthReport = {
  ente: "roccaserena",
  month: "2026-11",
  flussi: 14,
  rejected: [
    { code: "TAX_CODE_CHECK", count: 23 },
    { code: "CAP_TOWN", count: 9 },
    { code: "PN_DELIVERY_SENDERDISABLED", count: 1 },
  ],
  sent: 1214,
  refused: 6,
  cancelled: 2,
  toIun: {
    count: 1214,
    medianDays: 0,
    mostDays: 1,
    parts: [
      { label: "lo stesso giorno", count: 900 },
      { label: "il giorno dopo", count: 300 },
      { label: "in 2 giorni", count: 10 },
      { label: "da 3 a 5 giorni", count: 4 },
      { label: "oltre 5 giorni", count: 0 },
    ],
  },
  toEnd: {
    count: 1000,
    medianDays: 12,
    mostDays: 41,
    parts: [
      { label: "entro 7 giorni", count: 300 },
      { label: "da 8 a 15", count: 310 },
      { label: "da 16 a 30", count: 220 },
      { label: "da 31 a 60", count: 160 },
      { label: "oltre 60 giorni", count: 10 },
    ],
  },
  recipients: { digital: 520, analog: 610, open: 84 },
  channels: [
    {
      channel: "digital",
      notifications: 520,
      sendCents: 52_000,
      lettersCents: 0,
      totalCents: 52_000,
    },
    {
      channel: "analog",
      notifications: 610,
      sendCents: 61_000,
      lettersCents: 591_090,
      totalCents: 652_090,
    },
    { channel: "refused", notifications: 6, sendCents: 600, lettersCents: 0, totalCents: 600 },
  ],
  chargedCents: 704_690,
  borneCents: 1_600,
  unpriced: 84,
  paid: 402,
  paidCents: 2_411_388,
};
