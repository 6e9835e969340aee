import { anError, type Json } from './veza-shapes.js';

/** The document's table, and what each of its errors tells a client to do. */
export const KINDS: [code: number, type: string, suggestion: string][] = [
  [1000, 'connection_error', 'Try again in a moment, with the same id.'],
  [1001, 'authentication_error', 'Get a new token and connect again.'],
  [1002, 'authorization_error', 'Do not try again: ask whoever runs the room.'],
  [1003, 'rate_limit_error', 'Wait, then try again.'],
  [1004, 'room_not_found', 'Correct the request before trying again.'],
  [1005, 'message_too_long', 'Correct the request before trying again.'],
  [1006, 'file_too_large', 'Correct the request before trying again.'],
  [1007, 'invalid_message_format', 'Correct the request before trying again.'],
  [1008, 'user_banned', 'Do not try again: ask whoever runs the room.'],
  [1009, 'room_full', 'Wait, then try again.'],
  [1010, 'server_error', 'If it happens again, report it to whoever runs the service.'],
];

/** The whole `data` of a failure. */
export const errorOf = (code: number, message: unknown, additions: Json = {}): Json => {
  const [, type = '', suggestion] = KINDS.find(([known]) => known === code) ?? [];
  return { ...anError(code, type, additions), suggestion, message };
};
