import { actorOf, isEphemeral, type RoomEvent } from '../core/core.events.js';
import type { Connection, Dialect, RoomName, RoomView } from './connection.js';
import { Frames } from './frames.js';

type FramesFor = (dialect: Dialect, name: RoomName) => Frames | null;

/** Renders once for each dialect and name of the room, and only when somebody needs it. */
export function renderOnce(
  render: (dialect: Dialect, name: RoomName) => (string | null)[],
  isEphemeral: boolean,
): FramesFor {
  const rendered = new Map<Dialect, Map<RoomName, Frames | null>>();
  return (dialect, name) => {
    let byName = rendered.get(dialect);
    if (!byName) rendered.set(dialect, (byName = new Map<RoomName, Frames | null>()));
    let frames = byName.get(name);
    if (frames === undefined) {
      frames = framesOf(dialect, render(dialect, name), isEphemeral);
      byName.set(name, frames);
    }
    return frames;
  };
}

/**
 * What to write to each reader of a conversation. One rendering serves all readers of a dialect
 * who call the conversation the same, save those that the dialect addresses.
 */
export function renderForReaders(
  facts: Omit<RoomView, 'name' | 'reader'>,
  events: readonly RoomEvent[],
): (reader: Connection, name: RoomName) => Frames | null {
  const areEphemeral = events.every(isEphemeral);
  const shared = renderOnce(
    ({ present }, name) =>
      events.map((event) => present.roomEvent({ ...facts, name, reader: null }, event)),
    areEphemeral,
  );
  return (reader, name) => {
    const { dialect, identity } = reader;
    const isAddressed =
      dialect.addressesReaders &&
      (facts.pair !== null || events.some((event) => actorOf(event) === identity.userId));
    if (!isAddressed) return shared(dialect, name);
    const texts = events.map((event) =>
      dialect.present.roomEvent({ ...facts, name, reader }, event),
    );
    return framesOf(dialect, texts, areEphemeral);
  };
}

function framesOf(
  { framePrefix, bundle }: Dialect,
  rendered: (string | null)[],
  isEphemeral: boolean,
): Frames | null {
  const texts = rendered.filter((text) => text !== null);
  if (texts.length === 0) return null;
  const isBundled = bundle !== undefined && texts.length > 1;
  return new Frames(isBundled ? bundle(texts) : texts, framePrefix, isEphemeral);
}
