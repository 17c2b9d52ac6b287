import type { ResourceDiskInfo, ResourceReservationInfo } from '@murmur/engine';
import { addRanges, containsRanges, subtractRanges, type Ranges } from './ranges-core.js';

/** Everything of a resource but its amount: only resources of one kind can be added. Two kinds are the same if their keys are. */
export interface Kind {
  readonly key: string;
  readonly name: string;
  readonly type: 'SCALAR' | 'RANGES' | 'SET';
  /** From the outermost to the innermost; the last one's role is whom it is reserved for. Empty = unreserved. */
  readonly reservations: readonly ResourceReservationInfo[];
  /** The role that it is offered or allocated to; null for an agent's total. */
  readonly allocatedTo: string | null;
  readonly disk: ResourceDiskInfo | null;
  readonly revocable: boolean;
  readonly shared: boolean;
}

export interface ScalarItem {
  readonly type: 'SCALAR';
  readonly kind: Kind;
  /** Amount times 1000: three decimals count, and whole numbers add without error. Above 0. */
  readonly thousandths: number;
}
export interface RangesItem {
  readonly type: 'RANGES';
  readonly kind: Kind;
  readonly ranges: Ranges;
}
export interface SetItem {
  readonly type: 'SET';
  readonly kind: Kind;
  /** Sorted, each once. */
  readonly items: readonly string[];
}
export type Item = ScalarItem | RangesItem | SetItem;

/**
 * An amount of resources: at most one item of a kind, none of them empty; never changed once made. Made from messages by
 * `bundleOf`, turned into messages by `toResources` (wire-core.ts).
 */
export type Bundle = readonly Item[];

export const EMPTY: Bundle = [];

export function isEmpty(bundle: Bundle): boolean {
  return bundle.length === 0;
}

/** Sum. Ports and set members that are in both are in the sum once. */
export function add(a: Bundle, b: Bundle): Bundle {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const sum = a.slice();
  for (const item of b) {
    const at = indexOfKind(a, item.kind.key);
    const mine = sum[at];
    if (mine === undefined) sum.push(item);
    else sum[at] = addItems(mine, item);
  }
  return sum;
}

export function sumOf(bundles: Iterable<Bundle>): Bundle {
  let sum = EMPTY;
  for (const bundle of bundles) sum = add(sum, bundle);
  return sum;
}

/** What of `a` is left without `b`; what `b` has more than `a` is not owed: nothing gets below zero. */
export function subtract(a: Bundle, b: Bundle): Bundle {
  if (b.length === 0 || a.length === 0) return a;
  const rest: Item[] = [];
  for (const item of a) {
    const other = find(b, item.kind.key);
    const left = other === undefined ? item : subtractItems(item, other);
    if (left !== null) rest.push(left);
  }
  return rest;
}

/** Whether all of `b` is in `a`. Volumes and whole disks are there entirely or not at all. A partial order. */
export function contains(a: Bundle, b: Bundle): boolean {
  return b.every((item) => {
    const mine = find(a, item.kind.key);
    return mine !== undefined && containsItem(mine, item);
  });
}

export function equals(a: Bundle, b: Bundle): boolean {
  return a === b || (a.length === b.length && contains(a, b) && contains(b, a));
}

/** The items that pass, in their order; the bundle itself if all do. */
export function filterItems(bundle: Bundle, wanted: (item: Item) => boolean): Bundle {
  return bundle.every(wanted) ? bundle : bundle.filter(wanted);
}

/** Sum of the scalars of this name over all kinds (roles, reservations), in the resource's own unit: cores, megabytes. */
export function scalar(bundle: Bundle, name: string): number {
  return thousandthsOf(bundle, name) / 1000;
}

export function thousandthsOf(bundle: Bundle, name: string): number {
  let sum = 0;
  for (const item of bundle) if (item.type === 'SCALAR' && item.kind.name === name) sum += item.thousandths;
  return sum;
}

/** Scalars by name in thousandths, whatever their role and reservation. */
export function quantities(bundle: Bundle): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const item of bundle) {
    if (item.type === 'SCALAR') {
      sums.set(item.kind.name, (sums.get(item.kind.name) ?? 0) + item.thousandths);
    }
  }
  return sums;
}

export function isEmptyItem(item: Item): boolean {
  if (item.type === 'SCALAR') return item.thousandths <= 0;
  return item.type === 'RANGES' ? item.ranges.length === 0 : item.items.length === 0;
}

function indexOfKind(bundle: Bundle, key: string): number {
  for (let i = 0; i < bundle.length; i++) if (bundle[i]?.kind.key === key) return i;
  return -1;
}

function find(bundle: Bundle, key: string): Item | undefined {
  return bundle[indexOfKind(bundle, key)];
}

/** The key holds the type, so items of one kind are of one type; the last line of these three never sees another. */
function addItems(a: Item, b: Item): Item {
  if (a.type === 'SCALAR' && b.type === 'SCALAR') {
    return { type: 'SCALAR', kind: a.kind, thousandths: a.thousandths + b.thousandths };
  }
  if (a.type === 'RANGES' && b.type === 'RANGES') {
    return { type: 'RANGES', kind: a.kind, ranges: addRanges(a.ranges, b.ranges) };
  }
  if (a.type === 'SET' && b.type === 'SET') {
    return { type: 'SET', kind: a.kind, items: [...new Set([...a.items, ...b.items])].sort() };
  }
  return a;
}

function subtractItems(a: Item, b: Item): Item | null {
  if (a.type === 'SCALAR' && b.type === 'SCALAR') {
    const thousandths = a.thousandths - b.thousandths;
    return thousandths > 0 ? { type: 'SCALAR', kind: a.kind, thousandths } : null;
  }
  if (a.type === 'RANGES' && b.type === 'RANGES') {
    const ranges = subtractRanges(a.ranges, b.ranges);
    return ranges.length > 0 ? { type: 'RANGES', kind: a.kind, ranges } : null;
  }
  if (a.type === 'SET' && b.type === 'SET') {
    const items = a.items.filter((item) => !b.items.includes(item));
    return items.length > 0 ? { type: 'SET', kind: a.kind, items } : null;
  }
  return a;
}

function containsItem(a: Item, b: Item): boolean {
  if (a.type === 'SCALAR' && b.type === 'SCALAR') {
    return isIndivisible(a.kind) ? a.thousandths === b.thousandths : a.thousandths >= b.thousandths;
  }
  if (a.type === 'RANGES' && b.type === 'RANGES') return containsRanges(a.ranges, b.ranges);
  return a.type === 'SET' && b.type === 'SET' && b.items.every((item) => a.items.includes(item));
}

/** A persistent volume, and a disk that is mounted as a whole. */
export function isIndivisible(kind: Kind): boolean {
  const source = kind.disk?.source?.type;
  return kind.disk?.persistence !== undefined || source === 'MOUNT' || source === 'BLOCK';
}
