import type { ChatClient } from './chat-client.js';

/** Socket.IO's packet type of an ack (protocol v5). */
const ACK = 3 as number;

/**
 * Counts the acks a client receives, by the id of the packet they answer. The client hides a
 * second ack of the same event from its callback: only the packets tell.
 */
export function countAcks(client: ChatClient): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  client.socket.io.on('packet', ({ type, id }) => {
    if ((type as number) === ACK && id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  });
  return counts;
}

let lastId = 1_000_000;

/**
 * Sends an event whose arguments are this JSON, past the client's own encoder, which refuses some
 * of what an attacker would send. Resolves with the ack.
 */
export function requestRaw(client: ChatClient, args: string): Promise<Record<string, unknown>> {
  const id = ++lastId;
  const answer = new Promise<Record<string, unknown>>((resolve) => {
    client.socket.io.on('packet', function onPacket(packet) {
      if ((packet.type as number) !== ACK || packet.id !== id) return;
      client.socket.io.off('packet', onPacket);
      resolve((packet.data as Record<string, unknown>[])[0] ?? {});
    });
  });
  client.socket.io.engine.write(`2/chat,${id}${args}`);
  return answer;
}
