import { ContainerLaunchError } from './types.js';

/** What the supervising shell and the container's programs are found by; a container may set its own. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Tells the processes of one container from all others where there is no cgroup, and where one left its cgroup. */
export const MARKER = 'MURMUR_CONTAINER';

/**
 * The supervising shell: `sh -c SUPERVISOR murmur-container META COUNT FILE... COMMAND...`. Arguments are data, nothing is
 * pasted into the text. It stays outside of the container, so that neither its limits nor its end touch it: the subshell
 * joins the cgroups, tells its line of /proc/PID/stat on descriptor 4, and becomes the command. Descriptor 2 is the
 * file `note`: a shell writes there when a command was ended by a signal, and only by that can `exit 137` be told from
 * SIGKILL. Descriptor 3 is the container's stderr. The end is recorded by one write of one line, which is read after the
 * shell has ended: a program such as mv would carry the container's marker, and could be taken for a part of it.
 */
export const SUPERVISOR = `
meta=$1 files=$2
shift 2
trap : HUP INT QUIT TERM
(
  while [ "$files" -gt 0 ]; do
    { echo 0 > "$1"; } 2>&3 || { echo "error cannot join the cgroup $1" >&4; exit 125; }
    shift
    files=$((files - 1))
  done
  read -r line < /proc/self/stat
  echo "$line" >&4
  exec "$@" 2>&3 3>&- 4>&-
)
status=$?
how=exit
if [ -s "$meta/note" ]; then how=signal; fi
printf '%s %s\\n' "$status" "$how" > "$meta/exit"
exit 0
`;

/** A shell says nothing of these two, so they are always taken for signals: SIGINT and SIGPIPE. */
const SILENT_SIGNALS = new Set([128 + 2, 128 + 13]);
const SIGNALLED = 128;

/** waitpid's word of what the supervising shell has recorded (`137 signal`); null for anything else. */
export function parseExit(text: string): number | null {
  const match = /^(\d{1,3}) (exit|signal)\n$/.exec(text);
  if (match === null) return null;
  const status = Number(match[1]);
  const signalled = status > SIGNALLED && (match[2] === 'signal' || SILENT_SIGNALS.has(status));
  return signalled ? status - SIGNALLED : status << 8;
}

/** Names that a shell takes for its own, or adds to the environment. */
const SHELL_NAMES = new Set([
  ...['PWD', 'OLDPWD', 'SHLVL', 'OPTIND', 'PPID', 'UID', 'EUID', 'LINENO', 'IFS', 'PS1', 'PS2', 'PS4'],
  ...['_', 'SHELLOPTS', 'BASHOPTS', 'BASH_VERSINFO', 'BASH_ARGC', 'BASH_ARGV', 'BASH_ENV', 'ENV', 'RANDOM'],
]);
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The text that the container's own shell reads from its stdin (`sh -s -- COMMAND...`), already as the task's user: it
 * sets the environment and becomes the command. The environment thereby is in no argument list that others can read, and
 * the agent's own programs never run under it (LD_PRELOAD). All in one group: a text cut short runs nothing.
 * Throws ContainerLaunchError for a name or value that an environment cannot hold.
 */
export function environmentScript(env: Readonly<Record<string, string>>, argv: readonly string[]): string {
  const odd: string[] = [];
  const lines: string[] = ['unset PWD OLDPWD SHLVL'];
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
      throw new ContainerLaunchError(
        `environment: the variable ${JSON.stringify(name)} has an empty name or holds "=" or NUL`,
      );
    }
    if (PLAIN_NAME.test(name) && !SHELL_NAMES.has(name)) lines.push(`export ${name}=${quote(value)}`);
    else odd.push(quote(`${name}=${value}`));
  }
  checkArgv(argv, odd.length > 0);
  const through = odd.length === 0 ? '' : `env ${odd.join(' ')} `;
  return `{\n${lines.join('\n')}\nexec ${through}"$@" </dev/null\n}\n`;
}

function checkArgv(argv: readonly string[], throughEnv: boolean): void {
  const [program] = argv;
  if (program === undefined || program === '') throw new ContainerLaunchError('command: no program is given');
  if (argv.some((argument) => argument.includes('\0'))) {
    throw new ContainerLaunchError('command: an argument holds NUL');
  }
  if (throughEnv && program.includes('=')) {
    throw new ContainerLaunchError(
      `command: ${program} holds "=", which cannot go with variables that a shell cannot name`,
    );
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether a name can be that of a container: one component of a path, of 1 to 128 letters, digits, `-`, `_`, `.`. */
export function isContainerId(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(name);
}

/** Throws ContainerLaunchError where `isContainerId` says no. */
export function checkContainerId(containerId: string): void {
  if (isContainerId(containerId)) return;
  throw new ContainerLaunchError(
    `containerId: ${JSON.stringify(containerId)} is not 1 to 128 letters, digits, "-", "_", "."`,
  );
}
