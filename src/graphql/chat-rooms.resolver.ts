import { UseGuards, UsePipes } from '@nestjs/common';
import { Args, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { BearerGuard, BearerOrNobodyGuard, Caller, CallerOrNobody } from '../auth/caller.js';
import { ConversationsService } from '../core/conversations.service.js';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { SERVICE } from '../core/model/presence.js';
import { Nodes } from '../core/ports/nodes.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { REQUEST_PIPES } from '../validation/request.pipes.js';
import { chatRoom, ChatRoom, ChatRoomsArgs, CreateChatRoomArgs } from './graphql.types.js';

/** Conversations looked at for live rooms that the caller may find. */
const MAX_CANDIDATES = 2_000;

/** Live rooms (document 5). */
@UsePipes(...REQUEST_PIPES)
@Resolver(() => ChatRoom)
export class ChatRoomsResolver {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly presence: PresenceStore,
    private readonly nodes: Nodes,
  ) {}

  @Mutation(() => ChatRoom, {
    description:
      'Makes a room of which the caller is the owner. It waits an hour for its first client.',
  })
  @UseGuards(BearerGuard)
  async createChatRoom(
    @Caller() identity: Identity,
    @Args() { name, slug, description, isPublic }: CreateChatRoomArgs,
  ): Promise<ChatRoom> {
    const { conversation } = await this.conversations.create(identity, {
      type: 'live',
      title: name,
      slug: slug ?? null,
      description: description ?? null,
      isPublic,
      allowAnonymous: isPublic,
    });
    return chatRoom(conversation);
  }

  @Query(() => [ChatRoom], {
    description: 'Rooms with somebody in them that the caller may find, the fullest first.',
  })
  @UseGuards(BearerOrNobodyGuard)
  async chatRooms(
    @CallerOrNobody() identity: Identity | null,
    @Args() { limit }: ChatRoomsArgs,
  ): Promise<ChatRoom[]> {
    const { term } = this.nodes;
    const fullest = [...(await this.presence.occupancy())]
      .sort(([, a], [, b]) => b - a)
      .flatMap(([place]) => (place === SERVICE ? [] : [place]))
      .slice(0, MAX_CANDIDATES);
    const places = new Map(fullest.map((id, place) => [id, place]));
    const placeOf = ({ id }: { id: number }) => places.get(id) ?? Infinity;
    const rooms = await this.conversations.findLive(identity, fullest);
    // Cut off meanwhile, this node may not know who may find them.
    if (!this.nodes.hasBeenCurrentSince(term)) throw new ChatError('UNAVAILABLE');
    return [...rooms]
      .sort((a, b) => placeOf(a) - placeOf(b))
      .slice(0, limit)
      .map(chatRoom);
  }

  @ResolveField(() => Int, { description: 'People in it, over all of their connections.' })
  async participantCount(@Parent() { id }: Pick<ChatRoom, 'id'>): Promise<number> {
    return (await this.presence.in(id)).size;
  }
}
