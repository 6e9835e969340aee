import type { TestApp } from './app.js';
import type { ChatClient, ClientOptions } from './chat-client.js';
import { someone, type TestUser } from './tokens.js';

export interface Gathering<N extends readonly string[]> {
  readonly id: number;
  readonly users: { readonly [K in keyof N]: TestUser };
  readonly clients: { readonly [K in keyof N]: ChatClient };
}

/** A private conversation of new users, the first its owner; all of them connected and joined. */
export async function gather<const N extends readonly string[]>(
  app: TestApp,
  names: N,
  options?: ClientOptions,
): Promise<Gathering<N>> {
  const users = names.map((name) => someone(name));
  const id = await app.conversation(users);
  const clients: ChatClient[] = [];
  for (const user of users) {
    const client = await app.connect(user, options);
    await client.join(id);
    clients.push(client);
  }
  return { id, users, clients } as unknown as Gathering<N>;
}
