/** What a browser and its machine are called by those who use them. */

/** `Firefox su Windows`, by the header in which browsers tell it. */
export function nameDevice(agent: string): string {
  const system = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(agent)?.[0] ?? "dispositivo";
  const browser = /Firefox|Edg|Chrome|Safari/.exec(agent)?.[0] ?? "browser";
  return `${browser.replace("Edg", "Edge")} su ${system}`;
}
