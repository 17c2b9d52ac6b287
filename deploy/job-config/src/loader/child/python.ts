import { loadPyodide } from 'pyodide';

/** The only file that knows Pyodide. */

export interface Python {
  /** Gives a request to the prelude; its answer is JSON. */
  evaluate(request: string): string;
  /** The memory of this Python, for `snapshot`. Only of one that was started with `forSnapshot`. */
  memory(): Uint8Array;
  /** Bytes of WebAssembly memory. */
  memoryBytes(): number;
}

export interface PythonOptions {
  readonly prelude: string;
  readonly boot: string;
  readonly snapshot: Uint8Array | null;
  readonly forSnapshot: boolean;
  /** Answers a line that the prelude writes to its device. */
  readonly ask: (line: string) => string;
  /** Whether an interrupt is due. Asked every few dozen instructions. */
  readonly interrupted: () => boolean;
}

const DEVICE = '/dev/loader';
/** A number that no other device has. */
const DEVICE_MAJOR = 71;
/** SIGINT, as Python's signal handling knows it. */
const INTERRUPT = 2;
const NEWLINE = 10;
const READ_WRITE = 0o666;

/** What is used of Emscripten's file system. */
interface FileSystem {
  makedev(major: number, minor: number): number;
  registerDevice(device: number, ops: DeviceOps): void;
  mkdev(path: string, mode: number, device: number): void;
}
interface DeviceOps {
  read(stream: unknown, buffer: Int8Array, offset: number, length: number): number;
  write(stream: unknown, buffer: Int8Array, offset: number, length: number): number;
}
interface PyodideInternals {
  readonly FS: FileSystem;
  readonly globals: { get(name: string): unknown; set(name: string, value: unknown): void };
  readonly _module: { readonly HEAP8: Int8Array };
  runPython(code: string): unknown;
  setInterruptBuffer(buffer: object): void;
  makeMemorySnapshot(): Uint8Array;
}

/** Starts Python with the prelude in it: from a snapshot in about a third of a second, else in a few. */
export async function startPython(options: PythonOptions): Promise<Python> {
  const pyodide = (await loadPyodide({
    // Nothing of JavaScript: neither globals, nor the environment, nor stdin.
    jsglobals: {},
    env: { HOME: '/' },
    stdin: () => null,
    stdout: () => undefined,
    stderr: () => undefined,
    ...(options.snapshot === null ? {} : { _loadSnapshot: options.snapshot }),
    ...(options.forSnapshot ? { _makeSnapshot: true } : {}),
  })) as unknown as PyodideInternals;
  if (options.snapshot === null) {
    pyodide.globals.set('given', options.prelude);
    pyodide.runPython(`${options.boot}\nanswer = boot(given)\ndel given`);
  }
  makeDevice(pyodide.FS, options.ask);
  // The buffer: an object that looks like the memory with the signal's number, so no second thread is needed to write into one.
  if (!options.forSnapshot) {
    pyodide.setInterruptBuffer({
      get 0() {
        return options.interrupted() ? INTERRUPT : 0;
      },
      set 0(_: number) {
        // Python acknowledges; the next reading decides anew.
      },
    });
  }
  return {
    evaluate: (request) => {
      const answer = pyodide.globals.get('answer') as (request: string) => string;
      return answer(request);
    },
    memory: () => pyodide.makeMemorySnapshot(),
    memoryBytes: () => pyodide._module.HEAP8.byteLength,
  };
}

/** A device of which each line written is a question and what is read next is its answer. */
function makeDevice(fs: FileSystem, ask: (line: string) => string): void {
  let question: number[] = [];
  let answer = Buffer.alloc(0);
  const device = fs.makedev(DEVICE_MAJOR, 0);
  fs.registerDevice(device, {
    write: (_stream, buffer, offset, length) => {
      const bytes = Buffer.from(buffer.subarray(offset, offset + length));
      for (const byte of bytes) {
        if (byte !== NEWLINE) question.push(byte);
        else {
          const line = Buffer.from(question).toString('utf8');
          question = [];
          answer = Buffer.from(`${ask(line)}\n`);
        }
      }
      return length;
    },
    read: (_stream, buffer, offset, length) => {
      const part = answer.subarray(0, length);
      buffer.set(part, offset);
      answer = answer.subarray(part.length);
      return part.length;
    },
  });
  fs.mkdev(DEVICE, READ_WRITE, device);
}
