/**
 * What a member says and hears, by protocol. Frames are told apart by how they begin.
 *
 * @typedef {object} Dialect
 * @property {(token: string) => string} path of the upgrade
 * @property {((frame: string) => boolean) | null} isGreeting what the server says first, if it does
 * @property {((token: string) => { packet: string, answer: string }) | null} authenticate
 * @property {(conversationId: number) => { packet: string, answer: string }} join
 * @property {Buffer} delivery how a delivered message begins
 */

const CHAT_JOIN_ACK_ID = 0;

/** @type {Dialect} Socket.IO v4, namespace `/chat` */
export const chat = {
  path: () => '/socket.io/?EIO=4&transport=websocket',
  isGreeting: (frame) => frame.startsWith('0{'),
  authenticate: (token) => ({ packet: `40/chat,${JSON.stringify({ token })}`, answer: '40/chat,' }),
  join: (conversationId) => ({
    packet: `42/chat,${CHAT_JOIN_ACK_ID}${JSON.stringify(['conversation:join', { conversationId }])}`,
    answer: `43/chat,${CHAT_JOIN_ACK_ID}[{"success":true`,
  }),
  delivery: Buffer.from('42/chat,["message:new",'),
};

/** @type {Dialect} raw frames at `/ws/chat` */
export const salon = {
  path: (token) => `/ws/chat?token=${token}`,
  isGreeting: null,
  authenticate: null,
  join: (conversationId) => ({
    packet: JSON.stringify({ type: 'join_room', data: { room: conversationId } }),
    answer: '{"type":"join_room_ack"',
  }),
  delivery: Buffer.from('{"type":"room_message"'),
};
