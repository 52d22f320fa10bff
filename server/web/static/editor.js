// A textarea with a highlighted underlay, completion and a mark at the error.
import { el } from './dom.js';
import { call } from './api.js';

const words = `ADD ALL ALTER ANALYZE AND AS ASC BEGIN BETWEEN BY CASE CAST CHANGES COMMENT COMMIT COPY CREATE CROSS DEFAULT DELETE DESC
DESCRIBE DISTINCT DROP ELSE EMIT END EXISTS EXPLAIN FALSE FINAL FROM FULL GRACE GROUP HAVING HOPPING IF IN INNER INSERT INTO IS JOIN KEY
LATERAL LEFT LIKE LIMIT MATERIALIZED NOT NULL OFFSET ON OR ORDER OUTER OVER PARTITION PAUSE PERIOD PRIMARY REPLACE RESUME RETENTION RIGHT
ROLLBACK SELECT SESSION SET SHOW SIZE STREAM SYSTEM TABLE TERMINATE THEN TO TRUE TUMBLING TYPE UNION UPDATE USING VALUES VIEW WHEN WHERE
WINDOW WITH WITHIN ADVANCE SECOND SECONDS MINUTE MINUTES HOUR HOURS DAY DAYS INT BIGINT TEXT BOOLEAN DOUBLE PRECISION NUMERIC TIMESTAMP
DATE JSONB ARRAY MAP STRUCT`.split(/\s+/);
const known = new Set(words);
const token = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)|([A-Za-z_]\w*)|([\s\S])/g;

// highlight gives spans; from and to bound the place of an error.
function highlight(text, from, to) {
  const out = document.createDocumentFragment();
  const put = (part, kind, at) => {
    const end = at + part.length;
    const cuts = [at, Math.min(Math.max(from, at), end), Math.min(Math.max(to, at), end), end];
    for (let i = 0; i < 3; i++) {
      const s = text.slice(cuts[i], cuts[i + 1]);
      if (!s) continue;
      const cls = [kind, i === 1 && from < to ? 'here' : ''].filter(Boolean).join(' ');
      out.append(cls ? el('span', { class: cls }, s) : s);
    }
  };
  for (const m of text.matchAll(token)) {
    const kind = m[1] ? 'com' : m[2] ? 'str' : m[4] ? 'num' : m[5] && known.has(m[5].toUpperCase()) ? 'kw' : '';
    put(m[0], kind, m.index);
  }
  out.append('\n');
  return out;
}

let names = null;
export async function loadNames() {
  names = await call('GET', '/v1/catalog').catch(() => null);
  return names;
}

