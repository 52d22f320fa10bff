// Continuous queries with live figures, the graph of them, and what failed.
import { el, show, problem, number, say } from './dom.js';
import { rows, sql, call } from './api.js';

// every calls f now and each ms until the function it gives is called.
function every(ms, f) {
  let on = true;
  let timer = 0;
  const go = async () => {
    await f();
    if (on) timer = setTimeout(go, ms);
  };
  go();
  return () => { on = false; clearTimeout(timer); };
}

const tone = (state) => ({ running: 'good', error: 'bad', paused: 'warn' }[state] || '');

export function jobsPage(main, id) {
  const list = el('tbody');
  const plan = el('div');
  const fault = el('div');
  const heads = ['query', 'state', 'rows in', 'rows/s', 'rows out', 'late', 'failed', 'lag', 'state rows', 'state bytes'];

  async function figures() {
    try {
      const jobs = await rows('SELECT id, sink, state, phase, percent, rows_in, rate, rows_out, late, failed, lag, state_rows, state_bytes, error FROM leat.jobs ORDER BY id');
      show(fault);
      show(list, jobs.map((j) => el('tr', {},
        el('td', {}, el('a', { href: '#/jobs/' + encodeURIComponent(j.id), 'aria-current': j.id === id ? 'true' : null }, j.id)),
        el('td', { title: j.error }, el('span', { class: 'tag ' + tone(j.state) }, j.phase === 'backfill' ? `backfill ${j.percent} %` : j.state)),
        ['rows_in', 'rate', 'rows_out', 'late', 'failed', 'lag', 'state_rows', 'state_bytes'].map((c) => el('td', { class: 'n' }, number(j[c]))))));
      if (!jobs.length) show(list, el('tr', {}, el('td', { colspan: String(heads.length), class: 'null' }, 'no continuous queries; CREATE TABLE ... AS SELECT makes one')));
      if (id) {
        const r = (await sql(`EXPLAIN ANALYZE ${id}`)).results[0];
        const [job] = jobs.filter((j) => j.id === id);
        show(plan, el('h2', {}, id), job && job.error ? problem({ code: 'stopped', message: job.error }) : null,
          el('pre', { class: 'plan', tabindex: '0', 'aria-label': 'Plan with live figures' }, r.rows.map((x) => x[0]).join('\n')));
      }
    } catch (err) {
      show(fault, problem(err));
    }
  }

  async function act(verb) {
    try {
      await sql(`${verb} ${id}`);
      say(verb.toLowerCase() + 'd ' + id);
    } catch (err) {
      show(fault, problem(err));
    }
  }

  show(main, el('h1', {}, 'Continuous queries'), fault,
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Continuous queries' },
      el('table', {}, el('thead', {}, el('tr', {}, heads.map((h, i) => el('th', { scope: 'col', class: i > 1 ? 'n' : null }, h)))), list)),
    id ? el('div', { class: 'bar' }, ['PAUSE', 'RESUME'].map((v) => el('button', { type: 'button', onclick: () => act(v) }, v[0] + v.slice(1).toLowerCase()))) : null,
    plan);
  return every(1000, figures);
}

const svg = (name, attrs = {}, ...children) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, v);
  e.append(...children);
  return e;
};

export function graphPage(main) {
  const place = el('div');
  async function draw() {
    const [sources, jobs, reads] = await Promise.all([
      rows('SELECT name, kind, topic, derived FROM leat.streams ORDER BY name'),
      rows('SELECT id, sink, state, rows_in, rate FROM leat.jobs ORDER BY id'),
      rows('SELECT DISTINCT job, topic FROM leat.lag ORDER BY job, topic'),
    ]);
    const nodes = new Map();
    const edges = [];
    sources.forEach((s) => nodes.set('s ' + s.name, { title: s.name, sub: (s.derived ? 'derived ' : '') + s.kind, href: '#/sources/' + encodeURIComponent(s.name), kind: 'source' }));
    jobs.forEach((j) => {
      nodes.set('j ' + j.id, { title: j.id, sub: `${j.state}, ${number(j.rows_in || 0)} rows, ${number(j.rate || 0)}/s`, href: '#/jobs/' + encodeURIComponent(j.id), kind: 'job' + (j.state === 'error' ? ' failed' : '') });
      if (nodes.has('s ' + j.sink)) edges.push(['j ' + j.id, 's ' + j.sink]);
    });
    const byTopic = new Map(sources.filter((s) => s.topic).map((s) => [s.topic, s.name]));
    reads.forEach((r) => {
      if (byTopic.has(r.topic) && nodes.has('j ' + r.job)) edges.push(['s ' + byTopic.get(r.topic), 'j ' + r.job]);
    });
    show(place, nodes.size ? picture(nodes, edges) : el('p', { class: 'dim' }, 'There is nothing yet.'));
  }
  show(main, el('h1', {}, 'Graph'), place);
  return every(5000, () => draw().catch((err) => show(place, problem(err))));
}

