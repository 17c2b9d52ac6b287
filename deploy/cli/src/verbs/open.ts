import { openBrowser, pageOf } from '../browser.js';
import type { Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';

const PARTS_MAX = 4;

/** `job open`: prints the page's URL, and asks the browser for it. */
export const open: Verb = async (context) => {
  const key = context.arg(0);
  const [cluster = '', ...parts] = key.split('/');
  if (cluster === '' || parts.length >= PARTS_MAX || parts.includes(''))
    throw new CliError('USAGE', `job key "${key}": allowed is cluster[/role[/environment[/name]]]`);
  const url = pageOf(await context.session(cluster), parts);
  context.out.line(url);
  openBrowser(context.io, url);
  return EXIT.OK;
};
