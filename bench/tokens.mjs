import { createHmac, timingSafeEqual } from 'node:crypto';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (text, secret) => createHmac('sha256', secret).update(text).digest('base64url');

/**
 * @param {number} userId
 * @param {string} secret
 * @returns {string} an HS256 JWT valid for a day
 */
export function tokenFor(userId, secret) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: `${userId}`, username: `user_${userId}`, iat: now, exp: now + 86_400 };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign(text, secret)}`;
}

/**
 * What the baselines check at the handshake.
 *
 * @returns {{ id: number, username: string }}
 * @throws {Error} on a forged token
 */
export function userOf(token, secret) {
  const [header, claims, signature] = `${token}`.split('.');
  const expected = Buffer.from(sign(`${header}.${claims}`, secret));
  const given = Buffer.from(signature ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error('invalid token');
  }
  const { sub, username } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return { id: Number(sub), username };
}
