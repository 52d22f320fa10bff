// Streams and tables: columns, recent records, who reads them and how far behind.
import { el, show, grid, problem, quote, number } from './dom.js';
import { rows, sql, call } from './api.js';

const text = (s) => "'" + s.replaceAll("'", "''") + "'";

export function sourcesPage(main, name) {
  const list = el('ul', { class: 'list' });
  const body = el('div');
  const fail = (err) => show(body, problem(err));

  async function index() {
    const found = await rows('SELECT name, kind, derived FROM leat.streams ORDER BY name');
    show(list, found.map((r) => el('li', {}, el('a', { href: '#/sources/' + encodeURIComponent(r.name), 'aria-current': r.name === name ? 'page' : null },
      r.name, el('span', { class: 'tag' }, (r.derived ? 'derived ' : '') + r.kind)))));
    if (!name) show(body, el('p', { class: 'dim' }, found.length ? 'Choose a source.' : 'There are none yet: CREATE STREAM makes one.'));
  }

  async function open() {
    const [s] = await rows(`SELECT s.*, t.records, t.bytes, t.retention_ms FROM leat.streams s LEFT JOIN leat.topics t ON t.name = s.topic WHERE s.name = ${text(name)}`);
    if (!s) return show(body, el('p', {}, 'There is no source of this name.'));
    const facts = [['Kind', (s.derived ? 'derived ' : '') + s.kind], ['Topic', s.topic], ['Partitions', number(s.partitions)],
      ['Formats', [s.key_format, s.value_format].filter(Boolean).join(' / ')], ['Records', number(s.records)], ['Bytes', number(s.bytes)],
      ['Retention', s.retention_ms > 0 ? s.retention_ms / 3600000 + ' h' : 'for ever'], ['Made by job', s.job], ['Comment', s.comment]];
    show(body, el('h1', {}, name),
      grid([{ name: 'fact' }, { name: 'value' }], facts.filter((f) => f[1] !== null && f[1] !== undefined && f[1] !== ''), 'Facts'));
    const part = (title, p) => {
      const place = el('div', {}, el('p', { class: 'dim' }, 'loading'));
      body.append(el('h2', {}, title), place);
      p.then((x) => show(place, x)).catch((err) => show(place, problem(err)));
    };
    part('Columns', columns());
    const n = quote(name);
    part('Recent records', table(s.kind === 'stream' ? `SELECT rowtime, * FROM ${n} ORDER BY rowtime DESC LIMIT 20` : `SELECT * FROM ${n} LIMIT 20`, 'no records'));
    if (s.topic) part('Readers and their lag', table(`SELECT job, partition, position, "end", lag FROM leat.lag WHERE topic = ${text(s.topic)}`, 'no job reads it'));
    if (s.statement) body.append(el('h2', {}, 'Statement'), el('pre', { class: 'code' }, s.statement));
    body.append(el('p', {}, el('a', { href: '#/query?sql=' + encodeURIComponent(`SELECT * FROM ${n} EMIT CHANGES`) }, 'Watch its rows')));
  }

  async function columns() {
    const c = await call('GET', '/v1/catalog');
    const r = c.relations.find((x) => x.name === name && !x.schema);
    return r ? grid([{ name: 'column' }, { name: 'type' }], r.columns.map((x) => [x.name, x.type]), 'Columns') : el('p', {}, 'none');
  }

  async function table(query, none) {
    const r = (await sql(query)).results[0];
    return r.rows.length ? grid(r.columns, r.rows, 'Rows') : el('p', { class: 'dim' }, none);
  }

  show(main, el('div', { class: 'cols' }, el('nav', { class: 'card', 'aria-label': 'Sources' }, el('h2', {}, 'Sources'), list), body));
  index().then(() => name && open()).catch(fail);
  return () => {};
}
