/**
 * What tests import as `fast-check`: their lists and texts are as long as `maxLength` allows. By its own default they are ten long at the most,
 * so that a history of 300 steps would never be tried.
 */
import fc from './node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true });

export * from './node_modules/fast-check/lib/fast-check.js';
export default fc;
