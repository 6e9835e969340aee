import { element, fromTemplate } from './elements.js';

const EMOJIS = { '👍': 'thumbs up', '❤️': 'heart', '😂': 'laughing', '🎉': 'party', '👀': 'eyes' };

/** The small bar of actions; one per pane, it moves to the message that is pointed at or focused. */
export class MessageTools {
  #parts;
  #view;

  /** @param on `react(entry, emoji)`, `edit(entry)`, `remove(entry)` */
  constructor(on) {
    const { root, parts } = fromTemplate('tools');
    this.root = root;
    this.#parts = parts;
    for (const [emoji, name] of Object.entries(EMOJIS)) {
      const button = element('button', { type: 'button', textContent: emoji });
      button.setAttribute('aria-label', `React: ${name}`);
      button.dataset.testid = `react-${name.replace(' ', '-')}`;
      button.addEventListener('click', () => on.react(this.#view.entry, emoji));
      parts.emojis.append(button);
    }
    parts.edit.addEventListener('click', () => on.edit(this.#view.entry));
    parts.remove.addEventListener('click', () => on.remove(this.#view.entry));
  }

  attachTo(view) {
    const { message, state } = view.entry;
    this.root.hidden = state !== 'sent' || Boolean(message.deletedAt);
    this.#parts.edit.hidden = this.#parts.remove.hidden = view.root.dataset.from !== 'me';
    this.#view = view;
    if (this.root.parentElement !== view.bubble) view.bubble.append(this.root);
  }
}
