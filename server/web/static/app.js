// Which page is shown follows the hash: #/page/name?sql=...
import { enter } from './login.js';
import { queryPage } from './query.js';
import { dashboardsPage } from './dashboards.js';
import { sourcesPage } from './sources.js';
import { jobsPage, graphPage, errorsPage } from './jobs.js';

const pages = { query: queryPage, dashboards: dashboardsPage, sources: sourcesPage, jobs: jobsPage, graph: graphPage, errors: errorsPage };
const main = document.getElementById('main');
let leave = () => {};

function go() {
  const [path, query] = (location.hash.slice(2) || 'query').split('?');
  const [page, name] = path.split('/').map(decodeURIComponent);
  leave();
  document.title = 'Leat';
  for (const a of document.querySelectorAll('header nav a')) {
    if (a.getAttribute('href') === '#/' + page) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
  leave = (pages[page] || queryPage)(main, page === 'query' ? new URLSearchParams(query).get('sql') : name);
}

const dark = matchMedia('(prefers-color-scheme: dark)');
function paint() {
  document.documentElement.dataset.theme = localStorage.getItem('leat.theme') || (dark.matches ? 'dark' : 'light');
}
dark.addEventListener('change', paint);
document.getElementById('theme').addEventListener('click', () => {
  localStorage.setItem('leat.theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  paint();
});
paint();
enter(main)
  .catch(() => {}) // without the server the pages say so themselves
  .then(() => {
    addEventListener('hashchange', go);
    go();
  });
