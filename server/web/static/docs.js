// The pages of the documentation: the console's theme.
const chosen = localStorage.getItem('leat.theme');
if (chosen) document.documentElement.dataset.theme = chosen;
