const LATECOMERS_MS = 1_000;

/** Who else is there, as a set of user ids (text). */
export class Presence {
  #online = new Set();
  #view;

  constructor(connection, view) {
    this.#view = view;
    // Who becomes a participant just now has been connected before.
    for (const event of ['user:online', 'participant:joined']) {
      connection.on(event, ({ userId }) => this.set([...this.#online, userId]));
    }
    connection.on('user:offline', ({ userId }) => {
      this.set([...this.#online].filter((id) => id !== String(userId)));
    });
  }

  set(userIds) {
    this.#online = new Set(userIds.map(String));
    this.#view.showOnline(this.#online);
  }

  /**
   * A join's `onlineUsers` names who has joined, `user:online` tells who connects: somebody who
   * connected before us and joined after us is in neither, so we ask once more.
   */
  askForLatecomers(connection, conversationId) {
    setTimeout(() => {
      const answer = connection.request('conversation:users:online', { conversationId });
      answer.then(({ onlineUsers }) => this.set(onlineUsers)).catch(() => {});
    }, LATECOMERS_MS);
  }
}
