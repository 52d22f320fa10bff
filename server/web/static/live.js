// Views of rows that move: table, line, bar, number. A view takes rows as they
// come and draws at most once a frame.
import { el, cell, heads, textOf } from './dom.js';

const maxRows = 5000; // kept of a stream
const shownRows = 200;

// rowset is the rows of a query: upserts by key for tables, the last rows for
// streams.
export class Rowset {
  constructor(schema) {
    this.columns = schema.columns;
    this.key = schema.table && schema.key && schema.key.length ? schema.key : null;
    this.rows = [];
    this.byKey = new Map();
    this.seen = 0;
  }

  add(rows) {
    this.seen += rows.length;
    const now = Date.now();
    for (const r of rows) {
      Object.defineProperty(r, '#at', { value: now });
      if (!this.key) {
        this.rows.push(r);
        continue;
      }
      const k = JSON.stringify(this.key.map((c) => r[c]));
      this.byKey.delete(k);
      if (r.rowop !== 'delete') this.byKey.set(k, r);
    }
    if (this.rows.length > maxRows) this.rows.splice(0, this.rows.length - maxRows);
  }

  all() { return this.key ? [...this.byKey.values()] : this.rows; }
}

const numeric = /^(int|integer|bigint|smallint|double|real|numeric|decimal|float)/i;
const temporal = /^(timestamp|date)/i;

// guess says which columns a chart shows.
export function guess(columns, cfg = {}) {
  const named = (n) => columns.find((c) => c.name === n);
  const x = named(cfg.x) || columns.find((c) => temporal.test(c.type));
  const y = named(cfg.y) || columns.findLast((c) => numeric.test(c.type) && c !== x);
  const series = cfg.series === '' ? undefined : named(cfg.series) || columns.find((c) => c !== x && c !== y && /^(text|varchar|string|name|bool)/i.test(c.type));
  return { x: x && x.name, y: y && y.name, series: series && series.name };
}

export function view(kind, schema, cfg = {}) {
  const data = new Rowset(schema);
  const make = { line: chartView, bar: chartView, number: numberView }[kind] || tableView;
  const v = make(data, cfg, kind);
  let asked = false;
  const draw = () => { asked = false; if (v.box.isConnected) v.draw(); };
  const later = () => { if (!asked) { asked = true; requestAnimationFrame(draw); } };
  later();
  return { box: v.box, data, add(rows) { data.add(rows); later(); }, redraw: later };
}

function tableView(data, cfg) {
  const body = el('tbody');
  const box = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': cfg.title || 'Live rows' },
    el('table', {}, el('thead', {}, heads(data.columns)), body));
  return {
    box,
    draw() {
      const rows = data.all().slice(-shownRows).reverse();
      body.replaceChildren(...rows.map((r) => el('tr', { class: r.rowop === 'delete' ? 'gone' : undefined }, data.columns.map((c) => cell(r[c.name])))));
    },
  };
}

function numberView(data, cfg) {
  const box = el('div', { class: 'number', role: 'status', 'aria-label': cfg.title || 'Value' }, '…');
  return {
    box,
    draw() {
      const rows = data.all();
      const { y } = guess(data.columns, cfg);
      const v = rows.length ? rows[rows.length - 1][y || data.columns[0].name] : null;
      box.textContent = typeof v === 'number' ? v.toLocaleString('en', { maximumFractionDigits: 3 }) : v === null ? '…' : textOf(v);
    },
  };
}

const colours = ['#2f87b7', '#d9792b', '#3b9c63', '#b44b8b', '#8a6fd1', '#a38a1f', '#d14b4b', '#4b9fa3'];

function chartView(data, cfg, kind) {
  const canvas = el('canvas', { role: 'img', tabindex: '0' });
  const legend = el('div', { class: 'legend' });
  const tip = el('div', { class: 'dim', 'aria-hidden': 'true' }, ' ');
  const box = el('div', {}, canvas, legend, tip);
  let places = [];
  canvas.addEventListener('mousemove', (e) => {
    const r = canvas.getBoundingClientRect();
    const px = e.clientX - r.left;
    const py = e.clientY - r.top;
    let best = null;
    for (const p of places) {
      const d = Math.abs(p.x - px) + Math.abs(p.y - py) / 3;
      if (!best || d < best.d) best = { d, p };
    }
    tip.textContent = best && best.d < 60 ? best.p.label : ' ';
  });
  return {
    box,
    draw() {
      const plan = guess(data.columns, cfg);
      const groups = group(data.all(), plan, kind);
      canvas.setAttribute('aria-label', `${kind} chart of ${plan.y || 'rows'}${plan.series ? ' by ' + plan.series : ''}, ${data.seen} rows seen`);
      places = (kind === 'bar' ? bars : lines)(canvas, groups, plan);
      legend.replaceChildren(...(groups.length > 1 && kind === 'line' ? groups : []).map((g) => {
        const i = el('i');
        i.style.background = g.colour;
        return el('span', {}, i, g.name);
      }));
    },
  };
}

