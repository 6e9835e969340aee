import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compiled } from './documents.js';
import { codeUnder } from './live-samples.js';

/** Where the document's server is. */
const SERVER_URL = 'ws://localhost:8000';

const supportFile = (name: string): string =>
  compiled(readFileSync(`test/support/${name}.ts`, 'utf8'));

/** As much of React as the document's component needs, in a browser. */
const REACT = `
import { Hooks } from './hooks.js';

const hooks = new Hooks();
const LISTENERS = { onBlur: 'onblur', onChange: 'oninput', onClick: 'onclick' };
let render = () => undefined;

export const { useEffect, useRef } = hooks;
export const useState = (initial) => {
  const [state, set] = hooks.useState(initial);
  return [state, (next) => { set(next); render(); }];
};
export const createElement = (type, props, ...children) =>
  ({ type, props: props ?? {}, children: children.flat() });

/** Changes what is there instead of replacing it: an input keeps its focus. */
function patch(parent, nodes) {
  nodes.forEach((node, index) => {
    const isElement = typeof node === 'object';
    const before = parent.childNodes[index];
    const made = () => isElement ? document.createElement(node.type) : new Text();
    const place = before ?? parent.appendChild(made());
    if (!isElement) { place.data = node; return; }
    for (const [name, value] of Object.entries(node.props)) {
      if (name !== 'key') place[LISTENERS[name] ?? name] = value;
    }
    patch(place, node.children);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

export function show(component, root) {
  render = () => patch(root, [hooks.render(component)]);
  render();
}
globalThis.unmount = () => hooks.unmount();
`;

const PAGE = `<!doctype html><meta charset="utf-8"><div id="root"></div>
<script type="importmap">{ "imports": { "react": "/react.js" } }</script>
<script type="module" src="/chat-room.js"></script>`;

/** The document's hook and component as they stand, told where the server of the test is. */
function chatRoom(appUrl: string): string {
  const [hook = ''] = codeUnder('React Hook pour WebSocket Chat', 'typescript');
  const [component = ''] = codeUnder('Utilisation du Hook', 'typescript');
  if (!hook.includes(SERVER_URL)) throw new Error(`The hook does not name ${SERVER_URL}`);
  return compiled(`
    import * as React from 'react';
    ${hook.replaceAll(SERVER_URL, appUrl.replace('http', 'ws'))}
    ${component}
    const roomId = Number(location.pathname.slice(1));
    React.show(() => ChatRoom({ roomId }), document.getElementById('root'));`);
}

/** Pages on an origin of their own, as a developer would serve them: `/<room>` shows that room. */
export class ChatRoomPages {
  private constructor(private readonly server: Server) {}

  static async serve(appUrl: string): Promise<ChatRoomPages> {
    const scripts = new Map([
      ['/react.js', REACT],
      ['/hooks.js', supportFile('hooks')],
      ['/patience.js', supportFile('patience')],
      ['/chat-room.js', chatRoom(appUrl)],
    ]);
    const server = createServer(({ url = '' }, response) => {
      const script = scripts.get(url);
      const type = script === undefined ? 'text/html' : 'text/javascript; charset=utf-8';
      response.setHeader('content-type', type).end(script ?? PAGE);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ChatRoomPages(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  urlOf(roomId: number): string {
    return `${this.origin}/${roomId}`;
  }

  /** What a browser keeps for these pages: the component looks there for its user's token. */
  storageWith(token: string | null) {
    const localStorage = token === null ? [] : [{ name: 'jwt_token', value: token }];
    return { cookies: [], origins: [{ origin: this.origin, localStorage }] };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
