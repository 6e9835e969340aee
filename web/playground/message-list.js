import { MessageTools } from './message-tools.js';
import { MessageView } from './message-view.js';

const END_TOLERANCE_PX = 48;

/** The messages of one pane, in order, following the newest unless the reader scrolled away. */
export class MessageList {
  #stage;
  #list;
  #on;
  #tools;
  #views = new Map(); // by entry
  #viewOf = new WeakMap(); // by list item
  #visible = new Set();
  #isAtEnd = true;
  #isFollowing = false;
  /** The ids of this pane's user and of the other pane's. */
  users = {};
  readSeq = 0;

  /** @param on what `MessageView` and `MessageTools` report, and `seen()` when the view moved */
  constructor({ stage, messages }, on) {
    this.#stage = stage;
    this.#list = messages;
    this.#on = on;
    this.#tools = new MessageTools(on);
    this.#watchScrolling();
    for (const event of ['pointerover', 'click', 'focusin']) {
      messages.addEventListener(event, ({ target }) => this.#pointAt(target));
    }
    messages.addEventListener('keydown', (event) => this.#pressed(event));
  }

  get size() {
    return this.#views.size;
  }

  show(entry) {
    const view = this.#views.get(entry) ?? this.#add(entry);
    view.draw(this.users, this.readSeq);
    this.#place(view.root);
    this.#drawPlaces(view.root);
    if (entry.state === 'sending') this.#isAtEnd = true;
    this.#follow();
  }

  showRead(readSeq) {
    this.readSeq = readSeq;
    for (const view of this.#views.values()) {
      if (view.root.dataset.state !== 'read') view.drawState(readSeq);
    }
  }

  discard(entry) {
    const item = this.#views.get(entry).root;
    const next = item.nextElementSibling;
    item.remove();
    this.#views.delete(entry);
    if (next) this.#drawPlaces(next);
  }

  clear() {
    this.#views.clear();
    this.#visible.clear();
    this.#list.replaceChildren();
    this.readSeq = 0;
  }

  scrollToEnd() {
    this.#isAtEnd = true;
    this.#follow();
  }

  /** Runs what adds messages above, and leaves those being read where they are. */
  async holdPosition(addAbove) {
    const first = this.#list.firstElementChild;
    const top = first?.getBoundingClientRect().top;
    await addAbove();
    if (first) this.#stage.scrollTop += first.getBoundingClientRect().top - top;
  }

  /** The newest visible message that somebody else wrote. */
  get newestSeen() {
    const seen = [...this.#visible].filter(({ root }) => root.dataset.from !== 'me');
    return seen.sort((a, b) => b.seq - a.seq)[0]?.entry;
  }

  get lastOwn() {
    const own = [...this.#views.values()].filter(
      ({ entry, root }) =>
        root.dataset.from === 'me' && entry.state === 'sent' && !entry.message.deletedAt,
    );
    return own.sort((a, b) => b.seq - a.seq)[0]?.entry;
  }

  #add(entry) {
    const view = new MessageView(entry, this.#on);
    this.#views.set(entry, view);
    this.#viewOf.set(view.root, view);
    this.#observer.observe(view.root);
    return view;
  }

  #observer = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      const view = this.#viewOf.get(target);
      if (isIntersecting) this.#visible.add(view);
      else this.#visible.delete(view);
    }
    this.#on.seen();
  });

  #watchScrolling() {
    let lastTop = 0;
    this.#stage.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#stage;
      const isAtEnd = scrollHeight - scrollTop - clientHeight < END_TOLERANCE_PX;
      // Only scrolling up is leaving the end; a stage that shrinks moves the end away, too.
      if (isAtEnd || scrollTop < lastTop) this.#isAtEnd = isAtEnd;
      lastTop = scrollTop;
    });
    new window.ResizeObserver(() => this.#follow()).observe(this.#stage);
  }

  #follow() {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    requestAnimationFrame(() => {
      this.#isFollowing = false;
      if (this.#isAtEnd) this.#stage.scrollTop = this.#stage.scrollHeight;
    });
  }

  /** New messages mostly belong at the end, so the place is looked for from there. */
  #place(item) {
    const { seq } = this.#viewOf.get(item);
    let above = this.#list.lastElementChild;
    while (above && (above === item || this.#viewOf.get(above).seq > seq)) {
      above = above.previousElementSibling;
    }
    const below = above ? above.nextElementSibling : this.#list.firstElementChild;
    if (below !== item) this.#list.insertBefore(item, below);
  }

  #drawPlaces(item) {
    for (const each of [item, item.nextElementSibling]) {
      if (each) this.#viewOf.get(each).drawPlace(this.#viewOf.get(each.previousElementSibling));
    }
    if (this.#list.contains(document.activeElement)) return;
    this.#makeReachable(this.#list.lastElementChild);
  }

  /** One message is in the tab order, the arrow keys reach the others. */
  #makeReachable(item) {
    this.#list.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    item.tabIndex = 0;
  }

  #pointAt(target) {
    const item = target.closest('.message');
    if (!item) return;
    this.#tools.attachTo(this.#viewOf.get(item));
    if (item.contains(document.activeElement)) this.#makeReachable(item);
  }

  #pressed(event) {
    const steps = { ArrowUp: 'previousElementSibling', ArrowDown: 'nextElementSibling' };
    const item = event.target.closest('.message');
    if (!steps[event.key] || !item) return;
    event.preventDefault();
    item[steps[event.key]]?.focus();
  }
}
