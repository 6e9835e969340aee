import type { EntityManager } from 'typeorm';
import type { ConversationId } from '../../core/model/conversation.js';
import {
  ConversationEntity,
  MessageEntity,
  ParticipantEntity,
  ReactionEntity,
  ReceiptEntity,
  RoomLeaseEntity,
  SanctionEntity,
  UploadEntity,
} from '../entities/index.js';

const BELONGINGS = [
  MessageEntity,
  ParticipantEntity,
  ReactionEntity,
  ReceiptEntity,
  RoomLeaseEntity,
  SanctionEntity,
];

/** With all that is in it, in a transaction of the caller's. */
export async function deleteConversation(
  manager: EntityManager,
  id: ConversationId,
): Promise<void> {
  // The row first: its lock keeps a concurrent append from leaving messages behind.
  await manager.delete(ConversationEntity, { id });
  for (const entity of BELONGINGS) await manager.delete(entity, { conversationId: id });
  await manager.update(UploadEntity, { conversationId: id }, { state: 'given-up' });
}
