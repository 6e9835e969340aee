import { isSame } from './elements.js';

/** Who has read how far: what this user has still to read, and what of it the others have seen. */
export class Receipts {
  #user;
  #view;
  #sentSeq = 0;
  #unread = 0;
  #othersSeq = 0;

  constructor(user, view) {
    this.#user = user;
    this.#view = view;
  }

  setUnread(count) {
    this.#unread = count;
    this.#view.showUnread(count);
  }

  addUnread() {
    this.setUnread(this.#unread + 1);
  }

  /** Tells the server that this message and everything before it is read, once. */
  async send({ message }, connection) {
    if (message.seq <= this.#sentSeq) return;
    this.#sentSeq = message.seq;
    try {
      const ack = await connection.request('message:read', { messageId: message.id });
      this.setUnread(ack.unreadCount);
    } catch {
      this.#sentSeq = 0;
    }
  }

  /** Takes a `message:read:ack`: of another user, or of this one reading in another place. */
  receive({ messageId, readBy }, log) {
    const seq = log.byId(messageId)?.message.seq;
    if (!seq) return;
    if (isSame(readBy, this.#user.sub)) {
      this.#sentSeq = Math.max(this.#sentSeq, seq);
      this.setUnread(log.countFromOthers(this.#user.sub, seq));
    } else if (seq > this.#othersSeq) {
      this.#othersSeq = seq;
      this.#view.showRead(seq);
    }
  }
}
