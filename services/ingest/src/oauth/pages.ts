/** The pages of the log-in: plain HTML, no script, one small sheet of style that the CSP names by its hash. */
import { createHash } from 'node:crypto';
import { escapeHtml } from '@murmur/model';

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #5b6478; --line: #d5d9e3; --edge: #7b8397; --card: #fff; --ground: #eef1f7; --accent: #3a4fd0; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf4; --soft: #a2abc0; --line: #363e50; --edge: #79829a; --card: #1b202c; --ground: #11141c; --accent: #8c9bff; --bad: #ff9a92; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 28rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
ul { margin: 0 0 1.25rem; padding-left: 1.2rem; }
label { display: block; margin: 0 0 .9rem; font-weight: 600; font-size: .9rem; }
input { display: block; width: 100%; margin-top: .3rem; padding: .6rem .7rem; font: inherit; font-size: 1rem; font-weight: 400; color: inherit;
  background: transparent; border: 1px solid var(--edge); border-radius: 8px; }
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
button { width: 100%; padding: .65rem; font: inherit; font-weight: 600; border: 1px solid var(--accent); border-radius: 8px;
  background: var(--accent); color: var(--card); cursor: pointer; }
button.quiet { margin-top: .6rem; background: transparent; color: var(--accent); border-color: transparent; }
.bad { color: var(--bad); font-weight: 600; }
code { display: block; padding: .8rem .5rem; margin: 0; text-align: center; font: .85rem/1.4 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere;
  border: 1px dashed var(--edge); border-radius: 8px; user-select: all; }
main > :last-child { margin-bottom: 0; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing but this page's own style; forms go home, and then where the app's redirect leads. */
export function contentSecurityPolicy(formAction: string | null): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action 'self'${formAction === null ? '' : ` ${formAction}`}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Murmur</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** What an app may do, in a person's words. */
const SCOPE_WORDS: Readonly<Record<string, string>> = {
  read: 'read everything you can read',
  write: 'post, delete and change things for you',
  follow: 'follow and unfollow accounts for you',
  push: 'send you notifications',
  profile: 'see who you are',
};

function scopeWords(scope: string): string {
  const [kind = '', part] = scope.split(':');
  return part === undefined
    ? (SCOPE_WORDS[scope] ?? scope)
    : `${kind === 'read' ? 'read' : 'change'} your ${part}`;
}

export interface LoginPage {
  readonly appName: string;
  readonly scopes: string;
  readonly signedRequest: string;
  /** Shown again after a wrong password. */
  readonly login: string;
  readonly problem: string | null;
}

export function loginPage({ appName, scopes, signedRequest, login, problem }: LoginPage): string {
  const list = scopes.split(' ').map((scope) => `<li>${escapeHtml(scopeWords(scope))}</li>`);
  // After a wrong password one types that again, and hears why.
  const focus = {
    login: problem === null ? ' autofocus' : '',
    password: problem === null ? '' : ' autofocus',
  };
  const described = problem === null ? '' : ' aria-invalid="true" aria-describedby="problem"';
  return page(
    `Authorize ${appName}`,
    `<h1>Authorize ${escapeHtml(appName)}?</h1>
<p>It will be able to:</p>
<ul>${list.join('')}</ul>
${problem === null ? '' : `<p class="bad" id="problem" role="alert">${escapeHtml(problem)}</p>`}
<form method="post" action="/oauth/authorize">
<input type="hidden" name="request" value="${escapeHtml(signedRequest)}">
<label>User name or e-mail
<input type="text" name="username" value="${escapeHtml(login)}" autocomplete="username" autocapitalize="none" spellcheck="false" required${focus.login}></label>
<label>Password
<input type="password" name="password" autocomplete="current-password" required${focus.password}${described}></label>
<button type="submit">Log in and authorize</button>
<button class="quiet" type="submit" name="decision" value="deny" formnovalidate>Refuse</button>
</form>`,
  );
}

export function codePage(appName: string, code: string): string {
  return page(
    'Your code',
    `<h1>Your code</h1>
<p>Copy it into ${escapeHtml(appName)}. It works once, within five minutes.</p>
<code id="code">${escapeHtml(code)}</code>`,
  );
}

export function errorPage(message: string): string {
  return page(
    'This did not work',
    `<h1>This did not work</h1>\n<p class="bad" role="alert">${escapeHtml(message)}</p>`,
  );
}
