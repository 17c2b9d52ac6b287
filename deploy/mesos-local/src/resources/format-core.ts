import type { Attribute, Label, ResourceDiskInfo, ResourceReservationInfo } from '@murmur/engine';
import type { Bundle, Item, Kind } from './bundle-core.js';
import { addRanges, formatRanges, normaliseRanges, type Ranges } from './ranges-core.js';

/** As Mesos prints resources in messages: `cpus(allocated: prod):3.8; ports(allocated: prod):[31000-32000]`; `{}` for none. */
export function formatBundle(bundle: Bundle): string {
  if (bundle.length === 0) return '{}';
  return bundle.map((item) => `${formatKind(item.kind)}:${formatAmount(item)}`).join('; ');
}

/** As `--resources` takes it (`parseResources`). Only for resources that a flag can say: see there. */
export function flagOf(bundle: Bundle): string {
  return bundle
    .map((item) => {
      const role = item.kind.reservations.at(-1)?.role;
      return `${item.kind.name}${role === undefined ? '' : `(${role})`}:${formatAmount(item)}`;
    })
    .join(';');
}

function formatAmount(item: Item): string {
  if (item.type === 'SCALAR') return String(item.thousandths / 1000);
  return item.type === 'RANGES' ? formatRanges(item.ranges) : `{${item.items.join(', ')}}`;
}

function formatKind(kind: Kind): string {
  const reservations = kind.reservations.map((reservation) => `(${formatReservation(reservation)})`);
  return [
    kind.name,
    kind.allocatedTo === null ? '' : `(allocated: ${kind.allocatedTo})`,
    reservations.length === 0 ? '' : `(reservations: [${reservations.join(', ')}])`,
    kind.disk === null ? '' : `[${formatDisk(kind.disk)}]`,
    kind.revocable ? '{REV}' : '',
    kind.shared ? '<SHARED>' : '',
  ].join('');
}

function formatReservation(reservation: ResourceReservationInfo): string {
  const { type, role, principal, labels } = reservation;
  const parts = [type ?? 'UNKNOWN', role ?? ''];
  if (principal !== undefined) parts.push(principal);
  if (labels !== undefined) parts.push(`{${(labels.labels ?? []).map(formatLabel).join(', ')}}`);
  return parts.join(',');
}

function formatLabel(label: Label): string {
  return label.value === undefined ? label.key : `${label.key}: ${label.value}`;
}

function formatDisk(disk: ResourceDiskInfo): string {
  const source = disk.source;
  const root = source?.path?.root ?? source?.mount?.root;
  const parts: string[] = [];
  if (source !== undefined) parts.push(root === undefined ? source.type : `${source.type}:${root}`);
  if (disk.persistence !== undefined) parts.push(disk.persistence.id);
  if (disk.volume !== undefined) parts.push(disk.volume.container_path);
  return parts.join(',');
}

/** As legacy endpoints show resources: `{"cpus":2,"gpus":0,"mem":1024,"disk":0,"ports":"[31000-32000]"}`; of all roles together. */
export function legacyResources(bundle: Bundle): Record<string, number | string> {
  const thousandths = new Map<string, number>([
    ['cpus', 0],
    ['gpus', 0],
    ['mem', 0],
    ['disk', 0],
  ]);
  const ranges = new Map<string, Ranges>();
  const sets = new Map<string, readonly string[]>();
  for (const item of bundle) {
    const name = item.kind.revocable ? `${item.kind.name}_revocable` : item.kind.name;
    if (item.type === 'SCALAR') thousandths.set(name, (thousandths.get(name) ?? 0) + item.thousandths);
    else if (item.type === 'RANGES') ranges.set(name, addRanges(ranges.get(name) ?? [], item.ranges));
    else sets.set(name, [...new Set([...(sets.get(name) ?? []), ...item.items])].sort());
  }
  return Object.fromEntries<number | string>([
    ...[...thousandths].map(([name, amount]): [string, number] => [name, amount / 1000]),
    ...[...ranges].map(([name, value]): [string, string] => [name, formatRanges(value)]),
    ...[...sets].map(([name, items]): [string, string] => [name, `{${items.join(', ')}}`]),
  ]);
}

/** As legacy endpoints show attributes: `{"rack":"a","n":3,"r":"[1-5]"}`. */
export function legacyAttributes(attributes: readonly Attribute[]): Record<string, number | string> {
  return Object.fromEntries(
    attributes.map((attribute): [string, number | string] => {
      if (attribute.type === 'SCALAR') return [attribute.name, attribute.scalar?.value ?? 0];
      if (attribute.type === 'RANGES') {
        return [attribute.name, formatRanges(normaliseRanges(attribute.ranges?.range ?? []))];
      }
      return [attribute.name, attribute.text?.value ?? ''];
    }),
  );
}
