import { ERRORS } from '../../../src/core/core.errors.js';
import { LIVE, PACKETS, SALON, VEZA, type Door } from '../../hostile/support/doors.js';
import type { JsonText } from './payloads.js';

export interface Said {
  readonly event: string;
  readonly payload: JsonText;
}

/** How a dialect is written, and whether what was said in it got its answers. */
export interface Grammar {
  readonly door: Door;
  /** What a failure may be called: all but a fault of ours. */
  readonly codes: ReadonlySet<string>;
  /** Of events whose failure may end the connection: what is heard last. */
  readonly farewells: ReadonlyMap<string, string>;
  /** Whether the end of a round trip looks like the answer to an event of its kind. */
  readonly isRoundTripCounted: boolean;
  write(said: Said, number: number): string;
  /** Answers among what was heard: of each its number where it has one, else null. */
  answers(heard: readonly string[], said: readonly Said[]): (number | null)[];
  /** Whether an event is answered by one frame of its own, or only where it fails. */
  isAnswered(event: string): boolean;
}

const CATALOGUE = new Set(Object.keys(ERRORS).filter((code) => code !== 'INTERNAL'));

/** Acks are numbered from here: the round trip's own is none of them. */
const FIRST_ACK = 1_000;

function ofPackets(namespace: string): Grammar {
  const ack = new RegExp(`^43${namespace}(\\d+)\\[`);
  return {
    door: PACKETS,
    codes: CATALOGUE,
    farewells: new Map(),
    isRoundTripCounted: false,
    write: ({ event, payload }, number) =>
      `42${namespace}${FIRST_ACK + number}[${JSON.stringify(event)},${payload}]`,
    answers: (heard) =>
      heard
        .map((text) => Number(ack.exec(text)?.[1]) - FIRST_ACK)
        .filter((number) => number >= 0 && number < FIRST_ACK),
    isAnswered: () => true,
  };
}

interface Frame {
  readonly type: string;
  readonly metadata?: { readonly request_id?: string };
  readonly data: {
    readonly user_id?: unknown;
    readonly from_user_id?: unknown;
  };
}

const frameOf = (text: string): Frame => JSON.parse(text) as Frame;

type Replies = Readonly<Record<string, string | null>>;

/** `replies`: the type of the frame that answers; null where nothing does. */
function ofFrames(door: Door, replies: Replies, codes: readonly string[]): Grammar {
  return {
    door,
    codes: new Set(codes),
    farewells: new Map(),
    isRoundTripCounted: true,
    write: ({ event, payload }) => `{"type":${JSON.stringify(event)},"data":${payload}}`,
    answers: (heard, said) => {
      const expected = new Set(['error', ...said.map(({ event }) => replies[event])]);
      return heard
        .map(frameOf)
        .filter(({ type }) => expected.has(type))
        .map(() => null);
    },
    isAnswered: (event) => replies[event] !== null,
  };
}

const vezaReplies: Replies = {
  typing_start: null,
  typing_stop: null,
  read_receipt: null,
  pong: null,
};
const VEZA_CODES = ['1000', '1001', '1002', '1003', '1004', '1005', '1006', '1007', '1009'];

const veza: Grammar = {
  ...ofFrames(VEZA, vezaReplies, VEZA_CODES),
  farewells: new Map([['auth', '"auth_error"']]),
  isRoundTripCounted: false,
  write: ({ event, payload }, number) =>
    `{"type":${JSON.stringify(event)},"id":"n${number}","data":${payload}}`,
  // What is no sound frame is answered without its id.
  answers: (heard) =>
    heard
      .map(frameOf)
      .filter(({ type, metadata }) => type === 'error' || metadata?.request_id !== undefined)
      .map(({ metadata }) => {
        const id = metadata?.request_id;
        return id === undefined ? null : Number(id.slice(1));
      }),
};

export const GRAMMARS = {
  chat: ofPackets('/chat,'),
  root: ofPackets(''),
  veza,
  salon: ofFrames(
    SALON,
    {
      join_room: 'join_room_ack',
      room_message: 'room_message',
      direct_message: 'direct_message',
      room_history: 'message_history',
      dm_history: 'message_history',
      ping: 'pong',
    },
    [
      ...['AUTH_FAILED', 'PERMISSION_DENIED', 'ROOM_NOT_FOUND', 'USER_NOT_FOUND'],
      ...['INVALID_FORMAT', 'MESSAGE_TOO_LONG', 'RATE_LIMITED', 'UNAVAILABLE'],
    ],
  ),
  live: ofFrames(
    LIVE,
    {
      chat_message: 'chat_message',
      typing_start: null,
      typing_stop: null,
      moderation_action: null,
      ping: 'pong',
    },
    [...CATALOGUE],
  ),
} as const;

export type DialectName = keyof typeof GRAMMARS;
