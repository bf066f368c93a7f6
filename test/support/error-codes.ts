/** The codes that the product's errors carry, collected from the code. */
import { readRepositoryFile, repositoryFiles, withoutComments } from "./repository.ts";

export interface UsedCode {
  readonly code: string;
  /** Where it is first used. */
  readonly file: string;
}

/** What simulators answer are words of other systems, not codes of ours. */
const isProduct =
  /^(engine|stores|hosts|loader|steps|integrations|documents|simulators|server)\/.*(?<!error-codes\.ts)$/;
const isSimulator = /^simulators\/.+\/|^server\/simulator|wire\.ts$/;

const makers = /\bnew (?:ItemRejected|RunBlocked|PipelineError)\(\s*"([A-Z][A-Z0-9_]+)"/g;
const makersByName = /\bnew (?:ItemRejected|RunBlocked|PipelineError)\(\s*([a-z]\w*),/g;
const calls = /\b(?:code|fault|reject|blocked|refuse)\w*\(\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g;
const fields = /\bcode:\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g;
const faults = /"((?:FLUSSO|POSTAL)_[A-Z_]+)"/g;
const answers = /\banswerApiFault\([^")]*"([A-Z][A-Z_]+)"/g;

/** Lint rules (P001) have their own page; codes of SEND (PN_...) and GovPay (VER_...) are passed on as they come. */
const isForeign = /^(P\d{3}|PN_.*|VER_\d+|SQLITE_.*|ERR_.*|E[A-Z]+)$/;

/** Codes of ItemRejected, RunBlocked, PipelineError and RetryLater, in alphabetical order. */
export function usedErrorCodes(): readonly UsedCode[] {
  const found = new Map<string, string>();
  for (const file of repositoryFiles(".ts", ".tsx")) {
    if (!isProduct.test(file) || isSimulator.test(file)) continue;
    const code = withoutComments(readRepositoryFile(file));
    for (const pattern of [makers, calls, fields, faults, answers])
      for (const [, name = ""] of code.matchAll(pattern))
        if (!isForeign.test(name) && !found.has(name)) found.set(name, file);
    for (const [, constant = ""] of code.matchAll(makersByName))
      for (const name of codesOf(code, constant)) if (!found.has(name)) found.set(name, file);
  }
  return [...found]
    .map(([code, file]) => ({ code, file }))
    .toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

/** The codes that a constant may stand for: `const code = isX ? "A_CODE" : other;`. */
function codesOf(code: string, constant: string, depth = 0): readonly string[] {
  const [, value] = new RegExp(`\\bconst ${constant}(?:: [^=]+)? =([^;]+);`).exec(code) ?? [];
  if (value === undefined || depth > 2) return [];
  const direct = [...value.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g)].map(
    ([, name = ""]) => name,
  );
  const named = [...value.matchAll(/[?:]\s*([a-z]\w*)/g)].map(([, name = ""]) => name);
  return [...direct, ...named.flatMap((name) => codesOf(code, name, depth + 1))];
}
