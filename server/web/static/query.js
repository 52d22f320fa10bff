// The SQL editor with its result.
import { el, show, grid, problem, say, number } from './dom.js';
import { sql, watch } from './api.js';
import { editor, loadNames } from './editor.js';
import { view, guess } from './live.js';
import { addPanel } from './dashboards.js';

const store = 'leat.sql';
const pushes = /\bEMIT\s+(CHANGES|FINAL)\b/i;
const isPush = (text) => pushes.test(text) && /^(\s|--[^\n]*\n)*(SELECT|WITH)\b/i.test(text);

export function queryPage(main, given) {
  let stop = () => {};
  let shown = null; // of a push query
  const out = el('div', { 'aria-label': 'Result' });
  const state = el('span', { class: 'dim' });
  const kind = el('select', { 'aria-label': 'Show as', onchange: () => redraw() },
    ['table', 'line', 'bar', 'number'].map((k) => el('option', { value: k }, k)));
  const pin = el('button', { type: 'button', onclick: () => keep(), disabled: true }, 'Add to dashboard');
  const halt = el('button', { type: 'button', onclick: () => { stop(); ended('stopped'); }, disabled: true }, 'Stop');
  const ed = editor(given || localStorage.getItem(store) || 'SELECT name, kind, topic FROM leat.streams;', run);

  function ended(why) {
    stop = () => {};
    halt.disabled = true;
    state.textContent = why;
    say(why);
  }

  function failed(err, text) {
    ended('');
    show(out, problem(err, text));
    if (err.position) ed.mark(err.position);
  }

  function redraw() {
    if (!shown) return;
    const v = view(kind.value, shown.schema, {});
    v.data.rows = shown.view.data.rows;
    v.data.byKey = shown.view.data.byKey;
    v.data.seen = shown.view.data.seen;
    shown.view = v;
    show(out, v.box);
    v.redraw();
  }

  async function run() {
    stop();
    shown = null;
    pin.disabled = true;
    const text = ed.text().trim().replace(/;\s*$/, '');
    localStorage.setItem(store, ed.text());
    ed.mark && ed.set(ed.text());
    if (isPush(text)) return push(text);
    const begin = performance.now();
    state.textContent = 'running';
    try {
      const answer = await sql(ed.text());
      const ms = Math.round(performance.now() - begin);
      const parts = answer.notices.map((n) => el('div', { class: 'dim' }, n.severity + ': ' + n.message));
      for (const r of answer.results) {
        if (r.columns) parts.push(grid(r.columns, r.rows, 'Result'));
        parts.push(el('div', { class: 'dim' }, r.tag + (r.more ? ', more rows are not shown' : '')));
      }
      show(out, parts);
      ended(`${ms} ms`);
      if (!/^\s*SELECT/i.test(text)) loadNames();
    } catch (err) {
      if (err.code === '42809' && /push query/.test(err.message)) return push(text);
      failed(err, ed.text());
    }
  }

  function push(text) {
    halt.disabled = false;
    let n = 0;
    state.textContent = 'waiting for rows';
    show(out, el('p', { class: 'dim' }, 'Waiting for rows. New ones appear as they are written.'));
    stop = watch(text, {
      schema(s) {
        if (shown) { shown.view.data.byKey.clear(); return; }
        shown = { schema: s, view: view(kind.value, s, {}), text };
        show(out, shown.view.box);
        pin.disabled = false;
      },
      rows(rows) {
        n += rows.length;
        state.textContent = number(n) + ' rows';
        shown.view.add(rows);
      },
      end() { ended(number(n) + ' rows, the query has ended'); },
      fail(err) { failed(err, text); },
    });
  }

  async function keep() {
    const name = prompt('Dashboard to add it to (a new or known name)', 'main');
    if (!name) return;
    const title = prompt('Title of the panel', 'Query') || 'Query';
    try {
      await addPanel(name.toLowerCase(), { title, sql: shown.text, kind: kind.value, ...guess(shown.schema.columns) });
      location.hash = '#/dashboards/' + encodeURIComponent(name.toLowerCase());
    } catch (err) {
      show(out, problem(err));
    }
  }

  loadNames();
  show(main, el('h1', {}, 'Query'), ed.box,
    el('div', { class: 'bar' },
      el('button', { class: 'main', type: 'button', onclick: run }, 'Run'), halt,
      el('span', { class: 'dim', id: 'keys' }, 'Ctrl+Enter runs, Ctrl+Space completes'),
      state, el('span', { class: 'grow' }), kind, pin),
    out);
  ed.area.focus();
  return () => stop();
}
