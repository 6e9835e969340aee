import { INSTANT } from '../../support/chat-shapes.js';
import { userData as liveUser } from '../../support/live-shapes.js';
import type { Json } from '../../support/speaker.js';
import type { DialectName } from '../../support/speakers.js';
import type { TestUser } from '../../support/tokens.js';
import { aFrame, userData } from '../../support/veza-shapes.js';

/** What a watcher is told of a user, by the watcher’s dialect. */
export const COMINGS: Record<
  DialectName,
  (user: TestUser, room: number) => { readonly comes: Json; readonly goes: Json }
> = {
  chat: ({ id, name }) => {
    const comes = { userId: id, username: name };
    return { comes, goes: { ...comes, lastSeen: INSTANT } };
  },
  root: ({ id, name }) => {
    const user = { userId: String(id), username: name };
    return {
      comes: { ...user, isOnline: true },
      goes: { ...user, isOnline: false, lastSeen: INSTANT },
    };
  },
  veza: (user) => ({
    comes: aFrame('user_online', userData(user)),
    goes: aFrame('user_offline', userData(user)),
  }),
  salon: ({ id, name }, room) => {
    const user = { user_id: id, username: name, room };
    return { comes: user, goes: user };
  },
  live: (user) => ({
    comes: { type: 'user_joined', data: { ...liveUser(user), timestamp: INSTANT } },
    goes: { type: 'user_left', data: liveUser(user) },
  }),
};
