import { element } from './elements.js';

const KEPT = 50;
const MAX_LENGTH = 700;
const ARROWS = { out: '↑', in: '↓', ack: '↩' };

/** The drawer that lists the latest events of one connection, newest first. */
export class Wire {
  #list;
  #count;
  #total = 0;

  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  add(direction, event, payload, milliseconds) {
    const item = element(
      'li',
      { className: direction },
      element('span', { textContent: ARROWS[direction], title: direction }),
      element('b', { textContent: event }),
      element('small', { textContent: milliseconds === undefined ? '' : `${milliseconds} ms` }),
      element('code', { textContent: printable(payload) }),
    );
    this.#list.prepend(item);
    if (this.#list.childElementCount > KEPT) this.#list.lastElementChild.remove();
    this.#count.textContent = `${++this.#total} events`;
  }
}

function printable(payload) {
  const text = JSON.stringify(payload, (key, value) => (/token/i.test(key) ? '…' : value)) ?? '';
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
