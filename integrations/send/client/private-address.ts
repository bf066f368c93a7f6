/** Which hosts and addresses are of this machine, of its network, or of nobody: no document of a public SEND goes there. */

/** A host as `URL` spells it: a name, an IPv4 address (however it was written), or an IPv6 address in brackets. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "").toLowerCase();
  if (isAddress(name)) return isPrivateAddress(name);
  return !name.includes(".") || /\.(localhost|local|internal|intranet|lan|home\.arpa)$/.test(name);
}

/** Whether the host is an address, not a name. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
}

/** An address as `URL` or a resolver spells it. What cannot be read is nobody's. */
export function isPrivateAddress(address: string): boolean {
  const text = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (/^\d+(\.\d+){3}$/.test(text)) return isPrivateIpv4(text.split(".").map(Number));
  const url = `http://[${text}]`;
  return !URL.canParse(url) || isPrivateIpv6(new URL(url).hostname.slice(1, -1));
}

/** Source: the special-purpose registry of IANA (RFC 6890), and RFC 6598 for the networks of carriers. */
function isPrivateIpv4([first = 0, second = 0, third = 0]: readonly number[]): boolean {
  return (
    [0, 10, 127].includes(first) ||
    first >= 224 ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && (second === 168 || second === 0)) ||
    (first === 192 && second === 88 && third === 99) ||
    (first === 198 && (second === 18 || second === 19)) ||
    (first === 198 && second === 51 && third === 100) ||
    (first === 203 && second === 0 && third === 113)
  );
}

/** `text`: as `URL` writes it, without dots. An IPv4 address inside it decides where only that counts (RFC 6052, RFC 3056). */
function isPrivateIpv6(text: string): boolean {
  const groups = expandGroups(text);
  const [a = 0, b = 0, c = 0] = groups;
  const readIpv4 = (at: number): boolean => {
    const [high = 0, low = 0] = groups.slice(at, at + 2);
    return isPrivateIpv4([high >> 8, high & 255, low >> 8, low & 255]);
  };
  // Unspecified, this machine, IPv4 in IPv6: no resolver gives them for a public host.
  if (groups.slice(0, 5).every((group) => group === 0)) return true;
  if (a === 0x64 && b === 0xff9b) return c !== 0 || readIpv4(6);
  if (a === 0x20_02) return readIpv4(1);
  return (
    (a & 0xfe00) === 0xfc00 ||
    (a & 0xff80) === 0xfe80 ||
    a >= 0xff00 ||
    (a === 0x1_00 && b === 0) ||
    (a === 0x20_01 && (b === 0 || b === 0xdb8))
  );
}

function expandGroups(text: string): readonly number[] {
  const [head = "", tail] = text.split("::");
  const read = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const first = read(head);
  if (tail === undefined) return first;
  const last = read(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}
