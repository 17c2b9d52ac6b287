import { acceptsType, asciiJson, isCallback, readTarget } from '../../src/http/route-core.js';

describe('the target of a request', () => {
  it.each([
    ['/state', '/state'],
    ['/state/', '/state'],
    ['/master/state', '/state'],
    ['/master/frameworks/?framework_id=a', '/frameworks'],
    ['/master', '/'],
    ['/', '/'],
    ['/masterful', '/masterful'],
    ['/api/v1/scheduler', '/api/v1/scheduler'],
  ])('of %s is %s', (url, path) => {
    expect(readTarget(url, 'master')?.path).toBe(path);
  });
  it.each(['/slave(1)/state', '/slave%281%29/state/', '/state'])('knows the agent by slave(1): %s', (url) => {
    expect(readTarget(url, 'slave(1)')?.path).toBe('/state');
  });
  it('keeps the query, decoded', () => {
    expect(readTarget('/files/read?path=%2Fa%20b&offset=1', 'master')?.query.get('path')).toBe('/a b');
  });
  it('is null where escapes are broken', () => {
    expect(readTarget('/%zz', 'master')).toBeNull();
  });
});

describe('JSON for naive clients', () => {
  it('is one line of ASCII', () => {
    const text = asciiJson({ a: 'ü\n😀\u007f' });
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual({ a: 'ü\n😀\u007f' });
  });
  it('goes into callbacks that are names and nothing else', () => {
    expect(['angular.callbacks._0', 'cb', '$a'].every(isCallback)).toBe(true);
    expect(['', 'a b', 'alert(1)//', 'a..b', 'a'.repeat(129)].some(isCallback)).toBe(false);
  });
});

describe('the Accept header', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['*/*', true],
    ['application/*;q=0.5', true],
    ['text/html, application/json', true],
    ['text/html', false],
    ['application/json;q=0', false],
    ['application/x-protobuf', false],
  ])('%s: %s', (accept, wanted) => {
    expect(acceptsType(accept, 'application/json')).toBe(wanted);
  });
});
