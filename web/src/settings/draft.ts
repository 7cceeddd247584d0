/** A configuration that somebody edits while others may, too. */

export type Path = readonly (string | number)[];
export type Tree = Record<string, unknown>;

export interface Change {
  path: Path;
  before: unknown;
  after: unknown;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A path as people write it, and the server: `cameras[0].main.url`. */
export function keyText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}

export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, step) => {
    if (Array.isArray(node)) return typeof step === "number" ? (node as unknown[])[step] : undefined;
    return isTree(node) ? node[String(step)] : undefined;
  }, tree);
}

/** The same tree with another value at a path, or none for undefined; sections on the way come and go. */
export function withValue(tree: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(tree)) {
    const list = [...(tree as unknown[])];
    const within = withValue(list[Number(step)], rest, value);
    if (within === undefined) list.splice(Number(step), 1);
    else list[Number(step)] = within;
    return list;
  }
  const { [String(step)]: before, ...others } = isTree(tree) ? tree : {};
  const within = withValue(before, rest, value);
  const left = isTree(within) && Object.keys(within).length === 0 && rest.length > 0 ? undefined : within;
  if (left === undefined) return others;
  // In place, so that keys do not move about.
  return isTree(tree) && String(step) in tree ? { ...tree, [String(step)]: left } : { ...others, [String(step)]: left };
}

export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, index) => same(value, (other as unknown[])[index]));
  if (isTree(one) && isTree(other)) {
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => key in other && same(one[key], other[key]));
  }
  return one === other;
}

type Named = Tree & { id: string };

function isNamed(value: unknown): value is Named[] {
  return Array.isArray(value) && value.every((one) => isTree(one) && typeof one.id === "string");
}

function byId(list: readonly Named[]): Tree {
  return Object.fromEntries(list.map((one) => [one.id, one]));
}

/** What turns one document into the other: a JSON Merge Patch, lists of sections with ids by these. */
export function patchOf(before: Tree, after: Tree): Tree {
  const patch: Tree = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (same(old, value)) continue;
    if (isTree(old) && isTree(value)) patch[key] = patchOf(old, value);
    else if (isNamed(old) && isNamed(value) && old.length > 0) patch[key] = patchOf(byId(old), byId(value));
    else patch[key] = value;
  }
  return patch;
}

export function patched(before: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  if (isNamed(before)) return patchedList(before, patch);
  const result: Tree = isTree(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = patched(result[key], value);
  }
  return result;
}

function patchedList(before: readonly Named[], patch: Tree): unknown[] {
  const kept = before.filter(({ id }) => patch[id] !== null).map((one) => (one.id in patch ? patched(one, patch[one.id]) : one));
  const known = new Set(before.map(({ id }) => id));
  const added = Object.entries(patch).filter(([id, value]) => !known.has(id) && value !== null);
  return [...kept, ...added.map(([id, value]) => ({ id, ...(isTree(value) ? value : {}) }))];
}

/** The single values in which two documents differ; a list is one value, but for sections with ids. */
export function changesOf(before: unknown, after: unknown, path: Path = []): Change[] {
  if (same(before, after)) return [];
  if (isNamed(before) && isNamed(after)) return changesOfList(before, after, path);
  if ((isTree(before) || before === undefined) && isTree(after)) {
    const old = isTree(before) ? before : {};
    const keys = new Set([...Object.keys(old), ...Object.keys(after)]);
    if (keys.size > 0) return [...keys].flatMap((key) => changesOf(old[key], after[key], [...path, key]));
  }
  if (isTree(before) && after === undefined)
    return Object.keys(before).flatMap((key) => changesOf(before[key], undefined, [...path, key]));
  return [{ path, before, after }];
}

function changesOfList(before: readonly Named[], after: readonly Named[], path: Path): Change[] {
  const old = byId(before);
  const now = byId(after);
  return [
    ...after.flatMap((one, index) =>
      one.id in old ? changesOf(old[one.id], one, [...path, index]) : [{ path: [...path, index], before: undefined, after: one }],
    ),
    ...before.flatMap((one, index) => (one.id in now ? [] : [{ path: [...path, index], before: one, after: undefined }])),
  ];
}

/** What somebody wants to change, put on what the file says by now; nothing of it is lost. */
export function rebased(base: Tree, draft: Tree, fresh: Tree): { draft: Tree; conflicts: Change[] } {
  const moved = patched(fresh, patchOf(base, draft));
  const mine = new Set(changesOf(base, draft).map(({ path }) => keyText(path)));
  const theirs = changesOf(base, fresh).filter(({ path }) => mine.has(keyText(path)));
  const result = isTree(moved) ? moved : {};
  return { draft: result, conflicts: theirs.filter(({ path, after }) => !same(valueAt(result, path), after)) };
}
