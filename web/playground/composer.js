import { TypingSignal } from './typing.js';

/** Where a message is written or, one at a time, changed. */
export class Composer {
  #form;
  #text;
  #typing;
  #edited;
  #draft = '';

  /** @param on `send(text)`, `edit(entry, text)`, `typing(isTyping)`, `editLast()` */
  constructor({ composer, text }, on) {
    this.#form = composer;
    this.#text = text;
    this.#typing = new TypingSignal(on.typing);
    composer.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit(on);
    });
    text.addEventListener('keydown', (event) => this.#pressed(event, on));
    text.addEventListener('blur', () => this.#typing.stopped());
    text.addEventListener('input', () =>
      text.value.trim() && !this.#edited ? this.#typing.typed() : this.#typing.stopped(),
    );
  }

  focus() {
    this.#text.focus();
  }

  /** Puts a text that was not sent back to where it was written. */
  fill(text) {
    this.#text.value = text;
    this.focus();
  }

  startEdit(entry) {
    if (!this.#edited) this.#draft = this.#text.value;
    this.#edited = entry;
    this.#form.dataset.mode = 'edit';
    this.fill(entry.message.content);
  }

  #endEdit() {
    this.#edited = undefined;
    delete this.#form.dataset.mode;
    this.fill(this.#draft);
  }

  #submit(on) {
    const content = this.#text.value;
    if (!content.trim()) return;
    this.#typing.stopped();
    if (this.#edited) {
      on.edit(this.#edited, content);
      this.#endEdit();
    } else {
      on.send(content);
      this.fill('');
    }
  }

  #pressed(event, on) {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#submit(on);
    } else if (event.key === 'Escape' && this.#edited) {
      this.#endEdit();
    } else if (event.key === 'ArrowUp' && !this.#text.value) {
      event.preventDefault();
      on.editLast();
    }
  }
}
