import { ChatSpeaker } from './chat-speaker.js';
import type { TestClients } from './clients.js';
import { LiveSpeaker } from './live-speaker.js';
import { RootSpeaker } from './root-speaker.js';
import { SalonSpeaker } from './salon-speaker.js';
import type { Kind, Place, Speaker } from './speaker.js';
import { tokenFor, type TestUser } from './tokens.js';
import { VezaSpeaker } from './veza-speaker.js';

export type DialectName = Speaker['dialect'];

/** What a dialect can say, and what it has a word for when others say it. */
export interface Dialect {
  readonly name: DialectName;
  readonly connect: (app: TestClients, user: TestUser) => Promise<Speaker>;
  readonly says: ReadonlySet<
    'attachment' | 'type' | 'typing' | 'reaction' | 'first direct message'
  >;
  readonly hears: ReadonlySet<Kind>;
}

export const CHAT: Dialect = {
  name: 'chat',
  connect: async (app, user) => new ChatSpeaker(user, await app.connect(user)),
  says: new Set(['attachment', 'type', 'typing', 'reaction', 'first direct message']),
  hears: new Set([
    ...(['message', 'typing', 'presence', 'reaction'] as const),
    ...(['edit', 'deletion', 'receipt'] as const),
  ]),
};

export const ROOT: Dialect = {
  name: 'root',
  connect: async (app, user) => new RootSpeaker(user, await app.root(user)),
  says: new Set(['typing', 'first direct message']),
  hears: new Set(['message', 'typing', 'presence']),
};

export const VEZA: Dialect = {
  name: 'veza',
  connect: async (app, user) => new VezaSpeaker(user, await app.veza(user)),
  says: new Set(['attachment', 'type', 'typing', 'first direct message']),
  hears: new Set([
    ...(['message', 'typing', 'presence'] as const),
    ...(['edit', 'deletion', 'receipt'] as const),
  ]),
};

export const SALON: Dialect = {
  name: 'salon',
  connect: async (app, user) => new SalonSpeaker(user, await app.salon(user)),
  says: new Set(['attachment', 'type', 'reaction', 'first direct message']),
  hears: new Set(['message', 'presence', 'reaction']),
};

/** Connected once it is told where to go: its URL names the room. */
export const LIVE: Dialect = {
  name: 'live',
  connect: async (app, user) => {
    const token = await tokenFor(user);
    return new LiveSpeaker(user, (room, query) =>
      app.dialRaw(`/chat/ws/room/${room}?${String(new URLSearchParams({ token, ...query }))}`),
    );
  },
  says: new Set(['typing']),
  hears: new Set(['message', 'typing', 'presence']),
};

/** All that meet: one more is tested with these by its entry. */
export const DIALECTS: readonly Dialect[] = [CHAT, ROOT, VEZA, SALON, LIVE];

/** For tables of tests: with the name in front. */
export const named = (dialects: readonly Dialect[]): (readonly [DialectName, Dialect])[] =>
  dialects.map((dialect) => [dialect.name, dialect]);

/** Every ordered pair: who does something, who hears of it. */
export const PAIRS: readonly (readonly [from: DialectName, to: DialectName, Dialect, Dialect])[] =
  DIALECTS.flatMap((from) => DIALECTS.map((to) => [from.name, to.name, from, to] as const));

/** One connection of that user in each dialect, all of them reading along there. */
export async function everywhere(
  app: TestClients,
  user: TestUser,
  place: Place,
  dialects = DIALECTS,
): Promise<readonly Speaker[]> {
  const speakers: Speaker[] = [];
  for (const dialect of dialects) {
    const speaker = await dialect.connect(app, user);
    await speaker.join(place);
    speakers.push(speaker);
  }
  return speakers;
}

export function speaking(name: DialectName, speakers: readonly Speaker[]): Speaker {
  const found = speakers.find(({ dialect }) => dialect === name);
  if (!found) throw new Error(`Nobody speaks ${name}`);
  return found;
}
