import { Injectable } from '@nestjs/common';
import { LIMITS } from './core.limits.js';
import { mentionedNames as namesIn } from './mentions.js';
import type { ConversationId } from './model/conversation.js';
import type { UserId } from './model/identity.js';
import { ParticipantStore } from './ports/participant-store.js';
import type { Submission } from './ports/rule-compiler.js';

/** What a message says of whom: in its text, and besides. */
export interface Mentioning {
  readonly content: string;
  readonly mentions?: readonly UserId[] | undefined;
  /** Usernames, for dialects that mention by name. */
  readonly mentionedNames?: readonly string[] | undefined;
}

@Injectable()
export class MentionsService {
  constructor(private readonly participants: ParticipantStore) {}

  /** Those of the mentioned who take part. Reads nothing where nobody is mentioned. */
  async resolve(
    conversationId: ConversationId,
    { content, mentions = [], mentionedNames = [] }: Mentioning,
  ): Promise<readonly UserId[]> {
    const usernames = [...mentionedNames, ...namesIn(content, LIMITS.mentions)];
    if (usernames.length === 0 && mentions.length === 0) return [];
    return this.participants.among(conversationId, { userIds: mentions, usernames });
  }
}

/** What the automatic rules judge. */
export const submissionOf = (
  { content, mentions = [], mentionedNames = [] }: Mentioning,
  attachments: readonly string[],
): Submission => ({ content, attachments, mentionedNames, mentionedIds: mentions.length });
