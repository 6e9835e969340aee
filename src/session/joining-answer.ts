import { LIMITS } from '../core/core.limits.js';
import type { ConversationSummary } from '../core/model/conversation.js';
import { isAnonymous, type UserId } from '../core/model/identity.js';
import type { Stay } from '../core/model/presence.js';
import type { MessagePage } from '../core/ports/message-store.js';

/** Over all nodes. */
export interface Occupancy {
  readonly onlineUsers: readonly UserId[];
  /** Sockets in it, the asking one included. */
  readonly connectionCount: number;
}

export function occupancyOf(present: ReadonlyMap<UserId, Stay>): Occupancy {
  let connectionCount = 0;
  for (const { connections } of present.values()) connectionCount += connections;
  // Visitors without a token are no users: there is no id to tell.
  const onlineUsers = [...present.keys()].filter((userId) => !isAnonymous(userId));
  return { onlineUsers, connectionCount };
}

/** Ends a page where it gets too long to be one answer. */
export function inOneAnswer(page: MessagePage): MessagePage {
  let length = 0;
  const end = page.messages.findIndex(({ content, attachments }) => {
    length += content.length + attachments.join().length;
    return length > LIMITS.catchUpLength;
  });
  return end < 0 ? page : { messages: page.messages.slice(0, end), hasMore: true };
}

/** The newest `seq` that the join's answer covers. */
export const baselineOf = (
  { conversation }: ConversationSummary,
  { messages }: MessagePage,
): number => Math.max(conversation.lastSeq, messages.at(-1)?.seq ?? 0);
