/** Days `YYYY-MM-DD` as people read them in Italian. */

const dayFormat = new Intl.DateTimeFormat("it-IT", {
  timeZone: "UTC",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const weekdayFormat = new Intl.DateTimeFormat("it-IT", { timeZone: "UTC", weekday: "long" });

/** `8 dicembre 2026`, `1° gennaio 2027`. */
export function formatLongDay(day: string): string {
  return dayFormat.format(toDate(day)).replace(/^1 /, "1° ");
}

/** `martedì 8 dicembre 2026`. */
export function formatWeekday(day: string): string {
  return `${weekdayFormat.format(toDate(day))} ${formatLongDay(day)}`;
}

/** `al 9 dicembre 2026`, `all'8 dicembre 2026`: before a vowel the article gives way. */
export function formatDayAfter(article: "il" | "al" | "del" | "Il", day: string): string {
  const isVowel = ["08", "11"].includes(day.slice(8));
  return isVowel ? `${elided[article]}${formatLongDay(day)}` : `${article} ${formatLongDay(day)}`;
}

const elided = { il: "l'", al: "all'", del: "dell'", Il: "L'" } as const;

function toDate(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}
