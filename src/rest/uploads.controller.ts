import { Get, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import contentDisposition from 'content-disposition';
import type { Request, Response } from 'express';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { isUploadId, type Upload } from '../core/model/upload.js';
import { FileStorage, type FilePlace } from '../core/ports/file-storage.js';
import { Nodes } from '../core/ports/nodes.js';
import { Workspace } from '../core/ports/workspace.js';
import {
  fileKey,
  MAX_UPLOAD_BYTES,
  thumbnailKey,
  UploadsService,
} from '../core/uploads.service.js';
import { isConversationRef } from '../validation/rules.js';
import { BearerGuard, BearerOrQueryGuard, Caller } from '../auth/caller.js';
import { receiveFile } from './receive-file.js';
import { uploadView } from './rest.presenter.js';
import { RestController } from './rest-controller.js';

/** What a browser may show in place; it saves anything else. */
const SHOWN = /^(image|audio|video)\//;
const THUMBNAIL_TYPE = 'image/webp';

@ApiTags('uploads')
@ApiBearerAuth()
@RestController('uploads')
export class UploadsController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly workspace: Workspace,
    private readonly storage: FileStorage,
    private readonly nodes: Nodes,
    @Inject(MAX_UPLOAD_BYTES) private readonly maxBytes: number,
  ) {}

  @Post()
  @UseGuards(BearerGuard)
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file', 'conversationId'],
      properties: {
        file: { type: 'string', format: 'binary' },
        conversationId: { type: 'string', description: 'Its id or any of its names' },
      },
    },
  })
  @ApiOperation({ summary: 'Upload a file to a conversation; its url goes into `attachments`.' })
  @ApiResponse({ status: 201, description: 'Kept; until a message names it, for a day.' })
  async create(
    @Caller() identity: Identity,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.uploads.begin(identity);
    const { workspace, maxBytes } = this;
    return workspace.use(async (folder) => {
      const { file, fields } = await receiveFile(request, response, { folder, maxBytes });
      const { conversationId } = fields;
      if (!isConversationRef(conversationId)) {
        throw ChatError.invalid('conversationId', 'must name a conversation');
      }
      return uploadView(await this.uploads.accept(identity, conversationId, file));
    });
  }

  @Get(':id')
  @UseGuards(BearerOrQueryGuard)
  @ApiQuery({ name: 'token', required: false, description: 'Where no header can be sent' })
  @ApiOperation({ summary: 'Download a file, or a range of it. Participants only.' })
  @ApiResponse({ status: 200, description: 'The file.' })
  @ApiResponse({ status: 302, description: 'Where to fetch it, for five minutes.' })
  async download(
    @Caller() identity: Identity,
    @Param('id') id: string,
    @Res() response: Response,
  ): Promise<void> {
    const { name, mimeType } = await this.find(identity, id);
    await this.serve(response, fileKey(id), { name, mimeType });
  }

  @Get(':id/thumbnail')
  @UseGuards(BearerOrQueryGuard)
  @ApiQuery({ name: 'token', required: false, description: 'Where no header can be sent' })
  @ApiOperation({ summary: 'A picture of at most 320 by 320, of images. Participants only.' })
  async thumbnail(
    @Caller() identity: Identity,
    @Param('id') id: string,
    @Res() response: Response,
  ): Promise<void> {
    const { hasThumbnail } = await this.find(identity, id);
    if (!hasThumbnail) throw noSuchFile();
    const shown = { name: 'thumbnail.webp', mimeType: THUMBNAIL_TYPE };
    await this.serve(response, thumbnailKey(id), shown);
  }

  private async find(identity: Identity, id: string): Promise<Upload> {
    if (!isUploadId(id)) throw noSuchFile();
    const { term } = this.nodes;
    const upload = await this.uploads.find(identity, id);
    // Cut off meanwhile, this node may not know who may have it.
    if (!this.nodes.hasBeenCurrentSince(term)) throw new ChatError('UNAVAILABLE');
    return upload;
  }

  private async serve(
    response: Response,
    key: string,
    { name, mimeType }: Pick<Upload, 'name' | 'mimeType'>,
  ): Promise<void> {
    const type = SHOWN.test(mimeType) ? 'inline' : 'attachment';
    const disposition = contentDisposition(name, { type, fallback: inAscii(name) });
    const place = await this.storage.locate(key, { mimeType, disposition });
    if (!place) throw noSuchFile();
    response.set({
      'Content-Type': mimeType === 'text/plain' ? 'text/plain; charset=utf-8' : mimeType,
      'Content-Disposition': disposition,
      // Who may see it can change: it is asked for each time, and answered 304 where it is known.
      'Cache-Control': 'private, no-cache',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      // Pages of other origins show it; what lets them in is the token.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    await send(response, place);
  }
}

/** For clients that read no other name, and for buckets that hand out no other letters. */
const inAscii = (name: string): string => name.replace(/[^\x20-\x7e]/g, '_');

const ABOUT_THE_FILE = ['Content-Disposition', 'ETag', 'Last-Modified'];

const errorCode = (error: Error): unknown => ('code' in error ? error.code : undefined);

const noSuchFile = () => new ChatError('MESSAGE_NOT_FOUND', { text: 'There is no such upload.' });

function send(response: Response, place: FilePlace): Promise<void> {
  if ('url' in place) {
    // Such a link is good for GET.
    if (response.req.method === 'HEAD') return Promise.resolve(void response.end());
    response.set('Cache-Control', 'no-store').redirect(302, place.url);
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    // An operator may keep the data in a folder whose name begins with a dot.
    const options = { cacheControl: false, dotfiles: 'allow' } as const;
    response.sendFile(place.path, options, (error?: Error) => {
      // Whoever hung up in the middle needs no answer.
      if (!error || response.headersSent || errorCode(error) === 'ECONNABORTED') return resolve();
      for (const name of ABOUT_THE_FILE) response.removeHeader(name);
      reject(errorCode(error) === 'ENOENT' ? noSuchFile() : error);
    });
  });
}
