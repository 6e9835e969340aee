import { ArgsType, Field, GraphQLISODateTime, ID, Int, ObjectType } from '@nestjs/graphql';
import {
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { LIMITS } from '../core/core.limits.js';
import type { Conversation } from '../core/model/conversation.js';

const MAX_ROOMS = 500;

@ObjectType({ description: 'A live room: it ends after the last who is in it.' })
export class ChatRoom {
  @Field(() => Int, { description: 'As `room_id` in the room, and in its URL.' })
  id!: number;

  @Field(() => String, { nullable: true, description: 'May stand in the URL for the id.' })
  slug!: string | null;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => Boolean, { description: 'Whether anyone may come in.' })
  isPublic!: boolean;

  @Field(() => GraphQLISODateTime)
  createdAt!: Date;
}

@ObjectType()
export class Video {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  title!: string;
}

const IsTitle = (): PropertyDecorator => (target, key) => {
  IsString()(target, key);
  Matches(/\S/, { message: 'must not be blank' })(target, key);
  MaxLength(LIMITS.titleLength)(target, key);
};

@ArgsType()
export class CreateChatRoomArgs {
  @Field(() => String)
  @IsTitle()
  name!: string;

  @Field(() => String, { nullable: true, description: 'a-z, 0-9, _ and -; unique.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  slug?: string | null;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.descriptionLength)
  description?: string | null;

  @Field(() => Boolean, { defaultValue: true })
  @IsBoolean()
  isPublic!: boolean;
}

@ArgsType()
export class ChatRoomsArgs {
  @Field(() => Int, { defaultValue: 100, description: `At most ${MAX_ROOMS}.` })
  @IsInt()
  @Min(1)
  @Max(MAX_ROOMS)
  limit!: number;
}

@ArgsType()
export class RegisterVideoArgs {
  @Field(() => ID)
  @IsString()
  id!: string;

  @Field(() => String)
  @IsTitle()
  title!: string;
}

export const chatRoom = (conversation: Conversation): ChatRoom => ({
  id: conversation.id,
  slug: conversation.slug,
  name: conversation.title ?? conversation.slug ?? String(conversation.id),
  description: conversation.description,
  isPublic: conversation.isPublic,
  createdAt: conversation.createdAt,
});
