import type { TestApp } from '../../support/app.js';
import type { RestClient } from '../../support/rest-client.js';
import type { TestUser } from '../../support/tokens.js';

/** Clients of users whom the service has met: only those can be named by others. */
export async function clientsOf<const Users extends readonly TestUser[]>(
  app: TestApp,
  users: Users,
): Promise<{ [Index in keyof Users]: RestClient }> {
  const clients = await Promise.all(users.map((user) => app.as(user)));
  for (const client of clients) await client.get('/users/me');
  return clients as { [Index in keyof Users]: RestClient };
}
