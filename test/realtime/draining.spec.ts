import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../src/transport/admission.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor } from '../support/tokens.js';

describe('a client that comes while the node drains', () => {
  let app: TestApp;
  beforeEach(async () => void (app = await startApp()));
  afterEach(() => app.stop());

  it.each(['websocket', 'polling'])(
    'is hung up on, not refused, so that it tries again by itself: %s',
    async (transport) => {
      app.get(Admission).drain();
      const client = app.dial(await tokenFor(someone('alice')), {
        transports: [transport],
        reconnectionDelay: 20,
        reconnectionDelayMax: 50,
      });
      let refusals = 0;
      client.socket.on('connect_error', () => refusals++);
      for (let attempt = 1; attempt <= 2; attempt++) {
        await new Promise<void>((resolve) =>
          client.socket.io.once('reconnect_attempt', () => resolve()),
        );
      }
      expect(refusals).toBe(0);
      expect(client.socket.active).toBe(true);
      expect(client.socket.connected).toBe(false);
    },
  );
});
