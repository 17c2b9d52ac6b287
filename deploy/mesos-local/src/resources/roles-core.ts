/** Roles are paths, `a/b`: what is reserved for `a` may go to `a` and to everything below it. `*` is nobody's. */

/** Why this is no role name, or null; the rules and sentences of Mesos. */
export function validateRole(role: string): string | null {
  if (role === '*') return null;
  if (role === '') return 'Role names cannot be the empty string';
  if (role.startsWith('/')) return `Role '${role}' cannot start with a slash`;
  if (role.endsWith('/')) return `Role '${role}' cannot end with a slash`;
  if (role.includes('//')) return `Role '${role}' cannot contain two adjacent slashes`;
  for (const component of role.split('/')) {
    if (component === '.' || component === '..' || component === '*') {
      return `Role '${role}' cannot include '${component}' as a component`;
    }
    if (component.startsWith('-')) {
      return `Role component '${component}' is invalid because it starts with a dash`;
    }
    if (/[\t\n\v\f\r \x7f]/.test(component)) {
      return `Role component '${component}' is invalid because it contains backspace or whitespace`;
    }
  }
  return null;
}

export function isStrictSubrole(role: string, ancestor: string): boolean {
  return role.length > ancestor.length && role.startsWith(ancestor) && role[ancestor.length] === '/';
}

export function isInSubtree(role: string, ancestor: string): boolean {
  return role === ancestor || isStrictSubrole(role, ancestor);
}
