import { ConversationEntity } from './conversation.entity.js';
import { MessageEntity } from './message.entity.js';
import { ParticipantEntity } from './participant.entity.js';
import { ReactionEntity } from './reaction.entity.js';
import { ReceiptEntity } from './receipt.entity.js';
import { ReportEntity } from './report.entity.js';
import { UploadEntity } from './upload.entity.js';
import { UserEntity } from './user.entity.js';

export const entities = [
  ConversationEntity,
  MessageEntity,
  ParticipantEntity,
  ReactionEntity,
  ReceiptEntity,
  ReportEntity,
  UploadEntity,
  UserEntity,
];

export {
  ConversationEntity,
  MessageEntity,
  ParticipantEntity,
  ReactionEntity,
  ReceiptEntity,
  ReportEntity,
  UploadEntity,
  UserEntity,
};
