const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ESCAPES[c] as string);
}

const LINK = /https?:\/\/[^\s<>"']+/g;
const TRAILING = /[.,;:!?)\]}]+$/;

/** The HTML of a status: escaped text, links wrapped, paragraphs and line breaks kept. */
export function renderContent(text: string): string {
  if (text === '') return '';
  return text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${linked(paragraph).replaceAll('\n', '<br />')}</p>`)
    .join('');
}

function linked(text: string): string {
  let out = '';
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const url = match[0].replace(TRAILING, '');
    const href = escapeHtml(url);
    out += escapeHtml(text.slice(at, match.index));
    out += `<a href="${href}" target="_blank" rel="nofollow noopener noreferrer">${href}</a>`;
    at = match.index + url.length;
  }
  return out + escapeHtml(text.slice(at));
}
