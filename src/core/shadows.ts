import { isModerator, type Identity } from './model/identity.js';
import type { Message } from './model/message.js';

/**
 * A message as somebody gets to see it. What a shadow banned user says is there for himself and
 * for the service's moderators; to everyone else it looks deleted: its `seq` is taken, since
 * there are no gaps.
 */
export function seenBy(identity: Pick<Identity, 'userId' | 'roles'>, message: Message): Message {
  const isPlain = !message.isShadowed || message.senderId === identity.userId;
  return isPlain || isModerator(identity) ? message : asDeleted(message);
}

/** As everyone else sees it. */
export const asDeleted = (message: Message): Message => ({
  ...message,
  content: '',
  attachments: [],
  mentions: [],
  reactions: {},
  metadata: null,
  deletedAt: message.deletedAt ?? message.sentAt,
});
