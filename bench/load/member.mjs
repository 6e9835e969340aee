import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { chat } from './dialects.mjs';
import {
  CLOSE,
  PING,
  PONG_FRAME,
  TEXT,
  clientFrame,
  decimalAt,
  hasPrefix,
  scanFrames,
} from './frames.mjs';

/** Room for the beginning of a frame that an earlier read left incomplete. */
const CARRY = 256 * 1024;
const READ = 256 * 1024;

/**
 * Every connection reads into this one buffer: a read is scanned before the next one happens, and
 * nothing is allocated for it. What a read leaves over is put back right before the next one.
 */
const arena = Buffer.allocUnsafeSlow(CARRY + READ);
const readArea = arena.subarray(CARRY);

const ACK = Buffer.from('43/chat,');
const SUCCESS = Buffer.from('[{"success":true');
const CONTENT = Buffer.from('"content":"#');
const JOIN_ACK_ID = 0;
const NOTHING = Buffer.alloc(0);

/** One member of a room: a WebSocket connection in one of the dialects, spoken by hand over TCP. */
export class Member {
  /** Messages received since the connection was made. */
  deliveries = 0;

  #ledger;
  #dialect;
  #socket;
  #carry = NOTHING;
  #outgoing = '';
  #isUpgraded = false;
  #readAt = 0;
  /** @type {(frame: string) => void} what setting up the connection waits for */
  #onSetup = () => {};
  #onUpgraded = () => {};
  #isClosing = false;

  /**
   * @param {{ room: number, conversationId: number, isWitness: boolean }} place a witness also
   *   reads which message each delivery carries
   * @param {import('./dialects.mjs').Dialect} dialect
   * @param {import('./ledger.mjs').Ledger} ledger
   */
  constructor({ room, conversationId, isWitness }, dialect, ledger) {
    this.room = room;
    this.conversationId = conversationId;
    this.isWitness = isWitness;
    this.#dialect = dialect;
    this.#ledger = ledger;
  }

  /**
   * Connects, authenticates and joins the conversation.
   *
   * @param {number} port
   * @param {string} token
   */
  async enter(port, token) {
    await this.#open(port, this.#dialect.path(token));
    if (this.#dialect.authenticate) await this.#exchange(this.#dialect.authenticate(token));
    await this.#exchange(this.#dialect.join(this.conversationId));
  }

  /** Sends are acked in `chat` alone. */
  get maySend() {
    return this.#dialect === chat;
  }

  /**
   * Queues one message; `flush` writes what is queued. Its number is the ack id and opens its
   * content, so that both answers tell which message they speak of.
   *
   * @param {string} filler ASCII
   */
  queueMessage(filler) {
    const number = this.#ledger.sending();
    this.#outgoing += clientFrame(
      `42/chat,${number}["message:send",{"conversationId":${this.conversationId},"content":"#${number} ${filler}"}]`,
    );
  }

  flush() {
    if (this.#outgoing === '') return;
    this.#socket.write(this.#outgoing, 'latin1');
    this.#outgoing = '';
  }

  close() {
    this.#isClosing = true;
    this.#socket?.destroy();
  }

  /** Called by `scanFrames` for each complete frame. */
  frame(bytes, opcode, start, end) {
    if (opcode === TEXT) {
      if (hasPrefix(bytes, start, end, this.#dialect.delivery))
        return this.#delivered(bytes, start);
      if (hasPrefix(bytes, start, end, ACK)) return this.#acked(bytes, start, end);
      if (end - start === 1 && bytes[start] === 0x32) {
        this.#outgoing += clientFrame('3');
        return;
      }
      this.#onSetup(bytes.latin1Slice(start, end));
    } else if (opcode === PING) {
      this.#outgoing += PONG_FRAME;
    } else if (opcode === CLOSE) {
      this.#ledger.problem('the server sent a close frame');
    }
  }

  #delivered(bytes, start) {
    this.deliveries += 1;
    if (!this.isWitness && !this.#ledger.isTimingEveryDelivery) return;
    const content = bytes.indexOf(CONTENT, start);
    this.#ledger.delivered(this, decimalAt(bytes, content + CONTENT.length), this.#readAt);
  }

  #acked(bytes, start, end) {
    const number = decimalAt(bytes, start + ACK.length);
    if (number === JOIN_ACK_ID) return this.#onSetup(bytes.latin1Slice(start, end));
    const array = bytes.indexOf(0x5b, start);
    if (!hasPrefix(bytes, array, end, SUCCESS)) {
      this.#ledger.problem(`a send was refused: ${bytes.latin1Slice(start, end)}`);
    }
    this.#ledger.acked(this, number, this.#readAt);
  }

  #open(port, path) {
    const { promise, resolve, reject } = withResolvers();
    this.#socket = net.connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: readArea, callback: (count) => this.#read(count) },
    });
    this.#socket.on('error', reject);
    this.#socket.on('close', () => {
      if (!this.#isClosing) this.#ledger.problem('the server closed a connection');
      reject(new Error('the server closed the connection'));
    });
    const { isGreeting } = this.#dialect;
    this.#onSetup = (frame) => isGreeting?.(frame) && resolve();
    this.#onUpgraded = isGreeting ? () => {} : resolve;
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\n` +
        `Host: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y2F1c2VyaWUgYmVuY2ghIQ==\r\n\r\n',
    );
    return promise;
  }

  /** Sends one packet and waits for the one that begins with `answer`. */
  #exchange({ packet, answer }) {
    const { promise, resolve, reject } = withResolvers();
    this.#socket.once('close', () => reject(new Error('the server closed the connection')));
    this.#onSetup = (frame) => {
      if (frame.startsWith(answer)) resolve(frame);
      else if (/^4[34]|"type":"error"/.test(frame)) reject(new Error(`refused: ${frame}`));
    };
    this.#outgoing += clientFrame(packet);
    this.flush();
    return promise;
  }

  #read(count) {
    this.#readAt = performance.now();
    let from = CARRY - this.#carry.length;
    const to = CARRY + count;
    if (from < 0) throw new Error('a frame is larger than the generator expects');
    this.#carry.copy(arena, from);
    if (!this.#isUpgraded) from = this.#upgraded(from, to);
    const rest = scanFrames(arena, from, to, this);
    this.#carry = rest === to ? NOTHING : Buffer.from(arena.subarray(rest, to));
    this.flush();
    return true;
  }

  /** @returns {number} where the frames begin: after the HTTP answer, once it is complete */
  #upgraded(from, to) {
    const answer = arena.latin1Slice(from, to);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) return from;
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(answer.split('\r\n', 1)[0]);
    this.#isUpgraded = true;
    this.#onUpgraded();
    return from + end + 4;
  }
}

/** `Promise.withResolvers`, which Node 20 has not. */
function withResolvers() {
  let resolve, reject;
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  promise.catch(() => {});
  return { promise, resolve, reject };
}
