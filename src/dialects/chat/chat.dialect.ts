import {
  ENGINE_MESSAGE,
  type SocketIoDialect,
} from '../../transport/socket-io/socket-io-connection.js';
import { failures } from './chat.errors.js';
import type { ClientEvents, ServerEvents } from './chat.events.js';
import { chatPresenter } from './chat.presenter.js';

const SEND: keyof ClientEvents = 'message:send';
const REFRESH: keyof ClientEvents = 'auth:refresh';

export const chatDialect: SocketIoDialect = {
  name: 'chat',
  present: chatPresenter,
  framePrefix: ENGINE_MESSAGE,
  presence: 'online',
  joinsByItself: () => false,
  failures,
  mayOverlap: isPlainSend,
  isSend: (eventName) => eventName === SEND,
  // Whose token has run out may bring a new one.
  needsNoToken: (event) => event === REFRESH,
  expiring,
};

function expiring(expiresAt: Date): readonly [keyof ServerEvents, ServerEvents['auth:expiring']] {
  return ['auth:expiring', { expiresAt: expiresAt.toISOString() }];
}

/**
 * A send that reads nothing before it is appended. One that does, to resolve a name, a mention or
 * an upload, takes a while: the next one would overtake it.
 */
function isPlainSend(eventName: string, payload: unknown): boolean {
  if (eventName !== SEND || typeof payload !== 'object' || payload === null) return false;
  const { conversationId, content, mentions, attachments } = payload as Record<string, unknown>;
  const namesNobody = typeof content === 'string' && !content.includes('@') && isNone(mentions);
  return typeof conversationId === 'number' && namesNobody && areElsewhere(attachments);
}

const isNone = (list: unknown): boolean => !list || (Array.isArray(list) && list.length === 0);

/** Attachments that are none of our uploads. */
const areElsewhere = (list: unknown): boolean =>
  isNone(list) ||
  (Array.isArray(list) && list.every((url) => typeof url === 'string' && /^https?:/.test(url)));
