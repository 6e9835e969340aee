import { element, fromTemplate, isSame } from './elements.js';

const GROUP_MS = 5 * 60_000;
const STATES = { sending: 'sending', failed: 'not sent', sent: 'sent', read: 'read' };
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const onlyEmoji = /^\p{Extended_Pictographic}(?:\p{Extended_Pictographic}|\u200d|\ufe0f){0,11}$/u;

/** The list item of one message; `draw` brings it up to date with its entry. */
export class MessageView {
  #parts;
  #on;

  /** @param on `react(entry, emoji)`, `retry(entry)`, `rewrite(entry)` */
  constructor(entry, on) {
    const { root, parts } = fromTemplate('message');
    this.entry = entry;
    this.root = root;
    this.bubble = parts.bubble;
    this.#parts = parts;
    this.#on = on;
    parts.retry.addEventListener('click', () => on.retry(entry));
    parts.rewrite.addEventListener('click', () => on.rewrite(entry));
  }

  /** Unconfirmed messages stand behind all others. */
  get seq() {
    return this.entry.message.seq ?? Infinity;
  }

  /** @param users `{ me, peer }`, the ids of this pane's user and of the other pane's */
  draw(users, readSeq) {
    const { message } = this.entry;
    const author = Object.keys(users).find((name) => isSame(users[name], message.senderId));
    this.root.dataset.from = author ?? 'other';
    this.root.classList.toggle('deleted', Boolean(message.deletedAt));
    this.root.classList.toggle('emoji', onlyEmoji.test(message.content));
    this.#parts.sender.textContent = message.senderName;
    this.#parts.edited.hidden = !message.editedAt || Boolean(message.deletedAt);
    this.#parts.time.dateTime = message.sentAt;
    this.#parts.time.textContent = clock.format(new Date(message.sentAt));
    this.#drawContent(message);
    this.#drawReactions(message, users.me);
    this.#drawFailure();
    this.drawState(readSeq);
  }

  drawState(readSeq) {
    const isRead = this.entry.message.seq <= readSeq;
    const state = isRead ? 'read' : this.entry.state;
    this.root.dataset.state = state;
    this.#parts.state.textContent = this.root.dataset.from === 'me' ? STATES[state] : '';
  }

  /** Joins a message to the one above it, or opens a new day. */
  drawPlace(previous) {
    const { sentAt, senderId } = this.entry.message;
    const day = calendar.format(new Date(sentAt));
    const above = previous?.entry.message;
    const isNewDay = !above || calendar.format(new Date(above.sentAt)) !== day;
    if (isNewDay) this.root.dataset.day = day;
    else delete this.root.dataset.day;
    const isGrouped =
      !isNewDay &&
      isSame(above.senderId, senderId) &&
      new Date(sentAt) - new Date(above.sentAt) < GROUP_MS;
    this.root.classList.toggle('grouped', isGrouped);
  }

  #drawContent({ content, attachments = [], deletedAt }) {
    this.#parts.content.textContent = deletedAt ? 'Message deleted' : content;
    for (const url of attachments.filter(isWebAddress)) {
      const link = { href: url, textContent: url, target: '_blank', rel: 'noopener noreferrer' };
      this.#parts.content.append(element('a', link));
    }
  }

  #drawReactions({ reactions, deletedAt }, me) {
    const shown = Object.entries((!deletedAt && reactions) || {}).filter(([, ids]) => ids.length);
    this.#parts.reactions.replaceChildren(
      ...shown.map(([emoji, ids]) => {
        const chip = element('button', { type: 'button', textContent: `${emoji} ${ids.length}` });
        chip.setAttribute('aria-pressed', String(ids.some((id) => isSame(id, me))));
        chip.addEventListener('click', () => this.#on.react(this.entry, emoji));
        return chip;
      }),
    );
  }

  #drawFailure() {
    const { error, state } = this.entry;
    this.#parts.failure.hidden = state !== 'failed';
    if (state !== 'failed') return;
    const wait = error.code === 'RATE_LIMITED' ? (error.retryAfter ?? 1) : 0;
    this.#parts.problem.textContent = error.message;
    this.#parts.retry.disabled = wait > 0;
    if (wait) setTimeout(() => (this.#parts.retry.disabled = false), wait * 1000);
  }
}

function isWebAddress(url) {
  if (!URL.canParse(url, location.href)) return false;
  return ['http:', 'https:'].includes(new URL(url, location.href).protocol);
}
