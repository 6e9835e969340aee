import { isSame } from './elements.js';

/**
 * One conversation as one pane knows it: what the server confirmed, each message once, and the
 * pane's own messages that no ack has confirmed yet.
 *
 * An entry is `{ message, state: 'sending' | 'sent' | 'failed', error? }` and keeps its identity
 * from the draft on, so that whoever draws it can update in place.
 */
export class MessageLog {
  #byId = new Map();
  #byClientId = new Map();
  #seqs = new Set();
  #caughtUpTo = 0;
  firstSeq = Infinity;

  draft(user, content) {
    const message = {
      content,
      clientMessageId: newId(),
      senderId: user.sub,
      senderName: user.username,
      sentAt: new Date().toISOString(),
    };
    const entry = { message, state: 'sending' };
    this.#byClientId.set(clientKey(message), entry);
    return entry;
  }

  discard(entry) {
    this.#byClientId.delete(clientKey(entry.message));
  }

  /** Takes a server's message, whichever of ack, broadcast or history brings it, and how often. */
  merge(message) {
    const entry = this.#byId.get(message.id) ??
      this.#byClientId.get(clientKey(message)) ?? { state: 'sent' };
    Object.assign(entry, { message, state: 'sent', error: undefined });
    this.#byId.set(message.id, entry);
    if (message.clientMessageId) this.#byClientId.set(clientKey(message), entry);
    this.#seqs.add(message.seq);
    this.firstSeq = Math.min(this.firstSeq, message.seq);
    return entry;
  }

  byId(id) {
    return this.#byId.get(id);
  }

  countFromOthers(userId, afterSeq) {
    const isUnread = ({ message }) => message.seq > afterSeq && !isSame(message.senderId, userId);
    return [...this.#byId.values()].filter(isUnread).length;
  }

  /** Everything between the first page and this `seq` is here: the `afterSeq` of the next join. */
  get caughtUpTo() {
    if (!this.#caughtUpTo && this.#seqs.size) this.#caughtUpTo = this.firstSeq;
    while (this.#seqs.has(this.#caughtUpTo + 1)) this.#caughtUpTo++;
    return this.#caughtUpTo;
  }

  get unconfirmed() {
    return [...this.#byClientId.values()].filter((entry) => entry.state === 'sending');
  }
}

const clientKey = ({ senderId, clientMessageId }) => `${senderId}:${clientMessageId}`;

/** `crypto.randomUUID` is missing where the page comes over plain HTTP from another machine. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join('-');
}
