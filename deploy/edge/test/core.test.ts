import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  placeMembers,
  renderConfig,
  slotCommands,
  type Address,
  type EdgeSettings,
  type Slots,
} from '@murmur/edge';
import { isRefusal, parseStats } from '../src/runtime-core.js';
import { emptySlots, isSafeHost } from '../src/slots-core.js';

const at = (port: number): Address => ({ host: '127.0.0.1', port });
const ports = (slots: Slots): (number | null)[] => slots.map((slot) => slot?.port ?? null);
const settings: EdgeSettings = {
  publicHost: '127.0.0.1',
  publicPort: 8080,
  socketPath: '/run/murmur/haproxy.sock',
  serverMaxconn: 64,
  lobbyMax: 2_000,
  lobbyMs: 10_000,
  retries: 3,
  maxConnections: 50_000,
  graceMs: 5_000,
  accessLog: false,
};

describe('the configuration', () => {
  it('is the golden one', () => {
    const golden = readFileSync(new URL('golden-haproxy.cfg', import.meta.url), 'utf8');
    const one = [at(7001), null];
    expect(
      renderConfig(settings, {
        ingest: one,
        timeline: [at(7002), at(7003)],
        'push-gateway': [null, at(7004)],
      }),
    ).toBe(golden);
  });
});

describe('the access log', () => {
  it('is off unless asked for, and never holds a query, where tokens may be', () => {
    const slots = { ingest: [null], timeline: [null], 'push-gateway': [null] };
    expect(renderConfig(settings, slots)).not.toContain('log-format');
    const text = renderConfig({ ...settings, accessLog: true }, slots);
    expect(text).toContain('%{+Q,+E}HPO');
    expect(text).not.toMatch(/%(\{[^}]*\})?(HU|HQ|r)\b/);
  });
});

describe('slots', () => {
  it('are kept by their members, freed by those who leave, and given to new ones', () => {
    const first = placeMembers(emptySlots(3), [at(1), at(2)]);
    expect(ports(first.slots)).toEqual([1, 2, null]);
    const second = placeMembers(first.slots, [at(2), at(3)]);
    expect(ports(second.slots)).toEqual([null, 2, 3]);
    expect(ports(placeMembers(second.slots, [at(4), at(3), at(2)]).slots)).toEqual([4, 2, 3]);
  });

  it('are too few for some, who are counted', () => {
    expect(placeMembers(emptySlots(1), [at(1), at(2), at(2)])).toEqual({ slots: [at(1)], unplaced: 1 });
  });

  it('hold exactly the members, each once, whatever came before', () => {
    const members = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(members, { minLength: 1, maxLength: 10 }), (steps) => {
        let slots = emptySlots(8);
        for (const step of steps) {
          const before = slots;
          slots = placeMembers(slots, step.map(at)).slots;
          const held = ports(slots).filter((port) => port !== null);
          expect(held.sort((a, b) => a - b)).toEqual([...step].sort((a, b) => a - b));
          before.forEach((slot, index) => {
            if (slot !== null && step.includes(slot.port)) expect(slots[index]).toEqual(slot);
          });
        }
      }),
    );
  });
});

describe('the commands from one placement to the next', () => {
  it('are none where nothing changes', () => {
    expect(slotCommands('ingest', [at(1), null], [at(1), null])).toEqual([]);
  });

  it('put a leaver into maintenance, and a new one in its place', () => {
    expect(slotCommands('ingest', [at(1), at(2), null], [null, at(3), at(4)])).toEqual([
      'set server ingest/slot0 state maint',
      'set server ingest/slot1 state maint',
      'set server ingest/slot1 addr 127.0.0.1 port 3',
      'set server ingest/slot1 state ready',
      'set server ingest/slot2 addr 127.0.0.1 port 4',
      'set server ingest/slot2 state ready',
    ]);
  });

  it('say everything when it is not known what HAProxy has', () => {
    expect(slotCommands('ingest', null, [null, at(3)])).toEqual([
      'set server ingest/slot0 state maint',
      'set server ingest/slot1 addr 127.0.0.1 port 3',
      'set server ingest/slot1 state ready',
    ]);
  });

  it('never hold a host that could smuggle in another command', () => {
    expect(['127.0.0.1', 'a-b.example', '2001:db8::1'].map(isSafeHost)).toEqual([true, true, true]);
    expect(['', 'a b', 'a;shutdown', 'a\nb', '-x'].map(isSafeHost)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("HAProxy's answers", () => {
  it('are refusals or not', () => {
    expect(isRefusal('\n')).toBe(false);
    expect(
      isRefusal(
        "IP changed from '127.0.0.1' to '127.0.0.2', no need to change the port by 'stats socket command'\n\n",
      ),
    ).toBe(false);
    expect(isRefusal('No such server.\n\n')).toBe(true);
    expect(isRefusal("Unknown command: 'x'")).toBe(true);
  });

  it('give the figures of backends', () => {
    const csv =
      '# pxname,svname,qcur,scur,act,hrsp_2xx,hrsp_5xx,wretr,wredis,\npublic,FRONTEND,,9,,1,2,,,\ningest,slot0,0,1,1,5,0,0,0,\ningest,BACKEND,3,4,2,7,1,6,5,\n';
    expect(parseStats(csv)).toEqual([
      {
        backend: 'ingest',
        waiting: 3,
        sessions: 4,
        up: 2,
        responses: { '1xx': 0, '2xx': 7, '3xx': 0, '4xx': 0, '5xx': 1 },
        retries: 6,
        redispatches: 5,
      },
    ]);
    expect(parseStats('')).toEqual([]);
  });
});
