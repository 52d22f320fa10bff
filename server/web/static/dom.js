// Elements, cells and messages.

// el makes an element: el('a', {href, onclick, class}, ...children).
export function el(name, attrs = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attrs)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (k in e && typeof v !== 'string') e[k] = v;
    else e.setAttribute(k, v === true ? '' : v);
  }
  e.append(...children.flat().filter((c) => c !== undefined && c !== null));
  return e;
}

export function show(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(Boolean));
}

// say tells screen readers.
export function say(text) {
  document.getElementById('said').textContent = text;
}

export function textOf(v) {
  if (v === null || v === undefined) return 'NULL';
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}

export function cell(v) {
  const kind = v === null || v === undefined ? 'null' : typeof v === 'number' ? 'n' : '';
  return el('td', { class: kind || undefined, title: textOf(v) }, textOf(v));
}

// problem draws an error, with the statement's line and a caret under the place.
export function problem(err, text = '') {
  const box = el('div', { class: 'problem', role: 'alert' }, el('strong', {}, err.code || 'error'), ' ' + err.message);
  for (const more of [err.detail, err.hint && 'Hint: ' + err.hint, err.where]) {
    if (more) box.append(el('div', { class: 'dim' }, more));
  }
  if (err.line && text) {
    const line = text.split('\n')[err.line - 1] || '';
    box.append(el('pre', { 'aria-hidden': 'true' }, line + '\n' + ' '.repeat(err.column - 1) + '^'));
  }
  return box;
}

const numeric = /^(int|integer|bigint|smallint|double|real|numeric|decimal|float)/i;

// heads are the header cells of columns; numbers stand to the right.
export function heads(columns) {
  return el('tr', {}, columns.map((c) => el('th', { scope: 'col', title: c.type, class: numeric.test(c.type) ? 'n' : null }, c.name)));
}

// grid is a table of rows in arrays.
export function grid(columns, rows, label) {
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    el('table', {},
      el('thead', {}, heads(columns)),
      el('tbody', {}, rows.map((r) => el('tr', {}, r.map(cell))))));
}

export const quote = (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : '"' + name.replaceAll('"', '""') + '"');
export const number = (n) => (n === null || n === undefined ? '' : Number(n).toLocaleString('en'));
