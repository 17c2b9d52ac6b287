import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistry, REGISTRY_FILE } from '../../src/master/registry.js';
import type { RegistryChange } from '../../src/master/types.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const info = (n: number) => ({ id: { value: `S${n}` }, hostname: `h${n}`, port: 5051 });
const CHANGES: readonly RegistryChange[] = [
  { type: 'AGENT_ADMITTED', info: info(1) },
  { type: 'AGENT_ADMITTED', info: { ...info(2), hostname: 'ü' } },
  { type: 'AGENT_ADMITTED', info: info(3) },
  { type: 'AGENT_UNREACHABLE', info: info(2), at: 5 },
  { type: 'AGENT_GONE', info: info(3), at: 6 },
  { type: 'AGENT_DEACTIVATED', agentId: 'S1', drain: { config: { mark_gone: true }, drained: false } },
  { type: 'WEIGHTS', weights: [{ role: 'prod', weight: 2.5 }] },
  {
    type: 'MAINTENANCE',
    schedule: {
      windows: [{ machine_ids: [{ hostname: 'h1' }], unavailability: { start: { nanoseconds: 1e15 } } }],
    },
    machines: [{ id: { hostname: 'h1' }, mode: 'DOWN', unavailability: null }],
  },
];
const FULL = {
  agents: [info(1)],
  unreachable: [{ info: { ...info(2) }, at: 5 }],
  gone: [{ info: info(3), at: 6 }],
  deactivated: [{ agentId: 'S1', drain: { config: { mark_gone: true }, drained: false } }],
  weights: [{ role: 'prod', weight: 2.5 }],
  schedule: {
    windows: [{ machine_ids: [{ hostname: 'h1' }], unavailability: { start: { nanoseconds: 1e15 } } }],
  },
  machines: [{ id: { hostname: 'h1' }, mode: 'DOWN', unavailability: null }],
};

async function filled(): Promise<Buffer> {
  const registry = await openRegistry(folder);
  await Promise.all(CHANGES.map((change) => registry.store(change)));
  await registry.close();
  return readFile(join(folder, REGISTRY_FILE));
}

describe('the registry', () => {
  it('begins empty, and has everything after a restart', async () => {
    const registry = await openRegistry(join(folder, 'deep', 'er'));
    expect(registry.recovered.agents).toEqual([]);
    await registry.close();
    await filled();
    expect((await openRegistry(folder)).recovered).toEqual(FULL);
    expect(await readdir(folder)).toEqual(expect.not.arrayContaining([`${REGISTRY_FILE}.tmp`]));
  });

  it('writes what comes together in one file, and keeps the order', async () => {
    const registry = await openRegistry(folder);
    const many = Array.from({ length: 500 }, (_, n) =>
      registry.store({ type: 'AGENT_ADMITTED', info: info(n) }),
    );
    await Promise.all(many);
    expect(registry.stats().storeMs.length).toBeLessThan(5);
    expect(registry.stats()).toMatchObject({ queued: 0 });
    await Promise.all([
      registry.store({ type: 'AGENT_REMOVED', agentId: 'S7' }),
      registry.store({ type: 'AGENT_ADMITTED', info: info(7) }),
      registry.store({ type: 'AGENT_REMOVED', agentId: 'S8' }),
    ]);
    await registry.close();
    const agents = (await openRegistry(folder)).recovered.agents.map((agent) => agent.id?.value);
    expect([agents.length, agents.includes('S7'), agents.includes('S8')]).toEqual([499, true, false]);
  });

  it('forgets a reactivated agent as deactivated, and an admitted one as unreachable', async () => {
    await filled();
    const registry = await openRegistry(folder);
    await registry.store({ type: 'AGENT_REACTIVATED', agentId: 'S1' });
    await registry.store({ type: 'AGENT_ADMITTED', info: info(2) });
    await registry.store({ type: 'AGENT_UNREACHABLE', info: info(1), at: 9 });
    const { recovered } = await openRegistry(folder);
    expect([recovered.deactivated, recovered.agents, recovered.unreachable]).toEqual([
      [],
      [info(2)],
      [{ info: info(1), at: 9 }],
    ]);
  });

  it('refuses a file that was cut at any byte, and names it', async () => {
    const whole = await filled();
    const file = join(folder, REGISTRY_FILE);
    // The last byte is the newline, without which it is still whole.
    for (let length = 0; length < whole.length - 1; length += 1) {
      await writeFile(file, whole.subarray(0, length));
      await expect(openRegistry(folder)).rejects.toThrow(
        `the registry ${file} cannot be read: it is no JSON`,
      );
    }
  });

  it.each([
    ['[]', 'the file is object, allowed is an object'],
    ['{}', 'version is undefined, allowed is 1'],
    ['{"version":2}', 'version is 2, allowed is 1'],
    ['{"version":1}', 'agents is undefined, allowed is a list'],
    ['{"version":1,"agents":[{}]}', 'agents[0]: Missing required fields: hostname'],
    ['{"version":1,"agents":[{"hostname":"h"}]}', 'agents[0].id is missing'],
    ['{"version":1,"agents":[],"unreachable":[{"info":{}}]}', 'unreachable[0].at is undefined'],
  ])('refuses %s: %s', async (text, reason) => {
    await writeFile(join(folder, REGISTRY_FILE), text);
    await expect(openRegistry(folder)).rejects.toThrow(reason);
  });

  it('fails every change after one that could not be written', async () => {
    const registry = await openRegistry(folder);
    await mkdir(join(folder, `${REGISTRY_FILE}.tmp`));
    await expect(registry.store({ type: 'AGENT_REMOVED', agentId: 'x' })).rejects.toThrow();
    await rm(join(folder, `${REGISTRY_FILE}.tmp`), { recursive: true, force: true });
    await expect(registry.store({ type: 'AGENT_REMOVED', agentId: 'y' })).rejects.toThrow();
  });
});
