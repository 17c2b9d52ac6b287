/** Plain pages without scripts. Everything that is not a page's own text is escaped. */

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A template whose values are escaped, but for other templates. */
export function html(strings: TemplateStringsArray, ...values: readonly (Html | string | number)[]): Html {
  return new Html(
    strings
      .map((part, i) => {
        const value = values[i] ?? '';
        return part + (value instanceof Html ? value.text : escapeHtml(String(value)));
      })
      .join(''),
  );
}

export function join(parts: readonly Html[]): Html {
  return new Html(parts.map(({ text }) => text).join('\n'));
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}' +
  'table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}' +
  ':root{color-scheme:light dark}code{font-size:.95em}';

export function pageText(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html> `.text;
}

export function table(head: readonly string[], rows: readonly (readonly (Html | string | number)[])[]): Html {
  const cells = join(head.map((name) => html`<th scope="col">${name}</th>`));
  const lines = rows.map(
    (row) =>
      html`<tr>
        ${join(row.map((cell) => html`<td>${cell}</td>`))}
      </tr>`,
  );
  return html`<table>
    <thead>
      <tr>
        ${cells}
      </tr>
    </thead>
    <tbody>
      ${join(lines)}
    </tbody>
  </table>`;
}
