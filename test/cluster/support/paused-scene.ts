import { expect } from 'vitest';
import { range } from '../../support/chat-shapes.js';
import { ChatSpeaker } from '../../support/chat-speaker.js';
import type { TestClients } from '../../support/clients.js';
import type { Service } from '../../support/service.js';
import type { Speaker } from '../../support/speaker.js';
import { CHAT, everywhere, SALON, VEZA } from '../../support/speakers.js';
import { someone, type TestUser } from '../../support/tokens.js';
import { end, type Ending } from './endings.js';

/** What holds for a connection that is paused as well. */
const ENDINGS: readonly Ending[] = ['ban', 'removal', 'ban everywhere', 'revocation'];

interface Victim {
  readonly user: TestUser;
  readonly ending: Ending;
  readonly speakers: readonly Speaker[];
  /** What its requests were answered with. */
  readonly answers: unknown[];
}

/** Some who are put out while their node is paused, and a witness beside them. */
export interface PausedScene {
  /** By the victims, to the node that does not hear them yet. */
  queueRequests(): void;
  /** Puts all of them out by the other node. */
  putOut(): Promise<void>;
  /** By somebody on the other node; resolves with the id of the last. */
  say(text: string, count: number): Promise<number>;
  expectAllHeard(lastId: number): Promise<void>;
  expectNothingFor(): Promise<void>;
  remove(): Promise<void>;
}

/** `clients`: of the node that goes on, and of the one to be paused. */
export async function pausedScene(
  service: Service,
  [here, there]: readonly TestClients[],
): Promise<PausedScene> {
  if (!here || !there) throw new Error('It takes two');
  const admin = someone('admin', ['admin']);
  const [alice, carol] = [someone('alice'), someone('carol')];
  const users = ENDINGS.map((ending) => someone(ending));
  const id = await service.conversation([admin, alice, carol, ...users]);
  const dialects = [CHAT, VEZA, SALON];
  const [writer] = await everywhere(here, alice, id, [CHAT]);
  const witnesses = await everywhere(there, carol, id, dialects);
  const victims: Victim[] = [];
  for (const [index, ending] of ENDINGS.entries()) {
    const user = users[index] ?? alice;
    const speakers = await everywhere(there, user, id, dialects);
    victims.push({ user, ending, speakers, answers: [] });
  }
  const said: number[] = [];
  const say = async (text: string, count: number): Promise<number> => {
    for (const n of range(1, count)) said.push((await writer?.say(id, `${text} ${n}`))?.id ?? 0);
    return said.at(-1) ?? 0;
  };
  await say('before', 1);
  return {
    say,
    queueRequests: () => {
      for (const { speakers, answers } of victims) {
        for (const speaker of speakers) {
          speaker.shout(id, 'queued');
          if (!(speaker instanceof ChatSpeaker)) continue;
          const read = { conversationId: id, afterSeq: 0 };
          speaker.client.socket.emit('conversation:join', read, (ack: { success: boolean }) =>
            answers.push(ack.success),
          );
        }
      }
    },
    putOut: async () => {
      await Promise.all(victims.map(({ user, ending }) => end(here, { id, admin }, user, ending)));
    },
    expectAllHeard: async (lastId) => {
      for (const witness of witnesses) {
        await witness.hearsMessage(lastId);
        expect(witness.messages.map((message) => message.id)).toEqual(said);
      }
    },
    expectNothingFor: async () => {
      for (const { speakers, answers, ending } of victims) {
        const isOut = ending === 'ban everywhere' || ending === 'revocation';
        if (!isOut) await Promise.all(speakers.map((speaker) => speaker.settled()));
        const late = speakers.flatMap(({ messages, dialect }) =>
          messages
            .filter(({ text }) => !text.startsWith('before'))
            .map(({ text }) => [dialect, text]),
        );
        expect({ ending, late, answers: answers.filter(Boolean) }).toEqual({
          ...{ ending, late: [], answers: [] },
        });
      }
      const rest = await here.as(alice);
      const { body } = await rest.get(`/conversations/${id}/messages`);
      expect(JSON.stringify(body)).not.toContain('queued');
    },
    remove: async () => {
      const { status } = await (await here.as(admin)).delete(`/conversations/${id}`);
      expect(status).toBe(204);
    },
  };
}
