import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import { parseConfig, type ServerConfig } from './schema.js';

/** A larger config file is not read, bytes. */
const CONFIG_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Reads a config file, JSON or YAML (every JSON file is a YAML file). An empty path gives the defaults.
 * Throws an error that names the file, and the field where one is wrong.
 */
export async function loadConfig(path: string): Promise<ServerConfig> {
  if (path === '') return parseConfig({});
  try {
    const { size } = await stat(path);
    if (size > CONFIG_BYTES_MAX)
      throw new Error(`${size} bytes are not allowed; allowed are at most ${CONFIG_BYTES_MAX}`);
    return parseConfig(parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new Error(`config file ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** In one line: the YAML parser shows the place in the file below what it says. */
function reasonOf(cause: unknown): string {
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return line.replace(/:$/, '');
}
