import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunnerLogger } from './types.js';

/**
 * A run is held by a coordinator: a small shell in a session of its own, with the rights of the runner and a clean
 * environment. It outlives the runner, and writes into the run's folder, where the task's user cannot:
 *
 *     coordinator   <boot id> <its line of /proc/PID/stat>
 *     pid           the same of the process, written by itself before anything of the task runs. It is created only if it does
 *                   not exist, so exactly one of the two has the run: the process, or a runner that gave it up
 *     exit          <status> exit|signal; `setsid` tells an exit with 137 from a SIGKILL, which a shell's `$?` does not
 *
 * A record counts once its line has its end. Nothing is forked to write one: it works where no process can be started.
 */
const COORDINATOR = `
set -Cf
run=$1 child=$2 launch=$3 destination=$4 sandbox=$5 logs=$6; shift 6
read -r boot </proc/sys/kernel/random/boot_id; read -r stat </proc/$$/stat
echo "$boot $stat" >"$run/coordinator" || exit 1
supervise() {
  setsid --fork --wait /bin/sh -c "$child" thermos-process "$run" "$launch" "$destination" "$sandbox" "$logs" "$@" \\
    3<"$run/command" 5>&2 2>|"$run/abnormal"
  status=$? how=exit
  [ ! -s "$run/abnormal" ] || how=signal
  echo "$status $how" >"$run/exit"
}
if [ "$destination" = both ]; then
  "$@" mkdir -p -- "$logs"
  {
    {
      supervise "$@" 2>&1 >&4 4>&- 6>&- | "$@" tee -ap -- "$logs/stderr" >&6 4>&-
    } 4>&1 | "$@" tee -ap -- "$logs/stdout" 6>&-
  } 6>&2
else
  supervise "$@"
fi
`;

/** In the process's session, still with the runner's rights. */
const CHILD = `
set -Cf
run=$1 launch=$2 destination=$3 sandbox=$4 logs=$5; shift 5
read -r boot </proc/sys/kernel/random/boot_id; read -r stat </proc/$$/stat
echo "$boot $stat" >"$run/pid" || exit 125
exec 2>&5 5>&-
exec "$@" /bin/bash -c "$launch" thermos-launch "$sandbox" "$destination" "$logs"
`;

/** With the rights of the task's user: whatever the sandbox holds, nothing of the runner's is written through it. */
const LAUNCH = `
mapfile -d '' -t command <&3; exec 3<&-
cd -- "$1" || exit 125
case $2 in
  file) mkdir -p -- "$3" && exec >>"$3/stdout" 2>>"$3/stderr" || exit 125 ;;
  none) exec >/dev/null 2>&1 ;;
esac
# Whatever else was inherited is none of the task's business.
for fd in /proc/self/fd/*; do fd=\${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done
exec env -i -- "\${command[@]}"
`;

/** The path of whoever runs with the runner's rights; the task's own is in its environment. */
export const TRUSTED_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Launch {
  /** The run's folder in the checkpoint; exists. */
  readonly run: string;
  readonly cmdline: string;
  readonly env: Readonly<Record<string, string>>;
  readonly destination: RunnerLogger['destination'];
  readonly sandbox: string;
  /** The run's folder of logs in the sandbox. */
  readonly logs: string;
  /** Put before a command, they make it run as the task's user; empty = as the runner. */
  readonly as: readonly string[];
}

/** Starts a coordinator and returns at once; `onEnd` is called when it has ended or could not be started. */
export function startCoordinator(launch: Launch, onEnd: (error: Error | null) => void): void {
  const { run, destination, sandbox, logs, as, env, cmdline } = launch;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const words = [...variables, '/bin/bash', '-c', cmdline];
  // In a file, not in arguments: those are for everybody to read.
  writeFileSync(join(run, 'command'), words.map((word) => `${word}\0`).join(''), { mode: 0o600 });
  const errors = openSync(join(run, 'errors'), 'a', 0o600);
  try {
    const isConsole = destination === 'console' || destination === 'both';
    const args = [
      '-c',
      COORDINATOR,
      'thermos-coordinator',
      run,
      CHILD,
      LAUNCH,
      destination,
      sandbox,
      logs,
      ...as,
    ];
    const child = spawn('/bin/sh', args, {
      cwd: '/',
      env: { PATH: TRUSTED_PATH, LC_ALL: 'C' },
      detached: true,
      stdio: isConsole ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'ignore', errors],
    });
    child.once('error', onEnd);
    child.once('exit', () => onEnd(null));
    child.unref();
  } finally {
    closeSync(errors);
  }
}
