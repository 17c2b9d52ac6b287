/** One row of dots of the plot: a rule on one class of workload. */
export interface PlotRow {
  readonly label: string;
  /** Per cent above the bound, one for each seed; empty: it did not fit the cell. */
  readonly values: readonly number[];
  readonly mark: number | null;
  readonly ours: boolean;
}

export interface PlotPanel {
  readonly title: string;
  readonly rows: readonly PlotRow[];
}

const WIDTH = 720;
const LEFT = 130;
const RIGHT = 60;
const ROW = 26;
const PANEL_HEAD = 34;
const PANEL_FOOT = 34;
const TICKS = 5;
const COLOURS = { ours: '#0b6e4f', other: '#6b7280', grid: '#d1d5db', text: '#111827' } as const;

/** Dots for the seeds, a bar for the 90th percentile, one panel for each class, each with its own scale. */
export function plot(title: string, panels: readonly PlotPanel[]): string {
  const heights = panels.map(({ rows }) => PANEL_HEAD + rows.length * ROW + PANEL_FOOT);
  const height = 30 + heights.reduce((sum, each) => sum + each, 0);
  let top = 30;
  const parts = panels.flatMap((panel, i) => {
    const at = top;
    top += heights[i] ?? 0;
    return panelOf(panel, at);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="${COLOURS.text}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(WIDTH / 2, 20, title, 'middle', 14),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function panelOf({ title, rows }: PlotPanel, top: number): string[] {
  const most = niceAbove(Math.max(0.1, ...rows.flatMap(({ values }) => values)));
  const x = (value: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * value) / most;
  const first = top + PANEL_HEAD;
  const bottom = first + rows.length * ROW;
  const out = [text(LEFT, top + 20, title, 'start', 13)];
  for (let i = 0; i <= TICKS; i++) {
    const value = (most * i) / TICKS;
    out.push(line(x(value), first, x(value), bottom, COLOURS.grid, 1));
    out.push(text(x(value), bottom + 15, `${round(value)} %`, 'middle', 11));
  }
  rows.forEach(({ label, values, mark, ours }, i) => {
    const y = first + i * ROW + ROW / 2;
    const colour = ours ? COLOURS.ours : COLOURS.other;
    out.push(text(LEFT - 8, y + 4, label, 'end', 12));
    for (const value of values)
      out.push(
        `<circle cx="${round(x(Math.max(0, value)))}" cy="${y}" r="4" fill="${colour}" fill-opacity="0.5"/>`,
      );
    if (mark === null) out.push(text(LEFT + 8, y + 4, 'does not fit the whole cell', 'start', 11));
    else {
      out.push(line(x(Math.max(0, mark)), y - 9, x(Math.max(0, mark)), y + 9, colour, 3));
      out.push(text(WIDTH - 4, y + 4, `${mark.toFixed(2)} %`, 'end', 11));
    }
  });
  return out;
}

/** 1, 2, 2.5 or 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (([1, 2, 2.5, 5, 10] as const).find((step) => step * power >= value) ?? 10) * power;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, width: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"/>`;
}

function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  size: number,
): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}">${escaped}</text>`;
}
