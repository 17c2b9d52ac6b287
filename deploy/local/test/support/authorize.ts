/** What a person does in the browser: opens the authorize page, fills in the form, reads the code off the page. */

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The out-of-band code for `url` (an authorize URL). Throws with the page when no code is shown. */
export async function authorize(url: string, login: string, password: string): Promise<string> {
  const page = await (await fetch(url)).text();
  const form = /<form[^>]*>/.exec(page)?.[0] ?? '';
  const fields = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const type = attribute(tag, 'type');
    const value = type === 'password' ? password : type === 'hidden' ? attribute(tag, 'value') : login;
    if (type !== 'submit') fields.append(attribute(tag, 'name'), value);
  }
  const answer = await fetch(new URL(attribute(form, 'action') || url, url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: fields,
    redirect: 'manual',
  });
  const shown = await answer.text();
  const code = /<code[^>]*>([^<]+)<\/code>/.exec(shown)?.[1];
  if (code === undefined) throw new Error(`no code on the page (${answer.status}): ${shown}`);
  return code.trim();
}
