import { Composer } from './composer.js';
import { element, fromTemplate, isSame } from './elements.js';
import { MessageList } from './message-list.js';
import { Session } from './session.js';
import { TokenForm } from './token-form.js';
import { TypingIndicator } from './typing.js';
import { Wire } from './wire.js';

const STATES = {
  connecting: 'Connecting…',
  connected: 'Connected',
  reconnecting: 'Reconnecting…',
  offline: 'Disconnected',
  refused: 'Refused',
};
const NOTICE_MS = 5_000;
const ANNOUNCED = 3;

/** One side of the page: draws one user's session and passes on what that user does. */
export class Pane {
  #parts;
  #session;
  #list;
  #composer;
  #wire;
  #tokenForm;
  #user;
  #peer;
  #online = new Set();
  #typing;
  #noticeEnds;

  constructor(number, user, peer) {
    const { root, parts } = fromTemplate('pane');
    root.classList.add(`pane-${number}`);
    root.dataset.testid = `pane-${number}`;
    this.root = root;
    this.#parts = parts;
    this.#list = new MessageList(parts, this.#messageActions());
    this.#composer = new Composer(parts, this.#composerActions());
    this.#typing = new TypingIndicator(parts);
    this.#tokenForm = new TokenForm(parts);
    this.#wire = new Wire(parts.wire, parts.wireCount);
    this.introduce(user, peer);
    this.#listen();
  }

  /** Starts the session of the user whom the token names. */
  open(access) {
    this.#session?.connection.close();
    this.reset();
    this.#tokenForm.hide();
    const { text, send, toggle } = this.#parts;
    text.disabled = send.disabled = toggle.hidden = false;
    this.#session = new Session(this.#user, access, this);
  }

  /** Says who sits here, and who is expected to sit in the other pane. */
  introduce(user, peer) {
    this.#user = user;
    this.#peer = peer;
    this.#list.users = { me: user.sub, peer: peer.sub };
    this.#parts.name.textContent = user.username;
    this.#parts.avatar.textContent = [...user.username][0];
    this.#parts.text.setAttribute('aria-label', `Message as ${user.username}`);
    this.root.setAttribute('aria-label', `${user.username}'s side`);
    this.showOnline(this.#online);
  }

  askForToken(use, problem) {
    this.#tokenForm.ask(this.#user, use, problem);
  }

  focus() {
    this.#composer.focus();
  }

  get isActive() {
    return this.root.classList.contains('active');
  }

  /** Only who is active reads; so that the other side shows what unread looks like. */
  set isActive(isActive) {
    this.root.classList.toggle('active', isActive);
    this.#reportRead();
  }

  showState(state, text = STATES[state]) {
    this.#parts.status.dataset.state = state;
    this.#parts.status.textContent = text;
    this.#parts.toggle.textContent = state === 'offline' ? 'Reconnect' : 'Disconnect';
    this.#parts.peer.hidden = state !== 'connected';
    this.#parts.empty.hidden = state !== 'connected' || this.#list.size > 0;
    if (state === 'connected') this.#reportRead();
    else this.#typing.clear();
  }

  reset() {
    this.#list.clear();
  }

  showEntry(entry) {
    this.#list.show(entry);
    this.#parts.empty.hidden = true;
  }

  showRead(seq) {
    this.#list.showRead(seq);
  }

  showEarlier(hasEarlier) {
    this.#parts.earlier.hidden = !hasEarlier;
  }

  showUnread(count) {
    this.#parts.unread.hidden = !count;
    this.#parts.unread.textContent = `${count} unread`;
  }

  showOnline(online) {
    this.#online = online;
    const isOnline = online.has(String(this.#peer.sub));
    const isStranger = (id) => !isSame(id, this.#user.sub) && !isSame(id, this.#peer.sub);
    const strangers = [...online].filter(isStranger).length;
    const more = strangers ? ` +${strangers}` : '';
    this.#parts.peer.dataset.online = isOnline;
    this.#parts.peer.textContent = `${this.#peer.username} ${isOnline ? 'online' : 'away'}${more}`;
  }

  showTyping(typist) {
    this.#typing.show(typist);
  }

  showNotice(text) {
    this.#parts.notice.textContent = text;
    clearTimeout(this.#noticeEnds);
    this.#noticeEnds = setTimeout(() => (this.#parts.notice.textContent = ''), NOTICE_MS);
  }

  showWire(...event) {
    this.#wire.add(...event);
  }

  announce({ senderName, content }) {
    const { announcer } = this.#parts;
    announcer.append(element('p', { textContent: `${senderName}: ${content}` }));
    if (announcer.childElementCount > ANNOUNCED) announcer.firstElementChild.remove();
  }

  #listen() {
    const { toggle, earlier, unread } = this.#parts;
    toggle.addEventListener('click', () => {
      const { connection } = this.#session;
      if (connection.isWanted) connection.close();
      else connection.open();
    });
    earlier.addEventListener('click', () =>
      this.#attempt(() => this.#list.holdPosition(() => this.#session.loadEarlier())),
    );
    unread.addEventListener('click', () => this.#list.scrollToEnd());
    document.addEventListener('visibilitychange', () => this.#reportRead());
  }

  #messageActions() {
    return {
      react: (entry, emoji) => this.#attempt(() => this.#session.toggleReaction(entry, emoji)),
      edit: (entry) => this.#composer.startEdit(entry),
      remove: (entry) => this.#attempt(() => this.#session.remove(entry)),
      retry: (entry) => this.#session.deliver(entry),
      rewrite: (entry) => {
        this.#session.log.discard(entry);
        this.#list.discard(entry);
        this.#composer.fill(entry.message.content);
      },
      seen: () => this.#reportRead(),
    };
  }

  #composerActions() {
    return {
      send: (text) => this.#session.send(text),
      edit: (entry, text) => this.#attempt(() => this.#session.edit(entry, text)),
      typing: (isTyping) => this.#session.typing(isTyping),
      editLast: () => this.#list.lastOwn && this.#composer.startEdit(this.#list.lastOwn),
    };
  }

  #reportRead() {
    if (!this.isActive || document.visibilityState !== 'visible') return;
    const entry = this.#list.newestSeen;
    if (entry) this.#session?.read(entry);
  }

  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.showNotice(error.message);
    }
  }
}
