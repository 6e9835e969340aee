import type { ChatError } from '../../core/core.errors.js';
import type { Connection, Dialect, Expulsion } from '../../realtime/connection.js';

/** One thing a client asks for. */
export interface RawRequest {
  /** Names the handler. */
  readonly event: string;
  readonly payload: unknown;
  /** Whatever the dialect wants back when it words a failure: ids to answer to, a place in a batch. */
  readonly reference?: unknown;
}

/** How clients of a dialect sign in, where they may do so in their first frame. */
export interface SignIn {
  /** Undefined where the request is another than to sign in. */
  tokenOf(request: RawRequest): unknown;
  /** Told to whoever is let in, before anything else; `request` where one asked for it. */
  accepted(connection: Connection, request: RawRequest | null): string;
  refused(error: ChatError, request: RawRequest | null): string;
}

/** How somebody is turned away. */
export interface Refusal {
  /** What is told first; null for nothing. */
  readonly frame: string | null;
  readonly status: CloseStatus;
}

/** A dialect spoken over a raw WebSocket, in frames of JSON text. */
export interface RawDialect extends Dialect {
  /**
   * What one frame asks for, in order. The frame is sound JSON, nothing else is known of it.
   * Throws VALIDATION_FAILED for what is no frame of this dialect.
   */
  requests(frame: unknown): readonly RawRequest[];
  /** The frame that answers a request with what its handler returned. */
  answer(answer: unknown, request: RawRequest): string;
  /** The frame that tells of a failure; `request` is null where none could be made out. */
  failure(error: ChatError, request: RawRequest | null): string;
  mayOverlap(event: string, payload: unknown): boolean;
  isSend?(event: string): boolean;
  readonly maxPendingBytes?: number;
  needsNoToken?(event: string): boolean;
  readonly signIn?: SignIn;
  /** How the dialect itself turns away at the door; null where it has no way of its own. */
  refusal?(error: ChatError): Refusal | null;
  /** How a connection ends that somebody else took out of a conversation; else it stays open. */
  expulsion?(why: Expulsion): CloseStatus;
  /** A frame that shows the client, at each heartbeat, that the service is there. */
  ping?(): string;
}

/** Close codes: RFC 6455 §7.4.1 and IANA's registry; from 4000 on those of document 5. */
export const CLOSE = {
  binary: { code: 1003, reason: 'text frames only' },
  unauthenticated: { code: 1008, reason: 'authentication failed' },
  malformed: { code: 1008, reason: 'too many malformed frames' },
  shutOut: { code: 1008, reason: 'put out by a moderator' },
  failed: { code: 1011, reason: 'internal error' },
  draining: { code: 1012, reason: 'service restart' },
  forbidden: { code: 4003, reason: 'forbidden' },
  notFound: { code: 4004, reason: 'not found' },
  flood: { code: 1008, reason: 'too many frames' },
  crowded: { code: 1008, reason: 'too many connections' },
  limited: { code: 1013, reason: 'too many requests' },
  unavailable: { code: 1013, reason: 'temporarily unavailable' },
} as const;

export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}
