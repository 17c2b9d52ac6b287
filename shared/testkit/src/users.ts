/** memcached and mariadbd refuse to run as root unless told so by name. */
export function asRoot(): boolean {
  return process.getuid?.() === 0;
}
