/**
 * The entities of the Mastodon client API, the one place where their shapes are made. Every key is
 * always sent: clients differ in which one they cannot live without.
 * Source: docs.joinmastodon.org/entities, and what real clients were seen to need.
 */
import { escapeHtml, renderContent } from './content.js';
import type { Id } from './ids.js';
import { STATUS_CHARACTERS_MAX, type Account, type Status } from './types.js';

export const VERSION = '0.1.0';
/** Claims no newer Mastodon than what is there: clients switch features on it. */
export const API_VERSION = `4.2.0 (compatible; Murmur ${VERSION})`;

/** The public origin, as the client wrote it: `http://127.0.0.1:8080`. */
export type Origin = string;
export type Entity = Record<string, unknown>;

const iso = (ms: number): string => new Date(ms).toISOString();

export function accountEntity(account: Account, origin: Origin): Entity {
  const avatar = `${origin}/avatars/original/missing.png`;
  const header = `${origin}/headers/original/missing.png`;
  return {
    id: String(account.id),
    username: account.username,
    acct: account.username,
    display_name: account.displayName,
    url: `${origin}/@${account.username}`,
    uri: `${origin}/users/${account.username}`,
    created_at: iso(account.createdAtMs),
    note: renderContent(account.note),
    avatar,
    avatar_static: avatar,
    header,
    header_static: header,
    locked: false,
    bot: false,
    group: false,
    discoverable: null,
    followers_count: account.followersCount,
    following_count: account.followingCount,
    statuses_count: account.statusesCount,
    last_status_at: account.lastStatusAtMs === null ? null : iso(account.lastStatusAtMs).slice(0, 10),
    emojis: [],
    fields: [],
  };
}

export function credentialAccountEntity(account: Account, origin: Origin): Entity {
  return {
    ...accountEntity(account, origin),
    source: {
      privacy: 'public',
      sensitive: false,
      language: null,
      note: account.note,
      fields: [],
      follow_requests_count: 0,
    },
  };
}

export function statusEntity(status: Status, author: Account, origin: Origin): Entity {
  return {
    id: String(status.id),
    created_at: iso(status.createdAtMs),
    account: accountEntity(author, origin),
    content: renderContent(status.text),
    visibility: status.visibility,
    url: `${origin}/@${author.username}/${status.id}`,
    uri: `${origin}/users/${author.username}/statuses/${status.id}`,
    in_reply_to_id: status.inReplyToId === null ? null : String(status.inReplyToId),
    in_reply_to_account_id: status.inReplyToAccountId === null ? null : String(status.inReplyToAccountId),
    sensitive: status.sensitive,
    spoiler_text: escapeHtml(status.spoilerText),
    language: status.language,
    replies_count: status.repliesCount,
    reblogs_count: 0,
    favourites_count: 0,
    edited_at: null,
    reblog: null,
    media_attachments: [],
    mentions: [],
    tags: [],
    emojis: [],
    card: null,
    poll: null,
    favourited: false,
    reblogged: false,
    muted: false,
    bookmarked: false,
    filtered: [],
  };
}

/** What a delete answers: the status with its source text, so that a client can offer "delete and redraft". */
export function deletedStatusEntity(status: Status, author: Account, origin: Origin): Entity {
  return { ...statusEntity(status, author, origin), text: status.text };
}

export interface Relationship {
  readonly id: Id;
  readonly following: boolean;
  readonly followedBy: boolean;
}

export function relationshipEntity(relationship: Relationship): Entity {
  return {
    id: String(relationship.id),
    following: relationship.following,
    showing_reblogs: relationship.following,
    notifying: false,
    languages: null,
    followed_by: relationship.followedBy,
    blocking: false,
    blocked_by: false,
    muting: false,
    muting_notifications: false,
    requested: false,
    requested_by: false,
    domain_blocking: false,
    endorsed: false,
    note: '',
  };
}

export function tokenEntity(token: {
  readonly token: string;
  readonly scopes: string;
  readonly createdAtMs: number;
}): Entity {
  return {
    access_token: token.token,
    token_type: 'Bearer',
    scope: token.scopes,
    created_at: Math.floor(token.createdAtMs / 1000),
  };
}

/** An app as `apps/verify_credentials` names it: nothing that is secret. */
export function applicationEntity(app: {
  readonly id: Id;
  readonly name: string;
  readonly website: string | null;
  readonly scopes: string;
  readonly redirectUris: readonly string[];
}): Entity {
  return {
    id: String(app.id),
    name: app.name,
    website: app.website,
    scopes: app.scopes.split(' '),
    redirect_uri: app.redirectUris.join('\n'),
    redirect_uris: [...app.redirectUris],
  };
}

/** What registering an app answers: the one time its secret is shown. */
export function credentialApplicationEntity(
  app: Parameters<typeof applicationEntity>[0] & { readonly clientId: string },
  clientSecret: string,
): Entity {
  return {
    ...applicationEntity(app),
    client_id: app.clientId,
    client_secret: clientSecret,
    client_secret_expires_at: 0,
  };
}

/** The same for everybody: there is nothing to set yet. */
export function preferencesEntity(): Entity {
  return {
    'posting:default:visibility': 'public',
    'posting:default:sensitive': false,
    'posting:default:language': null,
    'reading:expand:media': 'default',
    'reading:expand:spoilers': false,
  };
}

export function contextEntity(ancestors: readonly Entity[], descendants: readonly Entity[]): Entity {
  return { ancestors, descendants };
}

/** Only accounts can be found. */
export function searchEntity(accounts: readonly Entity[]): Entity {
  return { accounts, statuses: [], hashtags: [] };
}

export interface Instance {
  readonly origin: Origin;
  readonly title: string;
  readonly userCount: number;
  readonly statusCount: number;
}

const host = (origin: Origin): string => new URL(origin).host;
const streaming = (origin: Origin): string => origin.replace(/^http/, 'ws');

function configuration(origin: Origin): Entity {
  return {
    urls: { streaming: streaming(origin) },
    accounts: { max_featured_tags: 0 },
    statuses: {
      max_characters: STATUS_CHARACTERS_MAX,
      max_media_attachments: 0,
      characters_reserved_per_url: 23,
    },
    media_attachments: { supported_mime_types: [] },
    polls: { max_options: 0 },
    translation: { enabled: false },
  };
}

export function instanceV1Entity(instance: Instance): Entity {
  const { origin } = instance;
  return {
    uri: host(origin),
    title: instance.title,
    short_description: 'Short messages to crowds.',
    description: 'Short messages to crowds.',
    email: '',
    version: API_VERSION,
    urls: { streaming_api: streaming(origin) },
    stats: { user_count: instance.userCount, status_count: instance.statusCount, domain_count: 1 },
    thumbnail: null,
    languages: ['en'],
    registrations: true,
    approval_required: false,
    invites_enabled: false,
    configuration: configuration(origin),
    contact_account: null,
    rules: [],
  };
}

export function instanceV2Entity(instance: Instance): Entity {
  const { origin } = instance;
  return {
    domain: host(origin),
    title: instance.title,
    version: API_VERSION,
    source_url: '',
    description: 'Short messages to crowds.',
    usage: { users: { active_month: instance.userCount } },
    thumbnail: { url: '' },
    languages: ['en'],
    configuration: configuration(origin),
    registrations: { enabled: true, approval_required: false, message: null },
    contact: { email: '', account: null },
    rules: [],
  };
}
