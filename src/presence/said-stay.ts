import { AWAY, SERVICE, type Spot, type Stay } from '../core/model/presence.js';

const SAID = /^(\d+)(l?)(a?)(v?):(.*)$/s;

/** One user at one place, as Redis keeps it: `2lv:` in a conversation, `2:his name` in the service. */
export function said({ place, username }: Spot, stay: Stay): string {
  if (stay.connections === 0) return '';
  const { connections, isLookingIn, mayLookAway, isVisiting } = stay;
  const flags = `${isLookingIn ? 'l' : ''}${mayLookAway ? 'a' : ''}${isVisiting ? 'v' : ''}`;
  return `${connections}${flags}:${place === SERVICE ? username : ''}`;
}

export function stayOf(text: string): Stay {
  const match = SAID.exec(text);
  if (!match) return AWAY;
  const [, connections, l, a, v] = match;
  return {
    connections: Number(connections),
    isLookingIn: l !== '',
    mayLookAway: a !== '',
    isVisiting: v !== '',
  };
}

export const usernameOf = (text: string): string => SAID.exec(text)?.[5] ?? '';