// picture puts every node to the right of what it reads.
function picture(nodes, edges) {
  const level = new Map([...nodes.keys()].map((k) => [k, 0]));
  for (let i = 0; i < nodes.size; i++) {
    let moved = false;
    for (const [a, b] of edges) {
      if (level.get(b) <= level.get(a) && level.get(a) < nodes.size) { level.set(b, level.get(a) + 1); moved = true; }
    }
    if (!moved) break;
  }
  const columns = [];
  for (const [k, l] of level) (columns[l] ||= []).push(k);
  const place = new Map();
  const order = (k) => {
    const from = edges.filter((e) => e[1] === k).map((e) => place.get(e[0])?.y ?? 0);
    return from.length ? from.reduce((a, b) => a + b, 0) / from.length : 0;
  };
  const [bw, bh, gx, gy] = [190, 42, 70, 16];
  let height = 0;
  columns.forEach((keys, c) => {
    if (c > 0) keys.sort((a, b) => order(a) - order(b));
    keys.forEach((k, i) => {
      place.set(k, { x: 16 + c * (bw + gx), y: 16 + i * (bh + gy) });
      height = Math.max(height, 16 + (i + 1) * (bh + gy));
    });
  });
  const width = 32 + columns.length * (bw + gx) - gx;
  const s = svg('svg', { class: 'graph', viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': `Graph of ${nodes.size} sources and queries` });
  s.style.maxWidth = width * 1.25 + 'px';
  for (const [a, b] of edges) {
    const [p, q] = [place.get(a), place.get(b)];
    const [x1, y1, x2, y2] = [p.x + bw, p.y + bh / 2, q.x, q.y + bh / 2];
    s.append(svg('path', { d: `M${x1} ${y1} C${x1 + gx / 2} ${y1} ${x2 - gx / 2} ${y2} ${x2} ${y2}` }));
  }
  const cut = (t, n) => (t.length > n ? t.slice(0, n - 1) + '…' : t);
  for (const [k, n] of nodes) {
    const p = place.get(k);
    const from = edges.filter((e) => e[1] === k).map((e) => nodes.get(e[0]).title);
    const a = svg('a', { href: n.href, class: n.kind, 'aria-label': `${n.title}, ${n.sub}${from.length ? ', reads ' + from.join(', ') : ''}` });
    a.append(svg('rect', { x: p.x, y: p.y, width: bw, height: bh, rx: 7 }),
      svg('text', { x: p.x + 10, y: p.y + 18 }, cut(n.title, 26)), svg('text', { x: p.x + 10, y: p.y + 33, class: 'sub' }, cut(n.sub, 32)));
    s.append(a);
  }
  return s;
}

export function errorsPage(main) {
  const place = el('div');
  const again = (letter) => {
    const area = el('textarea', { 'aria-label': 'Row as JSON' });
    area.value = letter.value || '{}';
    const target = el('input', { 'aria-label': 'Insert into', value: letter.topic === 'COPY' ? letter.stream : letter.topic });
    const said = el('div');
    const box = el('dialog', { 'aria-label': 'Insert again' }, el('h2', {}, 'Insert again'), el('p', { class: 'dim' }, letter.reason),
      el('label', {}, 'Row'), area, el('label', {}, 'Into'), target, said,
      el('div', { class: 'bar' }, el('button', { class: 'main', type: 'button', onclick: send }, 'Insert'), el('button', { type: 'button', onclick: () => box.close() }, 'Close')));
    async function send() {
      try {
        const r = await call('POST', '/v1/insert/' + encodeURIComponent(target.value), area.value);
        show(said, el('p', {}, `${r.rows} row inserted`));
      } catch (err) {
        show(said, problem(err, area.value));
      }
    }
    box.addEventListener('close', () => box.remove());
    document.body.append(box);
    box.showModal();
  };
  async function load() {
    const letters = await rows('SELECT stream, at, code, reason, "column", topic, partition, "offset", value FROM leat.errors ORDER BY at DESC LIMIT 200');
    if (!letters.length) return show(place, el('p', { class: 'dim' }, 'Nothing failed: no dead letters.'));
    show(place, el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Dead letters' }, el('table', {},
      el('thead', {}, el('tr', {}, ['at', 'of', 'reason', 'from', 'value', ''].map((h) => el('th', { scope: 'col' }, h)))),
      el('tbody', {}, letters.map((l) => el('tr', {},
        el('td', {}, l.at), el('td', {}, l.stream), el('td', { title: l.reason }, `${l.code} ${l.reason}`),
        el('td', {}, `${l.topic}/${l.partition}@${l.offset}`), el('td', { title: l.value }, l.value || ''),
        el('td', {}, el('button', { type: 'button', 'aria-label': 'Fix and insert again', onclick: () => again(l) }, 'Fix…'))))))));
  }
  show(main, el('h1', {}, 'Dead letters'), el('p', { class: 'dim' }, 'Records and lines that could not be processed, newest first.'), place);
  load().catch((err) => show(place, problem(err)));
  return () => {};
}
