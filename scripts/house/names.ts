/** The names of the tree's functions: which begin with a verb, which are called xOf, which exports exist twice. */
import { withoutComments } from "../../test/support/repository.ts";

interface Source {
  readonly path: string;
  readonly code: string;
}

/** What was found; the lists hold `path: name`. */
export interface FunctionNames {
  readonly all: number;
  readonly verbs: number;
  readonly of: number;
  /** Neither verb, nor predicate, nor maker of an error, nor xOf. */
  readonly others: readonly string[];
  /** Exported and one lower-case word that is no verb. */
  readonly words: readonly string[];
  /** Over 60 lines, without blank ones and comments. */
  readonly long: readonly string[];
}

/** First words of names that say what a function does. Predicates, conversions and event handlers count as verbs. */
const verbs = new Set(
  `abort accept accumulate acknowledge add adjust adopt advance agree align allocate allow amend announce answer append apply
  are arrange ask assemble assert assign attach await balance be begin bind blend blocks break build bump cache calculate call
  can cancel canonicalize cap carry cast change charge check choose clamp classify clean clear clip clone close coerce collapse
  collect combine commit compare complete compose compress compute concat confirm connect consume contains continue convert
  copy correct count cover crash create crop cross cut dash decide declare decode decompress deduce defer deflate delay delete
  deliver demand deny derive describe detect determine diagnose die diff differ differs digest discard discover dispatch divide
  do download drain draw drive drop dump duplicate embed emit enable encode encrypt end ends engage enrich ensure enter enumerate
  equals erase escape estimate evaluate examine exceeds exclude execute exists expand expect expire explain export extend extract
  fail fake fall feed fetch fill filter find finish fit fix flatten flip flush fold follow forget format forward forge free
  freeze gather generate get give go grant group grow guard guess hand handle has hash hide hint hold holds host identify ignore
  import include includes increment indent index infer inflate inject insert inspect install intend interpret interrupt intersect
  introduce invalidate invert invoke is issue iterate join judge jump keep know label launch lay leap learn leave lend limit link
  list load locate lock log look loosen lose lower make map mark mask match matches may measure meet mend merge migrate mirror
  misses mount move multiply must name narrow need needs negate normalize note notice notify number observe obtain occurs offer
  omit on open order pack pad paint pair park parse pass patch pause pay peek perform permit pick pin place plan plant play
  point poll pop populate position prefer prefix prepare present press prevent price print probe proceed process produce prove
  provide prune publish pull pump purge push put query queue quote raise rank reach read realign rebase rebuild receive reckon
  recognize reconcile record recover redact redirect reduce refer refill refuse register reject release remember remove rename
  render renew reopen repair repeat repeats replace replay reply report request require reread reserve reset resolve respond
  rest restart restore restrict resume retry return returns reuse reveal reverse revoke rewind rewrite ring roll rotate round
  run sample sanitize save say scale scan schedule score seal search see seed select send separate serialize serve set settle
  sharpen shelve shift ship shorten show shows shrink shuffle shut sign simulate sink skip sleep slice soften solve sort spawn
  speak split spoil spread stamp stand start state stay step stop store stream stretch strip style submit subscribe substitute
  subtract suggest sum summarize supply suspend swap sweep switch sync take takes tally tear tell terminate test throttle throw
  tick tidy time to toggle touch trace track train transact transfer transform translate transliterate transmit trim truncate
  trust try tune turn type undo unescape unfold unify unlock unpack unquote unwrap update upgrade upload uppercase use uses
  validate vary verify visit wait wake walk want warn wash watch weigh widen wipe withdraw work wrap write yield zip
  was were will would should does did stands starts has had lacks lies lets may belongs begins accepts allows asks carries
  changes comes counts covers exceeds expects fails fits gives goes keeps knows means names owns reads refuses requires says
  sends stays stops tells wants works`.split(/\s+/),
);

/** Looks at named functions and methods by their text, so that no compiler is needed; components (PascalCase) are left out. */
export function measureFunctions(sources: readonly Source[]): FunctionNames {
  const others: string[] = [];
  const words: string[] = [];
  const long: string[] = [];
  let all = 0;
  let withVerb = 0;
  let of = 0;
  for (const { path, code } of sources)
    for (const found of findFunctions(code)) {
      const { name } = found;
      all += 1;
      if (found.lines > 60) long.push(`${path}: ${name}`);
      if (found.isExported && /^[a-z]+$/.test(name) && !verbs.has(name))
        words.push(`${path}: ${name}`);
      if (/[a-z]Of$/.test(name) && !verbs.has(firstWord(name))) of += 1;
      else if (verbs.has(firstWord(name)) || /(?:Error|Fault)$/.test(name)) withVerb += 1;
      else others.push(`${path}: ${name}`);
    }
  return { all, verbs: withVerb, of, others, words, long };
}

/** Names that more than one file exports, sorted. */
export function countRepeatedExports(sources: readonly Source[]): readonly string[] {
  const files = new Map<string, Set<string>>();
  for (const { path, code } of sources)
    for (const [, name = ""] of code.matchAll(
      /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm,
    ))
      files.set(name, (files.get(name) ?? new Set()).add(path));
  return [...files].flatMap(([name, paths]) => (paths.size > 1 ? [name] : [])).toSorted();
}

interface FoundFunction {
  readonly name: string;
  readonly isExported: boolean;
  readonly lines: number;
}

function findFunctions(code: string): readonly FoundFunction[] {
  const declarations = code.matchAll(
    /^(?<indent> *)(?<exported>export )?(?:default )?(?:async )?function\*? (?<name>[a-z]\w*)/gm,
  );
  return [...declarations].map((match) => {
    const { indent = "", exported, name = "" } = match.groups ?? {};
    const rest = code.slice(match.index);
    const end = rest.search(new RegExp(`^${indent}}`, "m"));
    const body = withoutComments(rest.slice(0, Math.max(end, 0)));
    const lines = body.split("\n").filter((line) => line.trim() !== "").length;
    return { name, isExported: exported !== undefined, lines };
  });
}

function firstWord(name: string): string {
  return /^[a-z]+/.exec(name)?.[0] ?? "";
}
