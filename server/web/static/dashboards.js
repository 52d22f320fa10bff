// Saved dashboards: panels of push queries, kept in the catalog by name.
import { el, show, problem, say } from './dom.js';
import { call, watch } from './api.js';
import { view } from './live.js';

const path = (name) => '/v1/dashboards/' + encodeURIComponent(name);
const load = (name) => call('GET', path(name));
const save = (name, d) => call('PUT', path(name), JSON.stringify(d));

export async function addPanel(name, panel) {
  const d = await load(name).catch((err) => {
    if (err.code !== '42704') throw err;
    return { title: name, panels: [] };
  });
  d.panels.push(panel);
  await save(name, d);
}

export function dashboardsPage(main, name) {
  const stops = [];
  const body = el('div');
  const aside = el('ul', { class: 'list' });
  const fail = (err) => show(body, problem(err));

  async function index() {
    const { dashboards } = await call('GET', '/v1/dashboards');
    show(aside, dashboards.map((d) => el('li', {}, el('a', { href: '#/dashboards/' + encodeURIComponent(d), 'aria-current': d === name ? 'page' : null }, d))));
    if (!name) {
      show(body, dashboards.length ? el('p', { class: 'dim' }, 'Choose a dashboard.')
        : el('p', { class: 'dim' }, 'There are none yet. Run a query with EMIT CHANGES and press “Add to dashboard”.'));
    }
  }

  async function open() {
    const d = await load(name);
    document.title = (d.title || name) + ' · Leat';
    const panels = el('div', { class: 'panels' });
    show(body, el('div', { class: 'bar' }, el('h1', { class: 'grow' }, d.title || name),
      el('button', { type: 'button', onclick: share }, 'Copy link'),
      el('button', { type: 'button', onclick: () => drop() }, 'Delete')), panels);
    d.panels.forEach((p, i) => panels.append(panelBox(d, p, i)));
  }

  async function share() {
    await navigator.clipboard.writeText(location.href).catch(() => {});
    say('link copied');
  }

  async function drop() {
    if (!confirm(`Delete the dashboard “${name}”?`)) return;
    await call('DELETE', path(name)).catch(fail);
    location.hash = '#/dashboards';
  }

  async function change(d) {
    await save(name, d).catch(fail);
    stops.splice(0).forEach((f) => f());
    await open().catch(fail);
  }

  function panelBox(d, p, i) {
    const place = el('div', {}, el('p', { class: 'dim' }, 'connecting'));
    const kinds = el('select', { 'aria-label': 'Show ' + p.title + ' as', onchange: (e) => { p.kind = e.target.value; change(d); } },
      ['table', 'line', 'bar', 'number'].map((k) => el('option', { value: k, selected: k === p.kind }, k)));
    let v = null;
    stops.push(watch(p.sql, {
      schema(s) {
        v = view(p.kind, s, p);
        show(place, v.box);
      },
      rows(rows) { v.add(rows); },
      fail(err) { show(place, problem(err, p.sql)); },
    }));
    return el('section', { class: 'panel' + (p.wide ? ' wide' : ''), 'aria-label': p.title },
      el('header', {}, el('h2', { title: p.sql }, p.title), kinds,
        el('button', { class: 'quiet', type: 'button', 'aria-label': (p.wide ? 'Narrow ' : 'Widen ') + p.title, onclick: () => { p.wide = !p.wide; change(d); } }, '↔'),
        el('a', { href: '#/query?sql=' + encodeURIComponent(p.sql), 'aria-label': 'Edit the query of ' + p.title }, 'SQL'),
        el('button', { class: 'quiet', type: 'button', 'aria-label': 'Remove ' + p.title, onclick: () => { d.panels.splice(i, 1); change(d); } }, '✕')),
      place);
  }

  show(main, el('div', { class: 'cols' }, el('nav', { class: 'card', 'aria-label': 'Dashboards' }, el('h2', {}, 'Dashboards'), aside), body));
  index().then(() => name && open()).catch(fail);
  return () => stops.forEach((f) => f());
}
