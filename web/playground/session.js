import { Connection } from './connection.js';
import { isSame } from './elements.js';
import { MessageLog } from './message-log.js';
import { Presence } from './presence.js';
import { Receipts } from './receipts.js';

const CONVERSATION = 'playground';
const PAGE = 50;
const FINAL_CODES = ['BANNED', 'PERMISSION_DENIED'];

/** One user's part in the conversation. What it learns it tells its view, see `Pane`. */
export class Session {
  #user;
  #access;
  #view;
  #conversationId;
  #presence;
  #receipts;
  #isJoined = false;
  log = new MessageLog();

  /**
   * @param user `{ sub, username }` of the token
   * @param access `token`, `renew()`, and `createConversation(slug)` for the first who comes
   */
  constructor(user, access, view) {
    this.#user = user;
    this.#access = access;
    this.#view = view;
    this.#receipts = new Receipts(user, view);
    this.connection = new Connection(access, {
      onOpen: () => this.#synchronise(),
      onLost: () => this.#lost(),
      onState: (state, text) => view.showState(state, text),
      onWire: (...event) => view.showWire(...event),
    });
    this.#presence = new Presence(this.connection, view);
    this.#listen();
  }

  send(content) {
    this.deliver(this.log.draft(this.#user, content));
  }

  /** Sends a draft, or sends it again: under the same client id it is stored once. */
  async deliver(entry) {
    this.#view.showEntry(Object.assign(entry, { state: 'sending', error: undefined }));
    if (!this.#isJoined) return;
    const { content, clientMessageId } = entry.message;
    const payload = { conversationId: this.#conversationId, content, clientMessageId };
    try {
      this.#merge((await this.connection.request('message:send', payload)).message);
    } catch (error) {
      // Without a connection it waits for the next; or its broadcast came where its ack did not.
      if (!this.connection.isConnected || entry.state === 'sent') return;
      this.#view.showEntry(Object.assign(entry, { state: 'failed', error }));
    }
  }

  edit({ message }, content) {
    return this.#change('message:edit', { messageId: message.id, content });
  }

  remove({ message }) {
    return this.#change('message:delete', { messageId: message.id });
  }

  async toggleReaction({ message }, emoji) {
    const isMine = message.reactions?.[emoji]?.some((id) => isSame(id, this.#user.sub));
    const event = isMine ? 'message:unreact' : 'message:react';
    const { reactions } = await this.connection.request(event, { messageId: message.id, emoji });
    this.#amend(message.id, { reactions });
  }

  typing(isTyping) {
    if (!this.#isJoined) return;
    const payload = { conversationId: this.#conversationId, isTyping };
    this.connection.request('message:typing', payload).catch(() => {});
  }

  /** Marks this message and everything before it as read. */
  read(entry) {
    if (this.#isJoined) this.#receipts.send(entry, this.connection);
  }

  loadEarlier() {
    return this.#loadPage({ before: this.log.firstSeq });
  }

  #listen() {
    const on = (event, handle) =>
      this.connection.on(event, (payload) => {
        const id = payload.conversationId ?? payload.message?.conversationId;
        if (id === undefined || isSame(id, this.#conversationId)) handle(payload);
      });
    on('message:new', ({ message }) => this.#receive(message));
    on('message:updated', ({ message }) => this.#merge(message));
    on('message:deleted', ({ messageId, timestamp }) =>
      this.#amend(messageId, { content: '', attachments: [], deletedAt: timestamp }),
    );
    on('message:reaction', ({ messageId, reactions }) => this.#amend(messageId, { reactions }));
    on('message:read:ack', (receipt) => this.#receipts.receive(receipt, this.log));
    on('user:typing', (typist) => this.#view.showTyping(typist));
  }

  async #synchronise() {
    try {
      const missed = await this.#join();
      await this.#loadPage();
      this.#isJoined = true;
      this.#view.showState('connected');
      if (missed > 0) this.#view.showNotice(`Caught up: ${missed} new while away`);
      for (const entry of this.log.unconfirmed) this.deliver(entry);
      this.#presence.askForLatecomers(this.connection, this.#conversationId);
    } catch (error) {
      if (!this.connection.isConnected) return;
      const isFinal = FINAL_CODES.includes(error.code);
      this.#view.showState(isFinal ? 'refused' : 'reconnecting', error.message);
      if (!isFinal) this.connection.later(() => this.#synchronise(), error.retryAfter);
    }
  }

  /** Joins and takes in everything since the last message seen; returns how much that was. */
  async #join() {
    let missed = 0;
    for (let afterSeq = this.log.caughtUpTo; ;) {
      const joined = await this.#enter(afterSeq);
      this.#conversationId = joined.conversation.id;
      if (joined.conversation.lastSeq < afterSeq) return this.#startOver();
      this.#presence.set(joined.onlineUsers);
      this.#receipts.setUnread(joined.conversation.unreadCount);
      const page = joined.missed ?? [];
      for (const message of page) this.#merge(message);
      missed += page.length;
      if (!page.length || !joined.hasMore) return missed;
      afterSeq = page.at(-1).seq;
    }
  }

  /** The server's database is a new one: what this pane holds is about another conversation. */
  #startOver() {
    this.log = new MessageLog();
    this.#receipts = new Receipts(this.#user, this.#view);
    this.#view.reset();
    return 0;
  }

  async #enter(afterSeq) {
    const payload = { conversationId: CONVERSATION, ...(afterSeq && { afterSeq }) };
    try {
      return await this.connection.request('conversation:join', payload);
    } catch (error) {
      if (error.code !== 'CONVERSATION_NOT_FOUND') throw error;
      await this.#access.createConversation(CONVERSATION);
      return this.connection.request('conversation:join', payload);
    }
  }

  /** Without a bound the newest page, which also brings edits and reactions made meanwhile. */
  async #loadPage(bound) {
    const payload = { conversationId: this.#conversationId, limit: PAGE, ...bound };
    const page = await this.connection.request('conversation:history', payload);
    const reachesBack = !page.messages.length || page.messages[0].seq <= this.log.firstSeq;
    for (const message of page.messages) this.#merge(message);
    if (reachesBack) this.#view.showEarlier(page.hasMore);
  }

  async #change(event, payload) {
    this.#merge((await this.connection.request(event, payload)).message);
  }

  #merge(message) {
    this.#view.showEntry(this.log.merge(message));
  }

  #amend(messageId, changes) {
    const entry = this.log.byId(messageId);
    if (entry) this.#merge({ ...entry.message, ...changes });
  }

  #receive(message) {
    const isNews = !this.log.byId(message.id) && !isSame(message.senderId, this.#user.sub);
    this.#merge(message);
    if (!isNews) return;
    this.#receipts.addUnread();
    this.#view.announce(message);
  }

  #lost() {
    this.#isJoined = false;
    this.#presence.set([]);
  }
}
