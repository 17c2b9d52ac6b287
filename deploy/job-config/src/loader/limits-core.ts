/** Bounds of a load. What is beyond them is an error with a message, never a wait. */

const MIB = 1024 * 1024;

/** Time for evaluating one file, what it includes and the jobs it makes; the start of Python does not count. */
export const LOAD_TIMEOUT_MS = 10_000;
/** A config that swallows the interrupt at its time-out is killed after so long. */
export const KILL_AFTER_MS = 2_000;
/** Interrupts come again at this distance, until one is not swallowed. */
export const INTERRUPT_EVERY_MS = 250;
/** Time for the start of Python, from a snapshot or without. Generous: it is for machines that stall, not for configs. */
export const START_TIMEOUT_MS = 120_000;
/** Memory that a config may take beyond what Python takes by itself. */
export const MEMORY_MAX_BYTES = 256 * MIB;
/** The whole process's resident memory: Node.js, Python, and the above. */
export const RSS_MAX_BYTES = 1024 * MIB;
/** How often the resident memory is looked at while a config runs. */
export const RSS_CHECK_MS = 250;
/** JavaScript's own heap of the child, in MiB: it carries requests and answers. */
export const HEAP_MAX_MIB = 512;

/** A config, and any file that it includes or opens. */
export const FILE_BYTES_MAX = MIB;
/** Files that one evaluation may read. */
export const FILES_MAX = 1_000;
/** A file of JSON jobs. */
export const JSON_BYTES_MAX = 16 * MIB;
/** One message between loader and child. The prelude bounds its answer to a quarter of it. */
export const MESSAGE_CHARS_MAX = 64 * MIB;
/** Errors of one load. */
export const LOAD_ERRORS_MAX = 100;
/** What is kept of the child's stderr, for the message when it dies. */
export const STDERR_CHARS_MAX = 2_000;
/** Bindings and variables of the environment that are passed to a config, each. */
export const NAMES_MAX = 1_000;
/** Candidates that are listed when a key selects none or several. */
export const CANDIDATES_MAX = 20;
