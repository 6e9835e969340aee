const TYPING_EVERY_MS = 3_000;
const TYPING_PAUSE_MS = 3_000;
/** The server ends a silent typist after 6 s; this is for the case that its word is lost. */
const TYPING_ENDS_MS = 8_000;

/** Tells the others that somebody types: now and then while it lasts, once when it ends. */
export class TypingSignal {
  #send;
  #sentAt = 0;
  #pause;

  constructor(send) {
    this.#send = send;
  }

  typed() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.stopped(), TYPING_PAUSE_MS);
    if (Date.now() - this.#sentAt < TYPING_EVERY_MS) return;
    this.#sentAt = Date.now();
    this.#send(true);
  }

  stopped() {
    clearTimeout(this.#pause);
    if (this.#sentAt) this.#send(false);
    this.#sentAt = 0;
  }
}

/** Names those who type at the moment. */
export class TypingIndicator {
  #line;
  #names;
  #typists = new Map();

  constructor({ typing, typists }) {
    this.#line = typing;
    this.#names = typists;
  }

  show({ userId, username, isTyping }) {
    clearTimeout(this.#typists.get(userId)?.ends);
    this.#typists.delete(userId);
    if (isTyping) {
      const ends = setTimeout(() => this.show({ userId, isTyping: false }), TYPING_ENDS_MS);
      this.#typists.set(userId, { username, ends });
    }
    const names = [...this.#typists.values()].map((typist) => typist.username);
    this.#line.hidden = !names.length;
    this.#names.textContent = `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} typing`;
  }

  clear() {
    for (const userId of this.#typists.keys()) this.show({ userId, isTyping: false });
  }
}
