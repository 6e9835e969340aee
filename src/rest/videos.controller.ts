import { Body, Param, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BearerGuard, Caller } from '../auth/caller.js';
import type { Identity } from '../core/model/identity.js';
import { VideosService } from '../core/videos.service.js';
import { PutVideoBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

@ApiTags('videos')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('videos')
export class VideosController {
  constructor(private readonly videos: VideosService) {}

  @Put(':id')
  @ApiOperation({
    summary: 'Register a video, or change its title. Admin.',
    description: 'Its chat is at `/chat/ws/video/:id`; the id is lower-cased.',
  })
  put(@Caller() identity: Identity, @Param('id') id: string, @Body() { title }: PutVideoBody) {
    return this.videos.register(identity, { id, title });
  }
}
