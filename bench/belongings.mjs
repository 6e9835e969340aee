/**
 * What a run started and must stop: released in reverse order, once, however the run ends.
 */
export class Belongings {
  #disposals = [];
  #released = null;

  get isReleased() {
    return this.#released !== null;
  }

  /** @param {() => unknown} dispose called at once when the run has already ended */
  add(dispose) {
    if (this.#released) void dispose();
    else this.#disposals.push(dispose);
  }

  release() {
    this.#released ??= this.#releaseAll();
    return this.#released;
  }

  async #releaseAll() {
    for (const dispose of this.#disposals.reverse()) {
      try {
        await dispose();
      } catch (error) {
        console.error(`bench: while stopping: ${error.message}`);
      }
    }
  }
}
