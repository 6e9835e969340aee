import { io } from '/socket.io/socket.io.esm.min.js';

const ACK_TIMEOUT_MS = 10_000;
const RETRY_MS = 2_000;

/**
 * A socket that comes back: after a drop, after the server ended it, and after its token ran out.
 *
 * @param access `token`, and `renew()` → whether there is a new one
 * @param watcher `onOpen()`, `onLost()`, `onState(state, text?)`, `onWire(direction, event, payload)`
 */
export class Connection {
  #access;
  #watcher;
  #socket;
  #retry;
  isWanted = true;

  constructor(access, watcher) {
    this.#access = access;
    this.#watcher = watcher;
    const auth = (give) => give({ token: access.token });
    this.#socket = io('/chat', { auth, forceNew: true, reconnectionDelayMax: RETRY_MS });
    this.#socket.onAny((event, payload) => watcher.onWire('in', event, payload));
    this.#socket.on('connect', () => watcher.onOpen());
    this.#socket.on('disconnect', () => this.#lost());
    this.#socket.on('connect_error', (error) => this.#failed(error));
    watcher.onState('connecting');
  }

  get isConnected() {
    return this.#socket.connected;
  }

  on(event, handle) {
    this.#socket.on(event, handle);
  }

  /** The success ack; throws the failure ack's `error`, or an error without code when none came. */
  async request(event, payload) {
    if (!this.isConnected) throw new Error('Not connected');
    this.#watcher.onWire('out', event, payload);
    const sentAt = Date.now();
    const ack = await this.#socket
      .timeout(ACK_TIMEOUT_MS)
      .emitWithAck(event, payload)
      .catch(() => Promise.reject(new Error('No answer from the server')));
    this.#watcher.onWire('ack', event, ack, Date.now() - sentAt);
    if (!ack.success) throw failureOf(ack);
    return ack;
  }

  open() {
    this.isWanted = true;
    this.#watcher.onState('connecting');
    this.#socket.connect();
  }

  close() {
    this.isWanted = false;
    clearTimeout(this.#retry);
    this.#socket.disconnect();
    this.#watcher.onState('offline');
  }

  later(action, seconds = RETRY_MS / 1000) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(action, seconds * 1000);
  }

  #lost() {
    this.#watcher.onLost();
    if (!this.isWanted) return;
    this.#watcher.onState('reconnecting');
    // When the server ended the connection, socket.io leaves coming back to us.
    if (!this.#socket.active) this.later(() => this.#socket.connect());
  }

  async #failed({ data }) {
    this.#watcher.onWire('in', 'connect_error', data ?? {});
    this.#watcher.onState('reconnecting');
    if (this.#socket.active) return;
    if (data?.code === 'AUTH_FAILED' && !(await this.#renew())) return;
    if (this.isWanted) this.later(() => this.#socket.connect(), data?.retryAfter);
  }

  async #renew() {
    // A server that does not answer right now is no reason to give up on it.
    const isRenewed = await this.#access.renew().catch(() => true);
    if (!isRenewed) this.#watcher.onState('refused', 'The token was refused');
    return isRenewed;
  }
}

function failureOf({ error }) {
  const wait = `Too fast: wait ${error.retryAfter ?? 1} s`;
  const message = error.code === 'RATE_LIMITED' ? wait : error.message;
  return Object.assign(new Error(), error, { message });
}
