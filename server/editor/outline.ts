/** The keys and values of a YAML text with their paths, read line by line as a person does: also of a text that is half typed and no parser takes. */

/** Names of keys and numbers of list items, from the root. */
export type OutlinePath = readonly (string | number)[];

/** A piece of the text; `end` exclusive. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** A key, or an item of a list that is a single value. */
export interface OutlineEntry {
  /** Where it lies: that of the key itself, or of the item. */
  readonly path: OutlinePath;
  /** `null`: an item of a list. */
  readonly key: Piece | null;
  /** The single value on its line, quotes and all; `null`: none, or a group. */
  readonly value: Piece | null;
}

/** What an offset stands in. */
export interface Cursor {
  /** Of the map or list around it. */
  readonly path: OutlinePath;
  /** The key whose value is typed; `null`: a key, or an item of a list, is typed. */
  readonly key: string | null;
  /** What stands there: what is typed replaces it. */
  readonly word: Piece;
}

export interface Outline {
  readonly entries: readonly OutlineEntry[];
  /** `null`: in a comment, or in a text of several lines. */
  readonly cursor: Cursor | null;
}

/** Reads a text; `offset`: where the person types. */
export function readOutline(text: string, offset = -1): Outline {
  const reader = new OutlineReader(text, offset);
  let start = 0;
  for (const line of text.split("\n")) {
    reader.readLine(line.replace(/\r$/, ""), start);
    start += line.length + 1;
  }
  return { entries: reader.entries, cursor: reader.cursor };
}

