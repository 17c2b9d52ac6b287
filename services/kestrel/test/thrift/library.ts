import { createRequire } from 'node:module';
import { jest } from '@jest/globals';

/**
 * Thrift's library requires `uuid`, an ES module, which Jest's `require` cannot do. Nothing here has a UUID in it, so
 * tests do without. To be called before the library is loaded.
 */
export function doWithoutUuid(): void {
  const require = createRequire(import.meta.url);
  const ofThrift = createRequire(require.resolve('thrift'));
  const none = (): never => {
    throw new Error('a UUID, here?');
  };
  jest.doMock(ofThrift.resolve('uuid'), () => ({ parse: none, stringify: none }));
}
