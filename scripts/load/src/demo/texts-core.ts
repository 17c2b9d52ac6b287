/** What the authors have to say. */

const TEXT_CHARACTERS_MAX = 500;

/** For machines without fortunes. */
export const BUILT_IN_TEXTS: readonly string[] = [
  'The queue is longer than it looks, and moves faster than it feels.',
  'Good morning to everyone whose cache is warm.',
  'A timeline is only a list that many people believe in.',
  'I posted this twice. You are reading it once.',
  'Somebody said "just restart it", and it was fine.',
  'Rain again. The pigeons have formed a consensus protocol.',
  'Whoever reads this first, please tell the others.',
  'Today I learned that the tea is at least once, the biscuit at most once.',
];

/** The entries of a fortune file: separated by lines of a single `%`. Control characters are taken out. */
export function fortunesOf(file: string): string[] {
  return file
    .split(/^%$/m)
    .map((entry) =>
      entry
        .replaceAll('\t', ' ')
        .replace(/\p{Cc}/gu, (c) => (c === '\n' ? c : ''))
        .trim(),
    )
    .filter((entry) => entry !== '');
}

/** A text that nobody else posts: cut to 500 characters with its mark at the end. */
export function uniqueText(texts: readonly string[], mark: string, random: () => number): string {
  const text = texts[Math.floor(random() * texts.length)] ?? '';
  const end = ` #${mark}`;
  const room = TEXT_CHARACTERS_MAX - end.length;
  // A link counts as 23 characters however short it is; one that is broken counts as what it is.
  const characters = Array.from(text.replaceAll('://', ':// '));
  const cut = characters.length > room ? `${characters.slice(0, room - 1).join('')}…` : characters.join('');
  return cut + end;
}
