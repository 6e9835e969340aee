import { Logger } from '@nestjs/common';
import { parseConversationRef, type ConversationRef } from './model/conversation-ref.js';
import type { ConversationId } from './model/conversation.js';
import type { Identity } from './model/identity.js';
import type { ContentRule, PaceRule } from './model/rules.js';
import { wireUserText } from './model/wire-ids.js';

const logger = new Logger('Moderation');

/** Who sends, from where to where. */
export interface Sending {
  readonly identity: Identity;
  readonly dialect: string;
  readonly conversation: ConversationId | string | ConversationRef;
}

/** By which rules whose message was refused; never what was in it. */
export function logRejection(
  { identity, dialect, conversation }: Sending,
  rules: readonly (ContentRule | PaceRule)[],
): void {
  logger.log({
    event: 'MODERATION_REJECTED',
    rules,
    userId: wireUserText(identity.userId),
    conversation: nameOf(conversation, identity),
    dialect,
  });
}

/** An id or a name; of what can be neither a client's text would be all there is to tell. */
function nameOf(
  conversation: Sending['conversation'],
  { userId }: Identity,
): ConversationId | string | null {
  const ref =
    typeof conversation === 'object' ? conversation : parseConversationRef(conversation, userId);
  switch (ref?.kind) {
    case 'id':
      return ref.id;
    case 'slug':
      return ref.slug;
    case 'direct':
      return `private_${userId}_${ref.other}`;
    default:
      return null;
  }
}
