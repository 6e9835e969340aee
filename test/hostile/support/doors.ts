import type { Names } from './bytes.js';

/** Something said on a socket and a part of what is heard in answer; null says nothing. */
interface Turn {
  readonly says: string | null;
  readonly hears: string;
}

/** A way into the service over a socket, and how its answers read. */
export interface Door {
  readonly path: string;
  /** What comes first on a connection. */
  readonly greeting: (names: Names) => readonly Turn[];
  /** Answered in order, so that what came in before is answered by then. */
  readonly roundTrip: Turn & { readonly says: string };
  /** What the service says without being asked. */
  readonly isNoise: (text: string) => boolean;
  readonly isRefusal: (text: string) => boolean;
  /** Its code where it is a refusal, else what kind of answer it is. */
  readonly labelOf: (text: string) => string;
}

interface Frame {
  readonly type: string;
  readonly data: { readonly code?: string | number };
}

const parsed = (text: string): Frame => JSON.parse(text) as Frame;

/** JSON frames of `{type, data}`. */
const ofFrames = {
  roundTrip: { says: '{"type":"ping","data":{}}', hears: '"type":"pong"' },
  isNoise: (text: string) => parsed(text).type === 'ping',
  isRefusal: (text: string) => parsed(text).type === 'error',
  labelOf: (text: string) => {
    const { type, data } = parsed(text);
    return type === 'error' ? String(data.code) : type;
  },
};

export const VEZA: Door = {
  ...ofFrames,
  path: '/ws?token={{token}}',
  greeting: () => [{ says: null, hears: '"auth_success"' }],
};

/** At the same path, before anybody knows who it is. */
export const STRANGER: Door = { ...ofFrames, path: '/ws', greeting: () => [] };

/** Where what anybody says is passed on to everybody else. */
export const RELAY: Door = { ...STRANGER, path: '/live/ws' };

export const SALON: Door = {
  ...ofFrames,
  path: '/ws/chat?token={{token}}',
  greeting: () => [ofFrames.roundTrip],
};

export const LIVE: Door = {
  ...ofFrames,
  path: '/chat/ws/room/hostile?token={{token}}',
  greeting: () => [{ says: null, hears: '"room_joined"' }],
};

const CODE = /"code":"([A-Z_]+)"/;
/** Kind of packet, namespace and number of the ack. */
const HEAD = /^\d+(?:-(?=[/[])|)(?:\/[^,[{]{0,40},?)?\d*/;

const ofPackets = {
  path: '/socket.io/?EIO=4&transport=websocket',
  // A ping, and events that tell of no failure.
  isNoise: (text: string) => text === '2' || (text.startsWith('42') && !CODE.test(text)),
  isRefusal: (text: string) => CODE.test(text) || text.startsWith('44'),
  labelOf: (text: string) => CODE.exec(text)?.[1] ?? HEAD.exec(text)?.[0] ?? text,
};

const OPEN: Turn = { says: null, hears: '0{"sid"' };

/** Nothing but an Engine.IO connection: no namespace is entered. */
export const ENGINE: Door = {
  ...ofPackets,
  greeting: () => [OPEN],
  roundTrip: { says: '40/nowhere,', hears: '44/nowhere,' },
};

/** Both namespaces are entered. */
export const PACKETS: Door = {
  ...ofPackets,
  greeting: ({ token }) => [
    OPEN,
    { says: `40{"token":"${token}"}`, hears: '40{"sid"' },
    { says: `40/chat,{"token":"${token}"}`, hears: '40/chat,{"sid"' },
  ],
  roundTrip: { says: '42/chat,999999["conversation:list"]', hears: '43/chat,999999[' },
};
