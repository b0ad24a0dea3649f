import type { Member } from '../artifact/artifact.ts';
import { NodeError } from '../kind/kind.ts';
import { meanOf } from '../ops/statistics/summary.ts';
import type { JsonObject } from '../util/json.ts';
import { nearestName } from '../util/nearest-name.ts';
import { quoted, unknownName } from './feature-matrix.ts';
import { numericPaths, valueAt } from './numeric-paths.ts';

/** What a table collects. */
export type TableMember = Member<'score' | 'model' | 'predictions'>;

/** What a column is made of. */
export interface ColumnSource {
  /** Name of the slot, for messages. */
  readonly input: string;
  readonly members: readonly TableMember[];
  /** Dotted path into a member's value. */
  readonly path: string;
  /** Axis whose values are rows. */
  readonly rowAxis: string;
  /** Axes whose values are replicates; those that a member doesn't have are passed over. */
  readonly replicateAxes: readonly string[];
  /** Axis -> the one value that counts. */
  readonly where: Readonly<Record<string, string>>;
  /** Axis whose values are columns of their own, or null. */
  readonly splitAxis: string | null;
  /** Whether a member without a number at the path is an error; else it counts as missing. */
  readonly isStrict: boolean;
}

/** Replicate (`seed=0`) -> its number. */
export type Sample = ReadonlyMap<string, number>;
/** Row -> what its replicates gave. */
export type Samples = ReadonlyMap<string, Sample>;

/** Numbers of one row and replicate by the values of the axes that are averaged over; null where there is none. */
type Averaged = Map<string, number | null>;

/**
 * The numbers of a column (or of several, by value of the axis it is split by), one for each row and replicate.
 *
 * Axes that are neither row nor replicate nor fixed are averaged over within each replicate. A replicate that lacks some of
 * the values that its row has elsewhere is left out, since its mean would be over something else.
 *
 * @throws {NodeError} if an axis, a fixed value or the path is not there, or if two members have the same coordinates.
 */
export function readSamples(source: ColumnSource): Map<string | null, Samples> {
  const columns = new Map<string | null, Map<string, Map<string, Averaged>>>();
  for (const member of chosenMembers(source)) {
    const coordinates = new Map(Object.entries(member.coordinates));
    const take = (axis: string): string => {
      const value = coordinates.get(axis);
      if (value === undefined) throw unknownAxis(source, axis, member);
      coordinates.delete(axis);
      return value;
    };
    Object.keys(source.where).forEach(take);
    const column = source.splitAxis === null ? null : take(source.splitAxis);
    const row = take(source.rowAxis);
    // Names of axes and values have neither "=" nor ",".
    const replicate = source.replicateAxes
      .filter((axis) => coordinates.has(axis))
      .map((axis) => `${axis}=${take(axis)}`)
      .join(',');
    const rows = entry(
      columns,
      column,
      () => new Map<string, Map<string, Averaged>>(),
    );
    const replicates = entry(rows, row, () => new Map<string, Averaged>());
    const averaged = entry(replicates, replicate, (): Averaged => new Map());
    const rest = JSON.stringify([...coordinates].sort());
    if (averaged.has(rest)) {
      throw new NodeError(
        `Input "${source.input}" has two members ${coordinatesText(member)}: put them into inputs of their own.`,
      );
    }
    averaged.set(rest, numberAt(source, member));
  }
  return new Map(
    [...columns].map(([column, rows]) => [
      column,
      new Map(
        [...rows].map(([row, replicates]) => [row, sampleOf(replicates)]),
      ),
    ]),
  );
}

/** The mean of each replicate that has all that its row has. */
function sampleOf(replicates: ReadonlyMap<string, Averaged>): Sample {
  const all = new Set(
    [...replicates.values()].flatMap((one) => [...one.keys()]),
  );
  const sample = new Map<string, number>();
  for (const [replicate, averaged] of replicates) {
    const numbers = [...averaged.values()].filter((value) => value !== null);
    if (numbers.length === all.size) sample.set(replicate, meanOf(numbers));
  }
  return sample;
}

function chosenMembers(source: ColumnSource): readonly TableMember[] {
  let members = source.members;
  for (const [axis, value] of Object.entries(source.where)) {
    const known = new Set<string>();
    const chosen = members.filter((member) => {
      const own = member.coordinates[axis];
      if (own === undefined) throw unknownAxis(source, axis, member);
      known.add(own);
      return own === value;
    });
    if (chosen.length === 0 && members.length > 0) {
      throw unknownName(
        'value',
        value,
        `axis "${axis}" of input "${source.input}"`,
        [...known],
      );
    }
    members = chosen;
  }
  return members;
}

function numberAt(source: ColumnSource, member: TableMember): number | null {
  const value = member.artifact.value as unknown as JsonObject;
  const found = valueAt(value, source.path);
  if (typeof found === 'number') return found;
  // A measure that has no number for degenerate input says null.
  if (found === null || !source.isStrict) return null;
  const paths = numericPaths(value);
  const nearest = nearestName(source.path, paths);
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  throw new NodeError(
    `There is no number at "${source.path}" in member ${coordinatesText(member)} of input "${source.input}", ` +
      `which has ${quoted(paths)}.${hint}`,
  );
}

function unknownAxis(
  { input }: ColumnSource,
  axis: string,
  member: TableMember,
): NodeError {
  const known = Object.keys(member.coordinates);
  return unknownName(
    'axis',
    axis,
    `member ${coordinatesText(member)} of input "${input}"`,
    known,
  );
}

/** `[loss=softmax,seed=0]`; without the family, which a table must not depend on: it is not part of its key. */
const coordinatesText = ({ coordinates }: TableMember): string =>
  `[${Object.entries(coordinates)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(',')}]`;

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
