import { SubscribeMessage } from '@nestjs/websockets';

/**
 * As `SubscribeMessage`, for the events of one dialect: only names of `Handlers`, and only on
 * methods of the shape that it gives for the name.
 */
export const subscriberTo =
  <Handlers extends object>() =>
  <N extends keyof Handlers & string>(name: N) =>
  <M extends Handlers[N]>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void =>
    void SubscribeMessage(name)(target, key, descriptor as PropertyDescriptor);