// group makes series of points {x, y, label}.
function group(rows, plan, kind) {
  const by = new Map();
  for (const r of rows) {
    const y = plan.y ? r[plan.y] : 1;
    if (typeof y !== 'number') continue;
    const name = plan.series ? textOf(r[plan.series]) : plan.y || 'rows';
    const xv = plan.x ? r[plan.x] : null;
    const x = typeof xv === 'number' ? xv : xv ? Date.parse(xv) : r['#at'];
    if (!by.has(name)) by.set(name, []);
    by.get(name).push({ x, y, label: `${name}: ${y.toLocaleString('en')}${xv ? ' at ' + xv : ''}` });
  }
  let list = [...by].map(([name, points]) => ({ name, points }));
  if (kind === 'bar') {
    list.forEach((g) => { g.points = g.points.slice(-1); });
    list.sort((a, b) => b.points[0].y - a.points[0].y);
    list = list.slice(0, 20);
  } else {
    list.sort((a, b) => b.points.length - a.points.length);
    list = list.slice(0, 8);
    list.forEach((g) => g.points.sort((a, b) => a.x - b.x));
  }
  list.forEach((g, i) => { g.colour = colours[i % colours.length]; });
  return list;
}

function surface(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const w = canvas.clientWidth || 400;
  const h = canvas.clientHeight || 240;
  if (canvas.width !== Math.round(w * ratio)) canvas.width = Math.round(w * ratio);
  if (canvas.height !== Math.round(h * ratio)) canvas.height = Math.round(h * ratio);
  const c = canvas.getContext('2d');
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, w, h);
  const css = getComputedStyle(document.documentElement);
  c.font = '11px system-ui, sans-serif';
  return { c, w, h, ink: css.getPropertyValue('--dim'), line: css.getPropertyValue('--line') };
}

function steps(low, high, n) {
  const raw = (high - low) / n || 1;
  const p = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * p).find((s) => s >= raw);
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) out.push(v);
  return out;
}

const short = (v) => (Math.abs(v) >= 1e9 ? (v / 1e9).toFixed(1) + 'G' : Math.abs(v) >= 1e6 ? (v / 1e6).toFixed(1) + 'M' : Math.abs(v) >= 1e4 ? (v / 1e3).toFixed(0) + 'k' : String(+v.toPrecision(4)));

function timeLabel(ms, span) {
  const s = new Date(ms).toISOString();
  if (span > 3 * 864e5) return s.slice(0, 10);
  if (span > 36e5) return s.slice(5, 16).replace('T', ' ');
  return s.slice(11, 19);
}

function lines(canvas, groups, plan) {
  const { c, w, h, ink, line } = surface(canvas);
  const all = groups.flatMap((g) => g.points);
  if (!all.length) return empty(c, w, h, ink);
  let [x0, x1, y0, y1] = [Infinity, -Infinity, 0, -Infinity];
  for (const p of all) {
    x0 = Math.min(x0, p.x); x1 = Math.max(x1, p.x); y0 = Math.min(y0, p.y); y1 = Math.max(y1, p.y);
  }
  if (x1 === x0) x1 = x0 + 1;
  if (y1 === y0) y1 = y0 + 1;
  const left = 46; const bottom = h - 22; const top = 8; const right = w - 10;
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (right - left);
  const py = (y) => bottom - ((y - y0) / (y1 - y0)) * (bottom - top);
  c.strokeStyle = line; c.fillStyle = ink; c.lineWidth = 1; c.textBaseline = 'middle'; c.textAlign = 'right';
  for (const v of steps(y0, y1, 5)) {
    c.beginPath(); c.moveTo(left, py(v)); c.lineTo(right, py(v)); c.stroke();
    c.fillText(short(v), left - 6, py(v));
  }
  c.textAlign = 'center'; c.textBaseline = 'top';
  const time = x0 > 1e11;
  for (const f of [0.08, 0.36, 0.64, 0.92]) {
    const v = x0 + (x1 - x0) * f;
    c.fillText(time ? timeLabel(v, x1 - x0) : short(v), px(v), bottom + 6);
  }
  const places = [];
  for (const g of groups) {
    c.strokeStyle = g.colour; c.lineWidth = 1.6;
    c.beginPath();
    const skip = Math.max(1, Math.floor(g.points.length / (2 * w)));
    g.points.forEach((p, i) => {
      if (i % skip && i < g.points.length - 1) return;
      const at = { x: px(p.x), y: py(p.y), label: p.label };
      c.lineTo(at.x, at.y);
      places.push(at);
    });
    c.stroke();
    if (g.points.length < 3) for (const p of g.points) { c.fillStyle = g.colour; c.fillRect(px(p.x) - 2, py(p.y) - 2, 4, 4); }
  }
  return places;
}

function bars(canvas, groups) {
  const { c, w, h, ink } = surface(canvas);
  if (!groups.length) return empty(c, w, h, ink);
  const max = Math.max(...groups.map((g) => Math.abs(g.points[0].y)), 1e-12);
  const left = Math.min(150, w * 0.35);
  const step = Math.min(34, (h - 8) / groups.length);
  c.textBaseline = 'middle';
  return groups.map((g, i) => {
    const y = 4 + i * step;
    const n = (Math.abs(g.points[0].y) / max) * (w - left - 60);
    c.fillStyle = colours[0];
    c.fillRect(left, y + step * 0.15, Math.max(1, n), step * 0.7);
    c.fillStyle = ink; c.textAlign = 'right';
    c.fillText(g.name.length > 22 ? g.name.slice(0, 21) + '…' : g.name, left - 6, y + step / 2);
    c.textAlign = 'left';
    c.fillText(short(g.points[0].y), left + n + 6, y + step / 2);
    return { x: left + n / 2, y: y + step / 2, label: g.points[0].label };
  });
}

function empty(c, w, h, ink) {
  c.fillStyle = ink; c.textAlign = 'center';
  c.fillText('waiting for rows', w / 2, h / 2);
  return [];
}
