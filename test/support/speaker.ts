import { Inbox } from './inbox.js';
import type { TestUser } from './tokens.js';

export type Json = Record<string, unknown>;

/** What may reach a reader, in whatever words. */
export type Kind =
  'message' | 'typing' | 'presence' | 'reaction' | 'edit' | 'deletion' | 'receipt' | 'other';

/** A conversation by id, by name, or as the one with somebody. */
export type Place = number | string | { readonly with: TestUser };

/** What to say. A dialect leaves out what it has no word for: see `Dialect.says`. */
export interface Words {
  readonly text: string;
  readonly type?: string;
  readonly url?: string;
  readonly replyTo?: number;
  /** `root`: what else stands in the context. */
  readonly context?: Json;
  /** `salon`: `media_type` and `duration`. */
  readonly media?: Json;
  readonly clientId?: string;
}

/** A message as it was said, and what the service made of it. */
export interface Said extends Words {
  readonly id: number;
  readonly clientId: string;
  readonly sender: TestUser;
  /** Of a direct message. */
  readonly to: TestUser | null;
  /** Null where the dialect does not say. */
  readonly isDuplicate: boolean | null;
}

/** Something that reached a reader, in the words of no dialect. */
export interface Heard extends Json {
  readonly kind: Kind;
  /** As it came. */
  readonly wire: Json;
}

export interface HeardMessage extends Heard {
  readonly kind: 'message';
  readonly id: number;
  readonly sender: string;
  readonly text: string;
  /** As the dialect calls it; null where it does not. */
  readonly conversation: number | string | null;
}

let lastClientId = 0;

/** One user, speaking one dialect over one connection at a time. Keeps everything it hears. */
export abstract class Speaker {
  abstract readonly dialect: 'chat' | 'root' | 'veza' | 'salon' | 'live';
  private readonly inbox = new Inbox();

  constructor(readonly user: TestUser) {}

  /**
   * Reads along there from now on, where that takes a word; resolves with the answer, if any.
   * `after` is what it has seen, as its dialect counts: `chat` by seq, `live` by a message's id.
   */
  abstract join(place: Place, after?: number): Promise<Json>;
  /** Resolves once the message is stored. Goes there first, where a dialect speaks only where it is. */
  abstract say(place: Place, words: Words | string): Promise<Said>;
  /** Sends without waiting for what becomes of it. */
  abstract shout(place: Place, text: string): void;
  /** Sends this as it is, asking for no ack. */
  abstract emit(event: unknown, payload: unknown): void;
  /** What a reader of this dialect is told of a message, in full. */
  abstract wording(said: Said, conversationId: number): Json;
  /** Resolves when all that was sent to this connection before has reached it. */
  abstract settled(): Promise<unknown>;
  abstract close(): void;

  type(_place: Place, _isTyping: boolean): Promise<void> {
    throw new Error('This dialect has no word for typing');
  }

  react(_place: Place, _messageId: number, _emoji: string): Promise<void> {
    throw new Error('This dialect has no word for reactions');
  }

  /** Everything heard so far, in order. */
  get log(): readonly Heard[] {
    return this.inbox.log.map(({ payload }) => payload as Heard);
  }

  heard(kind: Kind): Heard[] {
    return this.log.filter((heard) => heard.kind === kind);
  }

  get messages(): readonly HeardMessage[] {
    return this.heard('message') as HeardMessage[];
  }

  /** The first of that kind that fits, whether it came already or is still to come. */
  async hears(kind: Kind, fits: (heard: Heard) => boolean = () => true): Promise<Heard> {
    const known = this.heard(kind).find(fits);
    return known ?? ((await this.inbox.next(kind, (heard) => fits(heard as Heard))) as Heard);
  }

  async hearsMessage(id: number): Promise<HeardMessage> {
    return (await this.hears('message', (heard) => heard.id === id)) as HeardMessage;
  }

  protected note(heard: Heard): void {
    this.inbox.receive({ event: heard.kind, payload: heard });
  }

  protected said(place: Place, words: Words | string): Omit<Said, 'id' | 'isDuplicate'> {
    const clientId = `client-id-${++lastClientId}`;
    return {
      clientId,
      ...(typeof words === 'string' ? { text: words } : words),
      sender: this.user,
      to: typeof place === 'object' ? place.with : null,
    };
  }

  /** As `chat`, `root` and `live` call it. */
  protected nameOf(place: Place): number | string {
    return typeof place === 'object' ? `private_${this.user.id}_${place.with.id}` : place;
  }
}
