import { asChatError, ChatError } from '../../core/core.errors.js';
import type { Dispatcher } from '../dispatcher.js';
import { logFailure } from '../failure-log.js';
import { Reply } from '../reply.js';
import type { RawConnection } from './raw-connection.js';
import { CLOSE, type RawRequest } from './raw-dialect.js';
import { soundJson } from './sound-json.js';

/** Frames that are none, within the window, after which a client is hung up on. */
const MAX_MALFORMED = 50;
const WINDOW_MS = 10_000;

/** Brings the frames of one socket to the dispatcher, each with the way its answer takes. */
export class FrameReader {
  private malformed = 0;
  private windowEnds = 0;
  private readonly onFailure: (eventName: string, error: ChatError) => void;

  constructor(
    private readonly connection: RawConnection,
    private readonly dispatcher: Dispatcher,
  ) {
    this.onFailure = logFailure.bind(null, connection);
  }

  start(): void {
    this.connection.onFrame((data, isBinary) => this.read(data, isBinary));
  }

  private read(data: Buffer, isBinary: boolean): void {
    if (!this.connection.isOpen) return;
    if (isBinary) return this.connection.close(CLOSE.binary);
    let requests: readonly RawRequest[];
    try {
      requests = this.connection.dialect.requests(soundJson(data));
    } catch (error) {
      return this.refuse(asChatError(error));
    }
    for (const request of requests) this.dispatch(request, data.length / requests.length);
  }

  private dispatch(request: RawRequest, bytes: number): void {
    const { connection } = this;
    const reply = new Reply(
      request.event,
      {
        // Null where what follows from the event is answer enough.
        succeed: (answer) =>
          answer !== null && connection.send(connection.dialect.answer(answer, request)),
        fail: (error) => connection.send(connection.dialect.failure(error, request)),
      },
      this.onFailure,
    );
    this.dispatcher.dispatch(request.event, request.payload, reply, bytes);
  }

  private refuse(error: ChatError): void {
    const { connection } = this;
    this.onFailure('unknown', error);
    connection.send(connection.dialect.failure(this.dispatcher.count() ?? error, null));
    const now = Date.now();
    if (now > this.windowEnds) {
      this.windowEnds = now + WINDOW_MS;
      this.malformed = 0;
    }
    if (++this.malformed >= MAX_MALFORMED) connection.close(CLOSE.malformed);
  }
}
