import { Injectable } from '@nestjs/common';
import { MessagesService, type SendRequest, type SentMessage } from '../core/messages.service.js';
import type { Connection } from '../realtime/connection.js';
import { JoiningService } from './joining.service.js';

export interface Sending extends SentMessage {
  /** Whether the message reaches the connection with everyone else's, so that it needs no answer. */
  readonly isHeard: boolean;
}

/** Sending in dialects whose clients take the message itself for the answer. */
@Injectable()
export class SendingService {
  constructor(
    private readonly messages: MessagesService,
    private readonly joining: JoiningService,
  ) {}

  async send(connection: Connection, request: SendRequest): Promise<Sending> {
    const { identity, dialect } = connection;
    const sent = await this.messages.send(identity, request, dialect.name);
    const { conversationId } = sent.message;
    const isHeard = !sent.isDuplicate && this.joining.isJoined(connection, conversationId);
    // A commit is announced one turn later: what the client asked for next is answered after it.
    if (isHeard) await new Promise(setImmediate);
    return { ...sent, isHeard };
  }
}