// candidates for the word before the caret: columns of relations in the text
// first, then relations, keywords and functions.
function candidates(text, at) {
  const before = text.slice(0, at);
  const word = /[\w"]*$/.exec(before)[0];
  const owner = /(\w+)\.\w*$/.exec(before);
  const relations = names ? names.relations : [];
  const used = relations.filter((r) => new RegExp('\\b' + r.name.replace(/[^\w]/g, '.') + '\\b', 'i').test(text));
  const alias = owner && new RegExp('(\\w+)\\s+(?:AS\\s+)?' + owner[1] + '\\b', 'i').exec(text);
  const out = [];
  const add = (name, note, insert = name) => out.push({ name, note, insert });
  if (owner) {
    for (const r of relations) {
      if (r.schema === owner[1]) add(r.name, r.kind);
      if (r.name === owner[1] || (alias && r.name === alias[1])) r.columns.forEach((c) => add(c.name, c.type));
    }
  } else {
    const after = /\b(FROM|JOIN|INTO|UPDATE|TABLE|STREAM|DESCRIBE)\s+\w*$/i.test(before);
    if (!after) used.forEach((r) => r.columns.forEach((c) => add(c.name, c.type)));
    relations.forEach((r) => add((r.schema ? r.schema + '.' : '') + r.name, r.kind));
    if (!after) {
      words.forEach((w) => add(w, 'keyword'));
      if (names) names.functions.forEach((f) => add(f, 'function', f + '('));
    }
  }
  const low = word.toLowerCase();
  const seen = new Set();
  return {
    word,
    list: out.filter((c) => c.name.toLowerCase().startsWith(low) && c.name.toLowerCase() !== low && !seen.has(c.name) && seen.add(c.name)).slice(0, 12),
  };
}

export function editor(value, onrun) {
  const pre = el('pre', { 'aria-hidden': 'true' });
  const area = el('textarea', {
    'aria-label': 'SQL', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off',
    'aria-autocomplete': 'list', 'aria-controls': 'hints', 'aria-describedby': 'keys',
  });
  const list = el('ul', { class: 'hints', id: 'hints', role: 'listbox', 'aria-label': 'Completions', hidden: true });
  const box = el('div', { class: 'editor' }, pre, area, list);
  let marked = [0, 0];
  let found = { word: '', list: [] };
  let chosen = 0;

  const paint = () => {
    pre.replaceChildren(highlight(area.value, ...marked));
    pre.scrollTop = area.scrollTop;
  };
  const close = () => {
    list.hidden = true;
    area.removeAttribute('aria-activedescendant');
  };
  const choose = (i) => {
    chosen = (i + found.list.length) % found.list.length;
    [...list.children].forEach((li, n) => li.setAttribute('aria-selected', String(n === chosen)));
    area.setAttribute('aria-activedescendant', 'hint' + chosen);
    list.children[chosen].scrollIntoView({ block: 'nearest' });
  };
  const accept = () => {
    const c = found.list[chosen];
    const at = area.selectionStart;
    area.setRangeText(c.insert, at - found.word.length, at, 'end');
    close();
    paint();
  };
  const open = (force) => {
    found = candidates(area.value, area.selectionStart);
    if (!found.list.length || (!force && found.word.length < 2 && !/\.\w*$/.test(area.value.slice(0, area.selectionStart)))) return close();
    list.replaceChildren(...found.list.map((c, i) => el('li', {
      role: 'option', id: 'hint' + i, onmousedown: (e) => { e.preventDefault(); chosen = i; accept(); },
    }, el('span', {}, c.name), el('span', { class: 'dim' }, c.note))));
    const mirror = document.createRange();
    list.hidden = false;
    // The caret's place is that of the same character in the underlay.
    const walk = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
    let left = area.selectionStart - found.word.length;
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      if (left <= n.length) {
        mirror.setStart(n, left);
        mirror.setEnd(n, left);
        const r = mirror.getBoundingClientRect();
        const b = box.getBoundingClientRect();
        list.style.left = Math.min(Math.max(0, r.left - b.left), Math.max(0, b.width - 260)) + 'px';
        list.style.top = (r.bottom || b.top + 28) - b.top + 2 + 'px';
        break;
      }
      left -= n.length;
    }
    choose(0);
  };

  area.addEventListener('input', () => { marked = [0, 0]; paint(); open(false); });
  area.addEventListener('scroll', paint);
  area.addEventListener('blur', close);
  area.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter') { e.preventDefault(); close(); return onrun(); }
    if (e.ctrlKey && e.key === ' ') { e.preventDefault(); return open(true); }
    if (list.hidden) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); choose(chosen + (e.key === 'ArrowDown' ? 1 : -1)); }
    else if (e.key === 'Tab') { e.preventDefault(); accept(); }
    else if (e.key === 'Escape') { e.preventDefault(); close(); }
  });
  area.value = value;
  paint();
  return {
    box,
    area,
    text: () => area.value,
    set(v) { area.value = v; marked = [0, 0]; paint(); },
    // mark puts the caret on character number position, from 1.
    mark(position) {
      const chars = [...area.value];
      const at = chars.slice(0, position - 1).join('').length;
      const len = /^(\w+|"[^"]*"|\S|$)/.exec(area.value.slice(at))[0].length || 1;
      marked = [at, at + len];
      paint();
      area.focus();
      area.setSelectionRange(at, at);
    },
  };
}
