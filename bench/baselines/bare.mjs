/**
 * The least a chat server on socket.io can do: authenticate, join, broadcast, ack. It stores
 * nothing and checks nothing. Its messages have the fields, and so the size, of Causerie's.
 */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { userOf } from '../tokens.mjs';

const http = createServer();
const chat = new Server(http).of('/chat');
const lastSeqs = new Map();
let lastId = 0;

chat.use((socket, next) => {
  try {
    socket.data.user = userOf(socket.handshake.auth.token, process.env.JWT_SECRET);
    next();
  } catch (error) {
    next(error);
  }
});

chat.on('connection', (socket) => {
  socket.on('conversation:join', ({ conversationId }, ack) => {
    socket.join(`conversation:${conversationId}`);
    ack({ success: true, message: 'joined' });
  });
  socket.on('message:send', ({ conversationId, content }, ack) => {
    const message = messageOf(socket.data.user, conversationId, content);
    const timestamp = new Date().toISOString();
    chat.to(`conversation:${conversationId}`).emit('message:new', { message, timestamp });
    ack({ success: true, message });
  });
});

function messageOf(user, conversationId, content) {
  const seq = (lastSeqs.get(conversationId) ?? 0) + 1;
  lastSeqs.set(conversationId, seq);
  return {
    id: ++lastId,
    conversationId,
    seq,
    senderId: user.id,
    senderName: user.username,
    type: 'text',
    content,
    attachments: [],
    replyTo: null,
    mentions: [],
    reactions: {},
    clientMessageId: null,
    sentAt: new Date().toISOString(),
    editedAt: null,
    deletedAt: null,
  };
}

process.once('disconnect', () => process.exit());
http.listen(0, '127.0.0.1', () => process.send({ port: http.address().port }));
