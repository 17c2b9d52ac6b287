import {
  AgentInfo,
  decode,
  DecodeError,
  DrainConfig,
  encode,
  MachineID,
  MaintenanceSchedule,
  Unavailability,
  WeightInfo,
  type Message,
} from '@murmur/engine';
import type { RegistryChange, RegistrySnapshot } from './types.js';
import { LOST_AGENTS_MAX, machineKey } from './state.js';

/** The form of the file; a master that finds another one does not guess. */
const VERSION = 1;

type Row<K extends keyof RegistrySnapshot> = RegistrySnapshot[K] extends readonly (infer R)[] ? R : never;

/** The registry in memory; changed in place by `applyChange`. */
export interface RegistryTables {
  readonly agents: Map<string, AgentInfo>;
  readonly unreachable: Map<string, Row<'unreachable'>>;
  readonly gone: Map<string, Row<'gone'>>;
  readonly deactivated: Map<string, Row<'deactivated'>>;
  readonly weights: Map<string, WeightInfo>;
  schedule: MaintenanceSchedule;
  readonly machines: Map<string, Row<'machines'>>;
}

export const EMPTY_SNAPSHOT: RegistrySnapshot = {
  agents: [],
  unreachable: [],
  gone: [],
  deactivated: [],
  weights: [],
  schedule: {},
  machines: [],
};

export function tablesOf(snapshot: RegistrySnapshot): RegistryTables {
  return {
    agents: new Map(snapshot.agents.map((info) => [idOf(info), info])),
    unreachable: new Map(snapshot.unreachable.map((row) => [idOf(row.info), row])),
    gone: new Map(snapshot.gone.map((row) => [idOf(row.info), row])),
    deactivated: new Map(snapshot.deactivated.map((row) => [row.agentId, row])),
    weights: new Map(snapshot.weights.map((info) => [info.role ?? '', info])),
    schedule: snapshot.schedule,
    machines: new Map(snapshot.machines.map((row) => [machineKey(row.id), row])),
  };
}

export function snapshotOf(tables: RegistryTables): RegistrySnapshot {
  return {
    agents: [...tables.agents.values()],
    unreachable: [...tables.unreachable.values()],
    gone: [...tables.gone.values()],
    deactivated: [...tables.deactivated.values()],
    weights: [...tables.weights.values()],
    schedule: tables.schedule,
    machines: [...tables.machines.values()],
  };
}

/** An agent is in one of `agents`, `unreachable` and `gone`. Of the lost ones the oldest are forgotten beyond `LOST_AGENTS_MAX`. */
export function applyChange(tables: RegistryTables, change: RegistryChange): void {
  switch (change.type) {
    case 'AGENT_ADMITTED':
      forget(tables, idOf(change.info));
      tables.agents.set(idOf(change.info), change.info);
      break;
    case 'AGENT_UNREACHABLE':
      forget(tables, idOf(change.info));
      remember(tables.unreachable, change);
      break;
    case 'AGENT_GONE':
      forget(tables, idOf(change.info));
      tables.deactivated.delete(idOf(change.info));
      remember(tables.gone, change);
      break;
    case 'AGENT_REMOVED':
      forget(tables, change.agentId);
      tables.deactivated.delete(change.agentId);
      break;
    case 'AGENT_DEACTIVATED':
      tables.deactivated.set(change.agentId, { agentId: change.agentId, drain: change.drain });
      break;
    case 'AGENT_REACTIVATED':
      tables.deactivated.delete(change.agentId);
      break;
    case 'WEIGHTS':
      for (const info of change.weights) tables.weights.set(info.role ?? '', info);
      break;
    case 'MAINTENANCE':
      tables.schedule = change.schedule;
      tables.machines.clear();
      for (const row of change.machines) tables.machines.set(machineKey(row.id), row);
  }
}

function forget(tables: RegistryTables, id: string): void {
  tables.agents.delete(id);
  tables.unreachable.delete(id);
}

function remember(
  lost: Map<string, Row<'gone'>>,
  change: { readonly info: AgentInfo; readonly at: number },
): void {
  lost.set(idOf(change.info), { info: change.info, at: change.at });
  const [oldest] = lost.keys();
  if (lost.size > LOST_AGENTS_MAX && oldest !== undefined) lost.delete(oldest);
}

function idOf(info: AgentInfo): string {
  return info.id?.value ?? '';
}

