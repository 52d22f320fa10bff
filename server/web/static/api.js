// Requests, and one WebSocket for all push queries of the page.

export class Failure extends Error {
  constructor(p) {
    super(p.message);
    Object.assign(this, p);
  }
}

// echo goes with every request that changes something: only this page knows it.
let echo = '';
export function setEcho(e) {
  echo = e;
}

export async function call(method, path, body, type = 'application/json') {
  let resp;
  const headers = body === undefined ? {} : { 'Content-Type': type };
  if (echo) headers['Leat-Echo'] = echo;
  try {
    resp = await fetch(path, { method, body, headers });
  } catch {
    throw new Failure({ code: 'offline', message: 'the server does not answer' });
  }
  const answer = await resp.json().catch(() => ({ error: { code: String(resp.status), message: resp.statusText } }));
  if (resp.status === 401) dispatchEvent(new Event('leat-login'));
  if (answer.error) throw new Failure(answer.error);
  return answer;
}

export const sql = (text, limit = 1000) => call('POST', '/v1/sql?limit=' + limit, text, 'text/plain');

// rows runs one query and gives its rows as objects.
export async function rows(text, limit) {
  const r = (await sql(text, limit)).results[0];
  return r.rows.map((v) => Object.fromEntries(r.columns.map((c, i) => [c.name, v[i]])));
}

let socket = null;
let wait = 500;
let last = 0;
const subs = new Map();

function status(on) {
  const e = document.getElementById('link');
  e.textContent = on ? 'live' : subs.size ? 'reconnecting' : 'idle';
  e.className = 'link ' + (on ? 'on' : subs.size ? 'off' : '');
}

function send(id, s) {
  socket.send(JSON.stringify({ op: 'subscribe', id, sql: s.sql, token: s.token }));
}

function connect() {
  if (socket || subs.size === 0) return;
  const ws = new WebSocket(location.origin.replace(/^http/, 'ws') + '/v1/ws');
  socket = ws;
  ws.onopen = () => {
    wait = 500;
    status(true);
    for (const [id, s] of subs) send(id, s);
  };
  ws.onmessage = (m) => heard(JSON.parse(m.data));
  ws.onclose = () => {
    socket = null;
    status(false);
    if (subs.size) setTimeout(connect, wait);
    wait = Math.min(wait * 2, 10000);
  };
}

function heard(m) {
  const s = subs.get(m.id);
  if (!s) return;
  if (m.token) s.token = m.token;
  switch (m.event) {
    case 'schema':
      s.begun = true;
      s.onschema(m);
      break;
    case 'rows':
      s.onrows(m.rows);
      break;
    case 'overflow': // too slow: go on behind what we have
      send(m.id, s);
      break;
    case 'shutdown':
      break; // the socket closes and is opened again
    case 'end':
      subs.delete(m.id);
      s.onend();
      break;
    default:
      if (s.token && m.error && s.begun && (m.error.code === '0A000' || m.error.code === '22023')) {
        s.token = ''; // cannot be resumed: begin anew
        send(m.id, s);
        return;
      }
      subs.delete(m.id);
      s.onfail(new Failure(m.error));
  }
}

// watch subscribes to a push query and gives a function that ends it. on has
// schema, rows, end and fail.
export function watch(text, on) {
  const id = String(++last);
  const none = () => {};
  const s = { sql: text, token: '', onschema: on.schema, onrows: on.rows, onend: on.end || none, onfail: on.fail || none };
  subs.set(id, s);
  if (socket && socket.readyState === WebSocket.OPEN) send(id, s);
  else connect();
  return () => {
    if (!subs.delete(id)) return;
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ op: 'unsubscribe', id }));
  };
}
