import type { TestApp } from '../../support/app.js';
import { messageIn } from '../../support/chat-shapes.js';
import { gather } from '../../support/gathering.js';
import { someone } from '../../support/tokens.js';
import { bodyOf } from './problems.js';
import type { AuditView, PageView, ReportView } from './views.js';

export type ReportPage = PageView<ReportView>;

/**
 * Alice says things, bob reports them, a moderator looks at an empty queue. Everyone is new: a
 * user has thirty reports an hour.
 */
export async function reporting(app: TestApp) {
  await app.database.query('DELETE FROM reports');
  const { id: conversationId, users, clients } = await gather(app, ['alice', 'bob']);
  const [alice, bob] = users;
  const [a, b] = clients;
  const guard = someone('guard', ['moderator']);
  const g = await app.as(guard);
  return {
    ...{ conversationId, alice, bob, guard, a, b, g },
    /** Returns the message's id. */
    say: async (content: string, fields: Record<string, unknown> = {}) =>
      messageIn(await a.send(conversationId, content, fields)).id,
    /** Returns the report's id. */
    report: async (messageId: number, fields: Record<string, unknown> = {}) => {
      const ack = await b.expect('message:report', { messageId, reason: 'spam', ...fields });
      return Number(ack.reportId);
    },
    queue: async (query = '') =>
      bodyOf<ReportPage>(await g.get(`/moderation/reports${query}`)).items,
    inContext: (id: number | string, client = g) => client.get(`/moderation/reports/${id}`),
    assign: (id: number | string, body: unknown = {}, client = g) =>
      client.post(`/moderation/reports/${id}/assign`, body),
    resolve: (id: number | string, body: unknown, client = g) =>
      client.post(`/moderation/reports/${id}/resolve`, body),
    /** What the audit trail says of that report, or of what else its query asks for, oldest first. */
    audited: async (query: string, fits: (entry: AuditView) => boolean = () => true) => {
      const { items } = bodyOf<PageView<AuditView>>(await g.get(`/moderation/audit?${query}`));
      return items.filter(fits).reverse();
    },
  };
}
