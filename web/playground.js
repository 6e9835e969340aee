import { Pane } from './playground/pane.js';

const RETRY_MS = 2_000;
const users = [
  { sub: '1001', username: 'alice' },
  { sub: '1002', username: 'bob' },
];
const panes = [new Pane(1, users[0], users[1]), new Pane(2, users[1], users[0])];

const post = (path, body, headers = {}) =>
  fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** A development token, or null where the server hands out none. */
async function developmentToken(user) {
  const response = await post('/dev/tokens', { ...user, roles: ['user'] });
  if ([403, 404].includes(response.status)) return null;
  if (!response.ok) throw new Error('The server gave no token');
  return (await response.json()).token;
}

/** Who a token speaks for; the server alone judges whether it is genuine. */
function userOf(token) {
  const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(window.atob(payload), (char) => char.charCodeAt(0));
  const { sub, ...claims } = JSON.parse(new window.TextDecoder().decode(bytes));
  const username = claims.username ?? claims.preferred_username ?? claims.name ?? `user_${sub}`;
  return { sub, username };
}

let creation;
/** Both panes may miss the conversation at the same moment; one request serves both. */
function createConversation(token, slug) {
  creation ??= postConversation(token, slug).finally(() => (creation = undefined));
  return creation;
}

async function postConversation(token, slug) {
  const body = { type: 'public', title: 'Playground', slug };
  const response = await post('/conversations', body, { Authorization: `Bearer ${token}` });
  // 409: somebody else was first, which is just as good.
  if (!response.ok && response.status !== 409) throw new Error('The conversation was not created');
}

function connect(index, token) {
  try {
    users[index] = userOf(token);
  } catch {
    return askForToken(index, 'That is not a token');
  }
  panes[index].introduce(users[index], users[1 - index]);
  panes[1 - index].introduce(users[1 - index], users[index]);
  const access = {
    token,
    createConversation: (slug) => createConversation(access.token, slug),
    renew: async () => {
      const renewed = await developmentToken(users[index]);
      if (renewed) access.token = renewed;
      else askForToken(index, 'The server refused this token');
      return Boolean(renewed);
    },
  };
  panes[index].open(access);
}

function askForToken(index, problem) {
  panes[index].askForToken((token) => connect(index, token), problem);
}

async function start(index) {
  try {
    const token = await developmentToken(users[index]);
    if (token) connect(index, token);
    else askForToken(index);
  } catch {
    panes[index].showState('reconnecting', 'Waiting for the server…');
    setTimeout(() => start(index), RETRY_MS);
  }
}

function activate(active) {
  for (const pane of panes) pane.isActive = pane === active;
}

function prepareSnippet() {
  const dialog = document.getElementById('connect');
  const snippet = document.getElementById('snippet');
  const copy = document.getElementById('copy-snippet');
  snippet.textContent = snippet.textContent.trim().replace('$ORIGIN', location.origin);
  document.getElementById('open-connect').addEventListener('click', () => dialog.showModal());
  copy.addEventListener('click', async () => {
    // Without HTTPS the clipboard may be missing; the selection is then the next best thing.
    document.getSelection().selectAllChildren(snippet);
    await navigator.clipboard?.writeText(snippet.textContent);
    copy.textContent = navigator.clipboard ? 'Copied' : 'Selected';
  });
}

for (const [index, pane] of panes.entries()) {
  document.getElementById('panes').append(pane.root);
  for (const event of ['pointerdown', 'focusin']) {
    pane.root.addEventListener(event, () => activate(pane));
  }
  start(index);
}
prepareSnippet();
activate(panes[0]);
