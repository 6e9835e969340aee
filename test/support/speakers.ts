import type { TestApp } from './app.js';
import { ChatSpeaker } from './chat-speaker.js';
import { RootSpeaker } from './root-speaker.js';
import { SalonSpeaker } from './salon-speaker.js';
import type { Kind, Speaker } from './speaker.js';
import type { TestUser } from './tokens.js';
import { VezaSpeaker } from './veza-speaker.js';

export type DialectName = Speaker['dialect'];

/** What a dialect can say, and what it has a word for when others say it. */
export interface Dialect {
  readonly name: DialectName;
  readonly connect: (app: TestApp, user: TestUser) => Promise<Speaker>;
  readonly says: ReadonlySet<'attachment' | 'type' | 'typing' | 'reaction'>;
  readonly hears: ReadonlySet<Kind>;
}

export const CHAT: Dialect = {
  name: 'chat',
  connect: async (app, user) => new ChatSpeaker(user, await app.connect(user)),
  says: new Set(['attachment', 'type', 'typing', 'reaction']),
  hears: new Set([
    ...(['message', 'typing', 'presence', 'reaction'] as const),
    ...(['edit', 'deletion', 'receipt'] as const),
  ]),
};

export const ROOT: Dialect = {
  name: 'root',
  connect: async (app, user) => new RootSpeaker(user, await app.root(user)),
  says: new Set(['typing']),
  hears: new Set(['message', 'typing', 'presence']),
};

export const VEZA: Dialect = {
  name: 'veza',
  connect: async (app, user) => new VezaSpeaker(user, await app.veza(user)),
  says: new Set(['attachment', 'type', 'typing']),
  hears: new Set([
    ...(['message', 'typing', 'presence'] as const),
    ...(['edit', 'deletion', 'receipt'] as const),
  ]),
};

export const SALON: Dialect = {
  name: 'salon',
  connect: async (app, user) => new SalonSpeaker(user, await app.salon(user)),
  says: new Set(['attachment', 'type', 'reaction']),
  hears: new Set(['message', 'presence', 'reaction']),
};

/** All that meet: one more is tested with these by its entry. */
export const DIALECTS: readonly Dialect[] = [CHAT, ROOT, VEZA, SALON];

/** Every ordered pair: who does something, who hears of it. */
export const PAIRS: readonly (readonly [from: DialectName, to: DialectName, Dialect, Dialect])[] =
  DIALECTS.flatMap((from) => DIALECTS.map((to) => [from.name, to.name, from, to] as const));
