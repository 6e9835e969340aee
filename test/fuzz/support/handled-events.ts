import { MESSAGE_METADATA } from '@nestjs/websockets/constants.js';

/** The events that a gateway has handlers for, its parents' included. */
export function handledEvents(gateway: { readonly prototype: object }): string[] {
  const events: string[] = [];
  let prototype: object | null = gateway.prototype;
  while (prototype && prototype !== Object.prototype) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      const event: unknown = typeof value === 'function' && metadataOf(value as object);
      if (typeof event === 'string') events.push(event);
    }
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return events;
}

const metadataOf = (handler: object): unknown => Reflect.getMetadata(MESSAGE_METADATA, handler);
