/**
 * How long a status is, as Mastodon counts: Unicode characters, and every link as if it had 23, so that
 * nobody needs a link shortener. What a link is, `renderContent` of the model decides the same way.
 */

/** `characters_reserved_per_url` of the instance entity. */
export const URL_CHARACTERS = 23;

const LINK = /https?:\/\/[^\s<>"']+/g;
const TRAILING = /[.,;:!?)\]}]+$/;

export function statusCharacters(text: string): number {
  if (!text.includes('://')) return characters(text);
  let links = 0;
  const rest = text.replace(LINK, (match) => {
    links++;
    return TRAILING.exec(match)?.[0] ?? '';
  });
  return characters(rest) + links * URL_CHARACTERS;
}

/** Code points: an emoji of one code point is one character, as a person would count. */
export function characters(text: string): number {
  let surrogatePairs = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) surrogatePairs++;
  }
  return text.length - surrogatePairs;
}

/** Nothing but white space, whatever Unicode calls it, and characters that show nothing. */
export function isBlank(text: string): boolean {
  return /^[\s\p{White_Space}\u200b-\u200d\u2060\ufeff]*$/u.test(text);
}
