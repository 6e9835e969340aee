import { describe, expect, it } from 'vitest';
import { normalizeSlug, parseConversationRef } from '../../src/core/model/conversation-ref.js';

describe('the name of a conversation', () => {
  it.each([
    [1, { kind: 'id', id: 1 }],
    ['1', { kind: 'id', id: 1 }],
    ['room_12', { kind: 'id', id: 12 }],
    ['private_5_8', { kind: 'direct', other: '8' }],
    ['private_8_5', { kind: 'direct', other: '8' }],
    ['private_5_a_b', { kind: 'direct', other: 'a_b' }],
    ['Lobby', { kind: 'slug', slug: 'lobby' }],
  ])('%p is understood', (input, ref) => {
    expect(parseConversationRef(input, '5')).toEqual(ref);
  });

  it.each([0, -1, 1.5, 2 ** 31, '0', '99999999999', '', 'a b', 'private_6_7', 'private_5_5', null])(
    '%p names nothing that user 5 may use',
    (input) => {
      expect(parseConversationRef(input, '5')).toBeNull();
    },
  );

  it.each(['42', 'room_general', 'private_1_2', '-a', 'é', 'a'.repeat(65)])(
    '%p cannot be a slug',
    (text) => {
      expect(normalizeSlug(text)).toBeNull();
    },
  );
});
