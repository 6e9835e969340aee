import { crossed } from '../../support/crossing.js';
import type { TestApp } from '../../support/app.js';
import type { ChatClient } from '../../support/chat-client.js';
import type { Speaker } from '../../support/speaker.js';
import type { Dialect } from '../../support/speakers.js';
import { someone, type TestUser } from '../../support/tokens.js';

/** A message that somebody read in some dialect, before it is changed. */
export interface Scene {
  readonly id: number;
  readonly alice: TestUser;
  /** Alice, who changes what she said. */
  readonly chat: ChatClient;
  readonly messageId: number;
  /** Bob, in that dialect. */
  readonly reader: Speaker;
}

/** A message that bob has read, before alice changes it. */
export async function said(app: TestApp, dialect: Dialect): Promise<Scene> {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const [chat, reader] = [await app.connect(alice), await dialect.connect(app, bob)];
  await reader.join(id);
  await chat.join(id);
  const { message } = await chat.send(id, 'as it was');
  const { id: messageId } = message as { id: number };
  await reader.hearsMessage(messageId);
  return { id, alice, chat, messageId, reader };
}

/** Everything that reached the reader between the message and one said afterwards. */
export async function heardSince({ id, chat, messageId, reader }: Scene) {
  await crossed();
  const { message } = await chat.send(id, 'and on we go');
  const { id: last } = message as { id: number };
  await reader.hearsMessage(last);
  const { log } = reader;
  const at = (wanted: number) => log.findIndex((h) => h.kind === 'message' && h.id === wanted);
  // Who looks in is told when all nodes were asked, which may be after the first message.
  return log.slice(at(messageId) + 1, at(last)).filter(({ kind }) => kind !== 'presence');
}
