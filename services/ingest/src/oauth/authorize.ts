/**
 * The log-in page. There is no session and no cookie: the form carries the request, signed, and the log-in comes
 * with it, so a forged form has no authority to borrow; and a form from another site is refused by its Origin.
 */
import { asApiError, ApiError, asyncRoute, requestFields } from '@murmur/public-api';
import type { OauthApp } from '@murmur/store';
import type { ErrorRequestHandler, Request, Response, Router } from 'express';
import { newSecret, signer, type Signer } from '../secrets.js';
import type { Tools } from '../tools.js';
import { OOB } from './app-core.js';
import { decideAuthorize, formActionSource, withParams, type AuthorizeRequest } from './authorize-core.js';
import { codePage, contentSecurityPolicy, errorPage, loginPage } from './pages.js';

/** How long a page may stay open before its form is too old, ms. */
export const FORM_MS = 15 * 60_000;
/** A code is exchanged at once by a program, or typed by a person. */
export const CODE_MS = 5 * 60_000;
/** A user name, or an e-mail address. */
const LOGIN_CHARACTERS_MAX = 254;
/** More than a password may have; the check is that of the hash. */
const PASSWORD_CHARACTERS_MAX = 1000;

interface SignedForm extends AuthorizeRequest {
  readonly expiresAtMs: number;
}

export function authorizeRoutes(router: Router, tools: Tools): void {
  const forms = signer(tools.clusterKey, 'oauth authorize form');
  router.get(
    '/oauth/authorize',
    asyncRoute((req, res) => show(tools, forms, req, res)),
  );
  router.post(
    '/oauth/authorize',
    asyncRoute((req, res) => logIn(tools, forms, req, res)),
  );
  router.use('/oauth/authorize', pageErrors(tools));
}

async function show(tools: Tools, forms: Signer, req: Request, res: Response): Promise<void> {
  const fields = requestFields(req);
  const app = await appOf(tools, fields.string('client_id'));
  const decision = decideAuthorize(fields, app);
  switch (decision.kind) {
    case 'refuse':
      sendPage(res, 400, errorPage(decision.message));
      return;
    case 'redirect':
      redirect(res, decision.to);
      return;
    case 'form':
      sendForm(res, 200, forms, { app, login: '', problem: null }, sign(tools, decision.request));
  }
}

const sign = (tools: Tools, request: AuthorizeRequest): SignedForm => ({
  ...request,
  expiresAtMs: tools.now() + FORM_MS,
});

async function logIn(tools: Tools, forms: Signer, req: Request, res: Response): Promise<void> {
  refuseForeignForm(req);
  const fields = requestFields(req);
  const opened = forms.open(fields.string('request') ?? '');
  const form = opened === null ? null : (JSON.parse(opened) as SignedForm);
  if (form === null || form.expiresAtMs < tools.now())
    throw new ApiError('malformed', { error: 'This page is too old. Go back to the app and log in again.' });
  const app = await appOf(tools, form.clientId);
  if (app === null || !app.redirectUris.includes(form.redirectUri))
    throw new ApiError('malformed', { error: 'The app is not registered any more.' });
  if (fields.string('decision') === 'deny') {
    deny(res, form);
    return;
  }
  const login = fields.string('username', { charactersMax: LOGIN_CHARACTERS_MAX })?.trim() ?? '';
  const password = fields.string('password', { charactersMax: PASSWORD_CHARACTERS_MAX }) ?? '';
  const account = login === '' ? null : await tools.store.credentials(login);
  const right = await tools.passwords.verify(password, account?.passwordHash ?? null);
  if (account === null || !right) {
    tools.metrics.refused('wrong_password');
    const problem = 'User name or password is wrong.';
    sendForm(res, 401, forms, { app, login, problem }, form);
    return;
  }
  const code = newSecret();
  await tools.store.createCode({
    codeSha256: code.sha256,
    appId: app.id,
    accountId: account.accountId,
    redirectUri: form.redirectUri,
    scopes: form.scopes,
    codeChallenge: form.codeChallenge,
    expiresAtMs: tools.now() + CODE_MS,
  });
  if (form.redirectUri === OOB) sendPage(res, 200, codePage(app.name, code.text));
  else redirect(res, withParams(form.redirectUri, { code: code.text, state: form.state }));
}

async function appOf(tools: Tools, clientId: string | null): Promise<OauthApp | null> {
  return clientId === null || clientId === '' || clientId.length > 128
    ? null
    : tools.store.appByClientId(clientId);
}

/** Browsers say where a form comes from; programs say nothing. */
function refuseForeignForm(req: Request): void {
  const from = req.get('origin');
  if (from === undefined) return;
  const host = URL.canParse(from) ? new URL(from).host : null;
  if (host !== req.headers.host)
    throw new ApiError('forbidden', {
      error: 'This form came from another site. Go back to the app and log in again.',
    });
}

function deny(res: Response, form: SignedForm): void {
  if (form.redirectUri === OOB) sendPage(res, 200, errorPage('You refused. Nothing was authorized.'));
  else redirect(res, withParams(form.redirectUri, { error: 'access_denied', state: form.state }));
}

interface FormView {
  readonly app: OauthApp | null;
  readonly login: string;
  readonly problem: string | null;
}

function sendForm(res: Response, status: number, forms: Signer, view: FormView, form: SignedForm): void {
  const { login, problem } = view;
  const signedRequest = forms.sign(JSON.stringify(form));
  const html = loginPage({
    appName: view.app?.name ?? '',
    scopes: form.scopes,
    signedRequest,
    login,
    problem,
  });
  sendPage(res, status, html, formActionSource(form.redirectUri));
}

function sendPage(res: Response, status: number, html: string, formAction: string | null = null): void {
  res.set({
    'Content-Security-Policy': contentSecurityPolicy(formAction),
    'Cache-Control': 'no-store',
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    // Not `no-referrer`: with that, browsers hide the Origin of the form as well.
    'Referrer-Policy': 'same-origin',
  });
  res.status(status).type('text/html').send(html);
}

function redirect(res: Response, to: string): void {
  res.set('Cache-Control', 'no-store');
  res.redirect(302, to);
}

/** Errors of these routes are for people. */
function pageErrors(tools: Tools): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = asApiError(thrown);
    if (error.code === 'internal' || res.headersSent) {
      next(thrown);
      return;
    }
    tools.metrics.refused(error.code);
    tools.log.debug({ code: error.code, path: req.path }, 'log-in page refused');
    if (error.retryAfterSeconds !== null) res.set('Retry-After', String(error.retryAfterSeconds));
    sendPage(res, error.status, errorPage(error.message));
  };
}
