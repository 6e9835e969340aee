import { INSTANT, POSITIVE } from './chat-shapes.js';
import type { TestApp } from './app.js';
import { jsonUnder } from './documents.js';
import type { FrameClient } from './frame-client.js';
import type { TestUser } from './tokens.js';

type Json = Record<string, unknown>;

/** The users and the room of document 4. */
export const ALICE: TestUser = { id: 789, name: 'alice' };
export const BOB: TestUser = { id: 456, name: 'bob' };
export const ROOM = 'general';

/** What its clients send. */
export const CLIENT = {
  join: jsonUnder('salon', 'Rejoindre un Salon'),
  roomMessage: jsonUnder('salon', '2\\. Message de Salon'),
  directMessage: jsonUnder('salon', '3\\. Message Privé'),
  roomHistory: jsonUnder('salon', "Demande d'Historique de Salon"),
  directHistory: jsonUnder('salon', "Demande d'Historique de Messages Privés"),
  ping: jsonUnder('salon', '6\\. Ping'),
};

/** What its server sends. */
export const SERVER = {
  roomMessage: jsonUnder('salon', 'Nouveau Message de Salon'),
  directMessage: jsonUnder('salon', 'Nouveau Message Privé'),
  history: jsonUnder('salon', '3\\. Historique de Messages'),
  connected: jsonUnder('salon', 'Utilisateur Connecté'),
  disconnected: jsonUnder('salon', 'Utilisateur Déconnecté'),
  pong: jsonUnder('salon', '6\\. Pong'),
  error: jsonUnder('salon', '7\\. Erreur'),
};

/** A sample with whatever the server chooses left open: ids of messages, and times. */
export function asDocumented(sample: unknown): unknown {
  if (Array.isArray(sample)) return sample.map(asDocumented);
  if (typeof sample !== 'object' || sample === null) return sample;
  const open = Object.entries(sample).map(([field, value]) => {
    if (field === 'timestamp' || field === 'created_at') return [field, INSTANT];
    return [field, field === 'id' ? POSITIVE : asDocumented(value)];
  });
  return Object.fromEntries(open) as unknown;
}

/** Sends the sample as it stands. */
export const say = (client: FrameClient, sample: Json) => client.raw(JSON.stringify(sample));

/** Document 4's room, alice's, with both of its users connected. */
export async function documentedScene(app: TestApp) {
  await app.conversation([ALICE], { type: 'public', slug: ROOM });
  return { alice: await app.salon(ALICE), bob: await app.salon(BOB) };
}

/** Both join as the sample has it. */
export async function joinAll(...clients: FrameClient[]): Promise<void> {
  for (const client of clients) {
    say(client, CLIENT.join);
    await client.next('join_room_ack');
  }
}
