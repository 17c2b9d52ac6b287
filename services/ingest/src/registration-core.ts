import { characters } from './text-core.js';
import { invalidFields, type ErrorDetails, type FieldErrorCode, type FieldReader } from '@murmur/public-api';

export const PASSWORD_CHARACTERS_MIN = 8;
export const PASSWORD_CHARACTERS_MAX = 128;
const USERNAME = /^[A-Za-z0-9_]{1,30}$/;
/** One @, something on both sides, no white space: whether it works only a message to it can tell. */
const EMAIL = /^[^\s@<>()",;:\\]{1,64}@[^\s@<>()",;:\\]{1,189}$/;

export interface Registration {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

type Problem = readonly [field: string, error: FieldErrorCode, description: string];

/** Throws one 422 that lists everything that is wrong. */
export function readRegistration(fields: FieldReader): Registration {
  const username = fields.string('username') ?? '';
  const email = (fields.string('email') ?? '').trim();
  const password = fields.string('password') ?? '';
  const problems = [
    ...usernameProblems(username),
    ...emailProblems(email),
    ...passwordProblems(password),
    ...agreementProblems(fields.boolean('agreement')),
  ];
  if (problems.length > 0) throw invalidFields(detailsOf(problems));
  return { username, email, password };
}

export function taken(field: 'username' | 'email'): Error {
  return invalidFields(detailsOf([[field, 'ERR_TAKEN', 'has already been taken']]));
}

function usernameProblems(username: string): Problem[] {
  if (username === '') return [['username', 'ERR_BLANK', "can't be blank"]];
  if (USERNAME.test(username)) return [];
  const allowed = 'allowed are 1 to 30 letters a-z and A-Z, digits and underscores';
  return [['username', 'ERR_INVALID', `is ${JSON.stringify(username.slice(0, 40))}, ${allowed}`]];
}

function emailProblems(email: string): Problem[] {
  if (email === '') return [['email', 'ERR_BLANK', "can't be blank"]];
  return EMAIL.test(email) ? [] : [['email', 'ERR_INVALID', 'is no e-mail address, allowed is name@host']];
}

/** The value is not repeated: it would end up in logs. */
function passwordProblems(password: string): Problem[] {
  if (password === '') return [['password', 'ERR_BLANK', "can't be blank"]];
  const length = characters(password);
  const allowed = `allowed are ${PASSWORD_CHARACTERS_MIN} to ${PASSWORD_CHARACTERS_MAX}`;
  if (length < PASSWORD_CHARACTERS_MIN)
    return [['password', 'ERR_TOO_SHORT', `has ${length} characters, ${allowed}`]];
  if (length > PASSWORD_CHARACTERS_MAX)
    return [['password', 'ERR_TOO_LONG', `has ${length} characters, ${allowed}`]];
  return [];
}

function agreementProblems(agreement: boolean | null): Problem[] {
  return agreement === true ? [] : [['agreement', 'ERR_ACCEPTED', 'must be accepted, allowed is true']];
}

function detailsOf(problems: readonly Problem[]): ErrorDetails {
  const entry = ([, error, description]: Problem) => ({ error, description });
  return Object.fromEntries(
    problems.map((problem) => [problem[0], problems.filter(([field]) => field === problem[0]).map(entry)]),
  );
}
