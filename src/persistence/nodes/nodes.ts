import { randomUUID } from 'node:crypto';
import { PreparedStatement } from '../prepared-statement.js';
import { appliedChannel, JOURNAL_CHANNEL } from './channels.js';
import { Confirmations } from './confirmations.js';
import { JournalFollower } from './journal-follower.js';
import { NodeLine } from './node-line.js';
import { PostgresJournal } from './postgres-journal.js';
import { PostgresNodes } from './postgres-nodes.js';

export interface Membership {
  readonly nodes: PostgresNodes;
  readonly journal: PostgresJournal;
  close(): Promise<void>;
}

/** Makes this process one of the nodes of the service that the database is of. */
export async function joinNodes(databaseUrl: string): Promise<Membership> {
  const id = randomUUID();
  const line = new NodeLine(databaseUrl, [JOURNAL_CHANNEL, appliedChannel(id)]);
  const follower = new JournalFollower(id, line);
  const confirmations = new Confirmations();
  const nodes = new PostgresNodes(id, line, follower, confirmations);
  const statement = new PreparedStatement(databaseUrl, {
    name: 'write_journal',
    text: 'SELECT * FROM write_journal($1, $2, $3, $4)',
  });
  const journal = new PostgresJournal(id, statement, follower, confirmations);
  line.onNotification((channel, payload) => {
    // A read that fails is made up for by the next round.
    if (channel === JOURNAL_CHANNEL) follower.follow().catch(() => undefined);
    else confirmations.confirm(...confirmationOf(payload));
  });
  await nodes.start();
  return {
    nodes,
    journal,
    close: async () => {
      await journal.close();
      await nodes.close();
    },
  };
}

function confirmationOf(payload: string): [nodeId: string, entry: number] {
  const [nodeId = '', entry = '0'] = payload.split(' ');
  return [nodeId, Number(entry)];
}
