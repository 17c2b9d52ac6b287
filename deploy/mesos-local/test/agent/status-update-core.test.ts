import fc from 'fast-check';
import {
  RESEND_MAX_MS,
  UPDATES_PENDING_MAX,
  acknowledgeUpdate,
  newStream,
  pushUpdate,
  replay,
  sent,
  type UpdateRecord,
} from '../../src/agent/status-update-core.js';
import { fromExecutor } from './cores.js';

const empty = () => newStream({ frameworkId: 'F', taskId: 't', containerId: 'c', path: null });

describe("a task's updates", () => {
  it('are taken in order, and a repeat is not taken', () => {
    const stream = empty();
    const [first, second] = [fromExecutor('t', 'TASK_STARTING'), fromExecutor('t', 'TASK_RUNNING')];
    expect(pushUpdate(stream, first)).toEqual([{ update: first }]);
    expect(pushUpdate(stream, second)).toEqual([{ update: second }]);
    expect(pushUpdate(stream, first)).toEqual([]);
    expect(stream.pending).toEqual([first, second]);
  });

  it('are acknowledged one after the other; anything but the one in flight is unexpected', () => {
    const stream = empty();
    const [first, second] = [fromExecutor('t', 'TASK_STARTING'), fromExecutor('t', 'TASK_RUNNING')];
    pushUpdate(stream, first);
    pushUpdate(stream, second);
    expect(acknowledgeUpdate(stream, second.uuid ?? '')).toBe('unexpected');
    expect(acknowledgeUpdate(stream, first.uuid ?? '')).toBe('next');
    expect(acknowledgeUpdate(stream, first.uuid ?? '')).toBe('unexpected');
    expect(acknowledgeUpdate(stream, second.uuid ?? '')).toBe('idle');
    expect(pushUpdate(stream, first)).toEqual([]);
  });

  it('are sent again after 10 s, 20 s, 40 s, and never later than 10 min', () => {
    const stream = empty();
    const waits = Array.from({ length: 9 }, () => sent(stream) / 1000);
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, RESEND_MAX_MS / 1000]);
  });

  it('that nobody acknowledges are bounded: the one in flight and the latest stay', () => {
    const stream = empty();
    const all = Array.from({ length: UPDATES_PENDING_MAX + 3 }, () => fromExecutor('t', 'TASK_RUNNING'));
    for (const status of all) pushUpdate(stream, status);
    expect(stream.pending).toHaveLength(UPDATES_PENDING_MAX);
    expect(stream.pending[0]).toBe(all[0]);
    expect(stream.pending.at(-1)).toBe(all.at(-1));
  });

  it('are after a restart what they were, whatever had happened', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('push', 'repeat', 'ack', 'wrong'), { maxLength: 60 }), (steps) => {
        const stream = empty();
        const file: UpdateRecord[] = [];
        for (const step of steps) {
          const [head] = stream.pending;
          if (step === 'push') file.push(...pushUpdate(stream, fromExecutor('t', 'TASK_RUNNING')));
          else if (step === 'repeat' && head !== undefined) file.push(...pushUpdate(stream, head));
          else if (
            step === 'ack' &&
            head?.uuid !== undefined &&
            acknowledgeUpdate(stream, head.uuid) !== 'unexpected'
          ) {
            file.push({ ack: head.uuid });
          } else if (step === 'wrong') expect(acknowledgeUpdate(stream, 'none')).toBe('unexpected');
        }
        const again = empty();
        replay(again, file);
        expect(again.pending).toEqual(stream.pending);
        expect(again.seen).toEqual(stream.seen);
      }),
    );
  });
});
