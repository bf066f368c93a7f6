/** Which enti a change of files touches, and how: enti that it changes alike are one group. */
import { basename, join } from "node:path";
import { basePrefix, type Family } from "../../loader/pipeline/family.ts";
import type { LoadedPipeline, PipelineFiles } from "../../loader/pipeline/files.ts";
import { findValue, type YamlNode } from "../../loader/yaml/yaml.ts";
import { type Change, compareValues, describeChanges } from "./compare.ts";
import { flattenPipeline, flattenSettings, readFamily } from "./flatten.ts";
import type { Sides } from "./sides.ts";

/** Changes that are the same for these enti. */
export interface ImpactGroup {
  /** `null`: the settings of the ente. */
  readonly pipeline: string | null;
  readonly enti: readonly string[];
  /** Empty: `fate` says it. */
  readonly changes: readonly Change[];
  readonly fate: "changed" | "added" | "removed";
}

export interface Impact {
  readonly changed: readonly string[];
  readonly enti: number;
  readonly groups: readonly ImpactGroup[];
}

/** What differs between the two sides. */
export async function computeImpact(sides: Sides): Promise<Impact> {
  const { now, before, changed, folder } = sides;
  const enti = [...new Set([...(await now.listEnti()), ...(await before.listEnti())])].toSorted();
  const names = [
    ...new Set([...(await now.listPipelines()), ...(await before.listPipelines())]),
  ].toSorted();
  const groups = new Groups();
  const bases = changed.filter(isBase).map((path) => join(folder, path));
  const pairs: PipelinePair[] = [];
  for (const name of names) pairs.push(await readPair(sides, name));
  for (const ente of enti) {
    const path = `enti/${ente}.yaml`;
    if (sides.added.has(path) || sides.removed.has(path)) {
      groups.add({ pipeline: null, ente, fate: sides.added.has(path) ? "added" : "removed" }, []);
      continue;
    }
    const isOwn = changed.includes(path);
    const family = await readFamily(now, folder, ente);
    const isTouched = isOwn || (family?.bases ?? []).some((base) => bases.includes(base));
    // An ente that takes over from other bases than before has changed its own file.
    const old = isTouched
      ? await readFamily(isOwn ? before : withOwn(sides), folder, ente)
      : family;
    if (isTouched) compareSettings(groups, ente, { old, family });
    for (const pair of pairs)
      if (isTouched || pair.isChanged) comparePipeline(groups, ente, { pair, old, family });
  }
  return { changed, enti: enti.length, groups: groups.list() };
}

/** The ente's own file did not change: only what lies below it is read as it was. */
function withOwn({ now, before }: Sides): PipelineFiles {
  return { ...before, readOwn: now.readOwn };
}

function isBase(path: string): boolean {
  const isOfEnte = path.startsWith("enti/") && !basename(path).startsWith(basePrefix);
  return path.startsWith("enti/") && !isOfEnte;
}

interface PipelinePair {
  readonly name: string;
  readonly isChanged: boolean;
  readonly fate: ImpactGroup["fate"];
  readonly before: LoadedPipeline;
  readonly now: LoadedPipeline;
  /** Of an ente that changes nothing of it. */
  plain: readonly Change[] | null;
}

async function readPair(
  { now, before, changed, added, removed }: Sides,
  name: string,
): Promise<PipelinePair> {
  const path = `${name}.yaml`;
  const lasting = removed.has(path) ? "removed" : "changed";
  const fate = added.has(path) ? "added" : lasting;
  return {
    name,
    isChanged: changed.includes(path),
    fate,
    before: await before.readPipeline(name),
    now: await now.readPipeline(name),
    plain: null,
  };
}

interface Joined {
  readonly old: Family | null;
  readonly family: Family | null;
}

function compareSettings(groups: Groups, ente: string, { old, family }: Joined): void {
  if (old === null || family === null) return;
  const changes = compareValues(flattenSettings(old.root), flattenSettings(family.root));
  if (changes.length > 0) groups.add({ pipeline: null, ente, fate: "changed" }, changes);
}

function comparePipeline(
  groups: Groups,
  ente: string,
  { pair, old, family }: Joined & { readonly pair: PipelinePair },
): void {
  const { name, fate } = pair;
  if (fate !== "changed") return groups.add({ pipeline: name, ente, fate }, []);
  const [was, is] = [findOverrides(old), findOverrides(family)];
  const isPlain = findValue(was, name) === undefined && findValue(is, name) === undefined;
  const changes =
    (isPlain ? pair.plain : null) ??
    compareValues(flattenPipeline(pair.before, was), flattenPipeline(pair.now, is));
  if (isPlain) pair.plain = changes;
  if (changes.length > 0) groups.add({ pipeline: name, ente, fate: "changed" }, changes);
}

function findOverrides(family: Family | null): YamlNode | undefined {
  return findValue(family?.root, "pipelines");
}

type GroupKey = Pick<ImpactGroup, "pipeline" | "fate"> & { readonly ente: string };

class Groups {
  private readonly byKey = new Map<
    string,
    Omit<ImpactGroup, "enti"> & { readonly enti: string[] }
  >();
  private readonly described = new WeakMap<readonly Change[], string>();

  add({ pipeline, ente, fate }: GroupKey, changes: readonly Change[]): void {
    const told = this.described.get(changes) ?? describeChanges(changes);
    this.described.set(changes, told);
    const key = JSON.stringify([pipeline, fate, told]);
    const group = this.byKey.get(key) ?? { pipeline, fate, changes, enti: [] };
    this.byKey.set(key, group);
    group.enti.push(ente);
  }

  /** The largest first, settings before pipelines. */
  list(): readonly ImpactGroup[] {
    return [...this.byKey.values()].toSorted(
      (left, right) =>
        Number(left.pipeline !== null) - Number(right.pipeline !== null) ||
        right.enti.length - left.enti.length,
    );
  }
}