/** The text of a value without its quotes. */
export function readNodeValue(text: string, { value }: OutlineEntry): string {
  if (value === null) return "";
  const raw = text.slice(value.start, value.end);
  return /^(["']).*\1$/s.test(raw) ? raw.slice(1, -1) : raw;
}

/** A level that is open: lines further in belong to it. */
interface Level {
  readonly column: number;
  readonly part: string | number;
}

/** A bracket that is open. */
interface Bracket {
  readonly isMap: boolean;
  key: string | null;
  index: number;
}

const keyShape =
  /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[\]{}#&*!|>%@`,-][^#:]*?|-[^\s:#][^#:]*?)\s*:(?=\s|$)/;

class OutlineReader {
  readonly entries: OutlineEntry[] = [];
  cursor: Cursor | null = null;
  private levels: Level[] = [];
  private brackets: Bracket[] = [];
  /** Lines further in than this are text; -1: none. */
  private textColumn = -1;
  private readonly text: string;
  private readonly offset: number;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  readLine(line: string, start: number): void {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    const isBlank = line.trim() === "";
    const hasCursor = this.offset >= start && this.offset <= start + line.length;
    if (this.textColumn >= 0 && (isBlank || indent > this.textColumn)) return;
    this.textColumn = -1;
    if (this.brackets.length > 0) {
      // A line that begins like a step ends a bracket that somebody forgot to close.
      const isForgotten = /^\s*- \S|^[\w-]+:(?:\s|$)/.test(line);
      if (!isForgotten) {
        this.readFlow(line, 0, start);
        return;
      }
      this.brackets = [];
    }
    if (isBlank || /^\s*#/.test(line)) {
      if (hasCursor && isBlank) this.placeBlank(Math.min(this.offset - start, line.length));
      return;
    }
    this.readBlock(line, indent, start);
  }

  /** On a line of its own: the column says where a key would belong. */
  private placeBlank(column: number): void {
    const path = this.levels.filter((level) => level.column < column).map(({ part }) => part);
    this.cursor = { path, key: null, word: { start: this.offset, end: this.offset } };
  }

  private readBlock(line: string, indent: number, start: number): void {
    let at = indent;
    let dash = /^-(?:\s+|$)/.exec(line.slice(at));
    while (dash !== null) {
      this.openItem(at);
      at += dash[0].length;
      dash = /^-(?:\s+|$)/.exec(line.slice(at));
    }
    const found = keyShape.exec(line.slice(at));
    if (found === null) {
      this.readScalar(line, at, start);
      return;
    }
    const [whole, written = ""] = found;
    this.popTo(at, false);
    const name = unquote(written);
    const key = { start: start + at, end: start + at + written.length };
    this.levels.push({ column: at, part: name });
    if (this.isInside(key))
      this.cursor = { path: this.pathTo(this.levels.slice(0, -1)), key: null, word: key };
    this.readValueOf(line, at + whole.length, { start, key, column: at });
  }

  /** What follows a key on its line. */
  private readValueOf(
    line: string,
    after: number,
    { start, key, column }: { start: number; key: Piece; column: number },
  ): void {
    const from = after + (/^\s*/.exec(line.slice(after))?.[0].length ?? 0);
    const rest = line.slice(from);
    const path = this.pathTo(this.levels);
    if (/^[{[]/.test(rest)) {
      this.entries.push({ path, key, value: null });
      this.readFlow(line, from, start);
      return;
    }
    if (/^[|>][+-]?\d?\s*(?:#.*)?$/.test(rest)) this.textColumn = column;
    const value = toValue(rest, start + from);
    this.entries.push({ path, key, value });
    const isTyped = this.offset > start + after && this.offset <= start + from + rest.length;
    if (!isTyped || /(?:^|\s)#/.test(this.text.slice(start + after, this.offset))) return;
    const word = value ?? { start: this.offset, end: this.offset };
    this.cursor = {
      path: path.slice(0, -1),
      key: String(path.at(-1)),
      word: this.offset > word.end ? { start: word.start, end: this.offset } : word,
    };
  }

  /** A line without a key: an item of a list, or a key that is being typed. */
  private readScalar(line: string, at: number, start: number): void {
    const rest = line.slice(at);
    if (/^[{[]/.test(rest)) {
      this.readFlow(line, at, start);
      return;
    }
    const isItem = /^\s*-\s/.test(line) || /^\s*-$/.test(line);
    if (!isItem) this.popTo(at, false);
    const value = toValue(rest, start + at);
    const path = this.pathTo(this.levels);
    if (isItem) this.entries.push({ path, key: null, value });
    if (this.offset < start + at || this.offset > start + line.length) return;
    const word = value ?? { start: this.offset, end: this.offset };
    if (/(?:^|\s)#/.test(this.text.slice(start + at, this.offset))) return;
    this.cursor = { path, key: null, word };
  }

  private readFlow(line: string, from: number, start: number): void {
    let at = from;
    while (at < line.length) {
      const sign = line[at] ?? "";
      if (sign === "#" && (at === 0 || /\s/.test(line[at - 1] ?? ""))) break;
      if (sign === "{" || sign === "[") {
        this.brackets.push({ isMap: sign === "{", key: null, index: 0 });
        at += 1;
      } else if (sign === "}" || sign === "]") {
        this.placeBetween(start + at);
        this.brackets.pop();
        at += 1;
        if (this.brackets.length === 0) return;
      } else if (sign === ",") {
        this.placeBetween(start + at);
        this.endFlowEntry();
        at += 1;
      } else if (/\s/.test(sign)) {
        this.placeBetween(start + at);
        at += 1;
      } else at = this.readFlowToken(line, at, start);
    }
    if (this.offset > start + from && this.offset <= start + line.length && this.cursor === null)
      this.placeInFlow({ start: this.offset, end: this.offset });
  }

  /** Between two words; behind one the word counts. */
  private placeBetween(at: number): void {
    if (this.offset !== at || this.cursor?.word.end === at) return;
    this.placeInFlow({ start: at, end: at });
  }

  private endFlowEntry(): void {
    const top = this.brackets.at(-1);
    if (top === undefined) return;
    top.key = null;
    top.index += 1;
  }

  /** A key or a value between brackets; where it ends. */
  private readFlowToken(line: string, at: number, start: number): number {
    const top = this.brackets.at(-1);
    const shape =
      /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|(?:\$\([^)]*\)|:(?!\s|$)|\s(?!#)|[^\s,{}[\]:#]|#)+)/;
    const raw = (shape.exec(line.slice(at))?.[0] ?? line[at] ?? "").trimEnd();
    const end = at + Math.max(1, raw.length);
    const piece = { start: start + at, end: start + end };
    const isKey =
      top?.isMap === true && top.key === null && /^\s*:(?=\s|$|[,}])/.test(line.slice(end));
    // The blank space before the token belongs to where one types, too.
    if (this.offset >= piece.start && this.offset <= piece.end) this.placeInFlow(piece);
    if (isKey) {
      top.key = unquote(raw);
      this.entries.push({ path: this.pathTo(this.levels), key: piece, value: null });
      const after = end + (/^\s*:/.exec(line.slice(end))?.[0].length ?? 0);
      const blank = /^\s*/.exec(line.slice(after))?.[0].length ?? 0;
      const isBeforeValue = this.offset > start + end && this.offset <= start + after + blank;
      if (isBeforeValue) this.placeInFlow({ start: this.offset, end: this.offset });
      return after;
    }
    const path = this.pathTo(this.levels);
    if (top?.isMap === true && top.key !== null) {
      const known = this.entries.findLastIndex((entry) => isSamePath(entry.path, path));
      const entry = this.entries[known];
      if (entry !== undefined) this.entries[known] = { ...entry, value: piece };
    } else if (top?.isMap === false) this.entries.push({ path, key: null, value: piece });
    return end;
  }

  private placeInFlow(word: Piece): void {
    const top = this.brackets.at(-1);
    const path = this.pathTo(this.levels);
    if (top?.isMap === true && top.key !== null)
      this.cursor = { path: path.slice(0, -1), key: top.key, word };
    else this.cursor = { path, key: null, word };
  }

  private isInside({ start, end }: Piece): boolean {
    return this.offset >= start && this.offset <= end;
  }

  private openItem(column: number): void {
    const last = this.popTo(column, true);
    this.levels.push({ column, part: last + 1 });
  }

  /** Leaves the levels that end at a column; the number of the item that ended there, or -1. */
  private popTo(column: number, isItem: boolean): number {
    let last = -1;
    for (let top = this.levels.at(-1); top !== undefined; top = this.levels.at(-1)) {
      const isOwner = top.column === column && isItem && typeof top.part === "string";
      if (top.column < column || isOwner) break;
      last = top.column === column && typeof top.part === "number" ? top.part : last;
      this.levels.pop();
    }
    return last;
  }

  private pathTo(levels: readonly Level[]): OutlinePath {
    const inside = this.brackets.flatMap(({ isMap, key, index }): readonly (string | number)[] => {
      if (!isMap) return [index];
      return key === null ? [] : [key];
    });
    return [...levels.map(({ part }) => part), ...inside];
  }
}

export function isSamePath(a: OutlinePath, b: OutlinePath): boolean {
  return a.length === b.length && a.every((part, at) => part === b[at]);
}

function unquote(written: string): string {
  return /^(["']).*\1$/s.test(written) ? written.slice(1, -1) : written;
}

/** A single value at the beginning of a line's rest, without the comment behind it. */
function toValue(rest: string, start: number): Piece | null {
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(rest)?.[0];
  const plain = quoted ?? rest.replace(/(?:^|\s)#.*$/s, "").trimEnd();
  return plain === "" ? null : { start, end: start + plain.length };
}