/** The file's text: one line of JSON, messages in Mesos's JSON. */
export function printRegistry(tables: RegistryTables): string {
  const lost = (rows: Map<string, Row<'gone'>>): unknown[] =>
    [...rows.values()].map((row) => ({ at: row.at, info: plain(AgentInfo, row.info) }));
  return `${JSON.stringify({
    version: VERSION,
    agents: [...tables.agents.values()].map((info) => plain(AgentInfo, info)),
    unreachable: lost(tables.unreachable),
    gone: lost(tables.gone),
    deactivated: [...tables.deactivated.values()].map(({ agentId, drain }) => ({
      agentId,
      drain: drain === null ? null : { config: plain(DrainConfig, drain.config), drained: drain.drained },
    })),
    weights: [...tables.weights.values()].map((info) => plain(WeightInfo, info)),
    schedule: plain(MaintenanceSchedule, tables.schedule),
    machines: [...tables.machines.values()].map((row) => ({
      id: plain(MachineID, row.id),
      mode: row.mode,
      unavailability: row.unavailability === null ? null : plain(Unavailability, row.unavailability),
    })),
  })}\n`;
}

function plain<T>(type: Message<T>, value: T): unknown {
  return JSON.parse(encode(type, value)) as unknown;
}

/** Reads what `printRegistry` wrote. Throws an Error that says what is wrong, and where; the caller adds the file's name. */
export function readRegistry(text: string): RegistrySnapshot {
  let json: unknown;
  try {
    json = JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`it is no JSON (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    });
  }
  const root = record(json, 'the file');
  if (root['version'] !== VERSION)
    throw new Error(`version is ${JSON.stringify(root['version'])}, allowed is ${VERSION}`);
  const rows = <R>(name: string, read: (row: unknown, at: string) => R): R[] => {
    const list = root[name];
    if (!Array.isArray(list)) throw new Error(`${name} is ${typeof list}, allowed is a list`);
    return list.map((row, i) => read(row, `${name}[${i}]`));
  };
  return {
    agents: rows('agents', agentInfo),
    unreachable: rows('unreachable', lostRow),
    gone: rows('gone', lostRow),
    deactivated: rows('deactivated', deactivatedRow),
    weights: rows('weights', (row, at) => message(WeightInfo, row, at)),
    schedule: message(MaintenanceSchedule, root['schedule'], 'schedule'),
    machines: rows('machines', machineRow),
  };
}

function agentInfo(row: unknown, at: string): AgentInfo {
  const info = message(AgentInfo, row, at);
  if (idOf(info) === '') throw new Error(`${at}.id is missing`);
  return info;
}

function lostRow(row: unknown, at: string): Row<'gone'> {
  const fields = record(row, at);
  const since = fields['at'];
  if (typeof since !== 'number') throw new Error(`${at}.at is ${typeof since}, allowed is a number of ms`);
  return { info: agentInfo(fields['info'], `${at}.info`), at: since };
}

function deactivatedRow(row: unknown, at: string): Row<'deactivated'> {
  const { agentId, drain } = record(row, at);
  if (typeof agentId !== 'string') throw new Error(`${at}.agentId is ${typeof agentId}, allowed is text`);
  if (drain === null) return { agentId, drain: null };
  const fields = record(drain, `${at}.drain`);
  const config = message(DrainConfig, fields['config'], `${at}.drain.config`);
  return { agentId, drain: { config, drained: fields['drained'] === true } };
}

function machineRow(row: unknown, at: string): Row<'machines'> {
  const { id, mode, unavailability } = record(row, at);
  if (mode !== 'UP' && mode !== 'DRAINING' && mode !== 'DOWN')
    throw new Error(`${at}.mode is ${JSON.stringify(mode)}, allowed are UP, DRAINING, DOWN`);
  return {
    id: message(MachineID, id, `${at}.id`),
    mode,
    unavailability:
      unavailability === null ? null : message(Unavailability, unavailability, `${at}.unavailability`),
  };
}

function message<T>(type: Message<T>, json: unknown, at: string): T {
  try {
    return decode(type, json);
  } catch (error) {
    if (error instanceof DecodeError) throw new Error(`${at}: ${error.message}`, { cause: error });
    throw error;
  }
}

function record(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Error(`${at} is ${value === null ? 'null' : typeof value}, allowed is an object`);
}
