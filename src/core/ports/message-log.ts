import type { MessagesCommitted } from '../core.events.js';
import type { Message, MessageDraft } from '../model/message.js';

export type AppendResult =
  | { readonly outcome: 'appended'; readonly message: Message }
  /** The same `clientMessageId` was committed before: this is that first message. */
  | { readonly outcome: 'duplicate'; readonly message: Message }
  /** The same `clientMessageId` was committed before, with other content. */
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'not-participant' }
  | { readonly outcome: 'banned' }
  | { readonly outcome: 'muted' }
  /** One of the two of a direct conversation has blocked the other. */
  | { readonly outcome: 'blocked' }
  | { readonly outcome: 'conversation-not-found' }
  | { readonly outcome: 'reply-not-found' }
  /** One of the uploads it names was removed this very moment. */
  | { readonly outcome: 'upload-not-found' };

export type CommitListener = (commit: MessagesCommitted) => void;

/** The durable, ordered record of every conversation. */
export abstract class MessageLog {
  /**
   * Numbers and commits one message. Drafts of one sender keep the order in which they were
   * appended. Throws UNAVAILABLE when nothing is known to be committed: trying again with the
   * same `clientMessageId` is safe.
   */
  abstract append(draft: MessageDraft): Promise<AppendResult>;

  /**
   * Called after each commit, once per conversation it touched, in commit order. A resend rings
   * too: it may follow a commit that was never confirmed, and so never announced.
   */
  abstract onCommitted(listener: CommitListener): void;

  /** Resolves when everything appended so far is answered. */
  abstract drain(): Promise<void>;
}
