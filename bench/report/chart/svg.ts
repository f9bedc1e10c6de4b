/** SVG by hand: elements as text, and what all charts look like. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Numbers get one decimal at most: nobody sees more, and a chart drawn again differs where its data does. */
const written = (value: string | number) => (typeof value === 'number' ? String(Math.round(value * 10) / 10) : value);

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const words = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(written(value))}"`)
    .join('');
  return children.length === 0 ? `<${name}${words}/>` : `<${name}${words}>${children.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

export function polyline(points: readonly (readonly [x: number, y: number])[], attributes: Attributes): string {
  return element('polyline', { points: points.map((point) => point.map(written).join(',')).join(' '), ...attributes });
}

/** One look on light and on dark pages; series have the classes `s0`, `s1` and `s2`, their lines `l0`, `l1` and `l2`. */
const style = `
text{font:12px system-ui,sans-serif;fill:#1f2328}
.faint{fill:#656d76}.title{font-weight:600}
.grid{stroke:#d1d9e0;stroke-width:1}.axis{stroke:#656d76;stroke-width:1}.guide{stroke:#656d76;stroke-dasharray:3 3}
.s0{fill:#0969da}.s1{fill:#bc4c00}.s2{fill:#6e7781}.soft{opacity:.55}
.l0,.l1,.l2{fill:none;stroke-width:2}.l0{stroke:#0969da}.l1{stroke:#bc4c00}.l2{stroke:#6e7781}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.grid{stroke:#3d444d}
.axis,.guide{stroke:#9198a1}.s0{fill:#4493f8}.s1{fill:#f0883e}.l0{stroke:#4493f8}.l1{stroke:#f0883e}}`;

/** A whole file; `title` is read out to those who do not see it. */
export function drawing(width: number, height: number, title: string, parts: readonly string[]): string {
  const head = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' };
  return `${element('svg', head, element('title', {}, escaped(title)), element('style', {}, style), '\n', parts.join('\n'), '\n')}\n`;
}

/** About what a letter takes, and what is around the words of a legend. */
const LETTER = 7;
const AROUND = 36;

/** A coloured square and a name for each series, beside each other. */
export function legend(x: number, y: number, names: readonly string[], classOf: (index: number) => string): string {
  let at = x;
  return names
    .map((name, index) => {
      const square = element('rect', { x: at, y: y - 10, width: 11, height: 11, class: classOf(index) });
      const entry = square + text(at + 17, y, name);
      at += AROUND + LETTER * name.length;
      return entry;
    })
    .join('');
}

/** `1 s` for what is `1.00 s` in a table: a place on an axis is exact. */
export const onAxis = (figure: string): string => figure.replace(/(\.\d*?)0+ /, '$1 ').replace('. ', ' ');
