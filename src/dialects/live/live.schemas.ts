import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { LIMITS } from '../../core/core.limits.js';
import { IsUserRef } from '../../validation/rules.js';

/** Those of document 5; there are more over REST. */
const ACTIONS = ['ban', 'mute'] as const;

export class EmptyData {}

export class ChatMessageData {
  @IsString()
  message!: string;

  /** Makes sending again safe, for users with a token. */
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.clientMessageIdLength)
  client_message_id?: string;
}

export class ModerationData {
  @IsIn(ACTIONS)
  action!: (typeof ACTIONS)[number];

  @IsUserRef()
  target_user_id!: number | string;

  /** 0 for one without an end. */
  @IsInt()
  @Min(0)
  @Max(LIMITS.sanctionMinutes)
  duration_minutes!: number;
}
