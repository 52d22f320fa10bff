// Who the page is: a login form where the server asks for one, the role and a way
// out where there is a login.
import { call, setEcho } from './api.js';

let shown = false;

function field(id, label, type, autocomplete) {
  const l = document.createElement('label');
  l.htmlFor = id;
  l.textContent = label;
  const i = document.createElement('input');
  Object.assign(i, { id, type, autocomplete, required: true });
  return [l, i];
}

// enter gives a promise that is kept once the page may ask for data.
export async function enter(main) {
  const s = await call('GET', '/v1/session');
  if (s.role === undefined) return form(main);
  setEcho(s.echo || '');
  who(s);
}

function who(s) {
  const e = document.getElementById('who');
  e.textContent = '';
  if (!s.login) return;
  const out = document.createElement('button');
  out.type = 'button';
  out.className = 'quiet';
  out.textContent = 'Log out ' + s.role;
  out.addEventListener('click', async () => {
    await call('POST', '/v1/logout').catch(() => {});
    location.reload();
  });
  e.append(out);
}

function form(main) {
  shown = true;
  return new Promise((done) => {
    const f = document.createElement('form');
    f.className = 'card login';
    f.setAttribute('aria-labelledby', 'login-title');
    const h = document.createElement('h1');
    h.id = 'login-title';
    h.textContent = 'Log in';
    const [userLabel, user] = field('login-user', 'Role', 'text', 'username');
    const [passLabel, pass] = field('login-password', 'Password', 'password', 'current-password');
    const bad = document.createElement('p');
    bad.className = 'bad';
    bad.setAttribute('role', 'alert');
    const go = document.createElement('button');
    go.className = 'main';
    go.textContent = 'Log in';
    f.append(h, userLabel, user, passLabel, pass, bad, go);
    main.replaceChildren(f);
    user.focus();
    f.addEventListener('submit', async (ev) => {
      ev.preventDefault();
      go.disabled = true;
      bad.textContent = '';
      try {
        const s = await call('POST', '/v1/login', JSON.stringify({ user: user.value, password: pass.value, cookie: true }));
        setEcho(s.echo || '');
        who(s);
        shown = false;
        main.replaceChildren();
        done();
      } catch (err) {
        bad.textContent = err.hint ? err.message + '. ' + err.hint : err.message;
        pass.value = '';
        pass.focus();
      }
      go.disabled = false;
    });
  });
}

// A login that has ended in the middle of something: the page begins anew.
addEventListener('leat-login', () => {
  if (!shown) location.reload();
});
