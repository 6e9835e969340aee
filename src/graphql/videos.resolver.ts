import { UseGuards, UsePipes } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { BearerGuard, Caller } from '../auth/caller.js';
import type { Identity } from '../core/model/identity.js';
import { VideosService } from '../core/videos.service.js';
import { REQUEST_PIPES } from '../validation/request.pipes.js';
import { RegisterVideoArgs, Video } from './graphql.types.js';

@UsePipes(...REQUEST_PIPES)
@UseGuards(BearerGuard)
@Resolver(() => Video)
export class VideosResolver {
  constructor(private readonly videos: VideosService) {}

  @Mutation(() => Video, {
    description: 'Registers a video, whose chat is at `/chat/ws/video/:id`. Admin.',
  })
  registerVideo(@Caller() identity: Identity, @Args() video: RegisterVideoArgs): Promise<Video> {
    return this.videos.register(identity, video);
  }
}
