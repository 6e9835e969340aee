import {
  ENGINE_MESSAGE,
  type SocketIoDialect,
} from '../../transport/socket-io/socket-io-connection.js';
import { failures } from './root.errors.js';
import type { ClientEvents } from './root.events.js';
import { rootPresenter } from './root.presenter.js';

const SEND: keyof ClientEvents = 'message';

export const rootDialect: SocketIoDialect = {
  name: 'root',
  present: rootPresenter,
  framePrefix: ENGINE_MESSAGE,
  presence: 'online',
  // A live room is entered: who owns one is not always there.
  joinsByItself: (type) => type !== 'live',
  failures,
  mayOverlap: () => false,
  isSend: (eventName) => eventName === SEND,
};
