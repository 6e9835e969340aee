import { AuditEntryEntity } from './audit-entry.entity.js';
import { BlockEntity } from './block.entity.js';
import { ConversationEntity } from './conversation.entity.js';
import { JournalEndEntity, JournalEntryEntity } from './journal-entry.entity.js';
import { KeyEntity } from './key.entity.js';
import { MessageEntity } from './message.entity.js';
import { ModerationRulesEntity } from './moderation-rules.entity.js';
import { NodeEntity } from './node.entity.js';
import { ParticipantEntity } from './participant.entity.js';
import { RateLimitEntity } from './rate-limit.entity.js';
import { ReactionEntity } from './reaction.entity.js';
import { ReceiptEntity } from './receipt.entity.js';
import { ReportEntity } from './report.entity.js';
import { RevocationEntity } from './revocation.entity.js';
import { RoomLeaseEntity } from './room-lease.entity.js';
import { SanctionEntity } from './sanction.entity.js';
import { UploadEntity } from './upload.entity.js';
import { UserEntity } from './user.entity.js';
import { VideoEntity } from './video.entity.js';

export const entities = [
  AuditEntryEntity,
  BlockEntity,
  ConversationEntity,
  JournalEndEntity,
  JournalEntryEntity,
  KeyEntity,
  MessageEntity,
  ModerationRulesEntity,
  NodeEntity,
  ParticipantEntity,
  RateLimitEntity,
  ReactionEntity,
  ReceiptEntity,
  ReportEntity,
  RevocationEntity,
  RoomLeaseEntity,
  SanctionEntity,
  UploadEntity,
  UserEntity,
  VideoEntity,
];

export {
  AuditEntryEntity,
  BlockEntity,
  ConversationEntity,
  JournalEndEntity,
  JournalEntryEntity,
  KeyEntity,
  MessageEntity,
  ModerationRulesEntity,
  NodeEntity,
  ParticipantEntity,
  RateLimitEntity,
  ReactionEntity,
  ReceiptEntity,
  ReportEntity,
  RevocationEntity,
  RoomLeaseEntity,
  SanctionEntity,
  UploadEntity,
  UserEntity,
  VideoEntity,
};
