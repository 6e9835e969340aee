import { describe, expect, it } from 'vitest';
import { readAttachments, uploadsIn } from '../../src/core/attachments.js';
import { ChatError } from '../../src/core/core.errors.js';

const ID = '0b0e7c5e-3c1b-4d4e-9a9e-6a2f3a1b2c3d';

const refusal = (attachments: readonly string[]): unknown => {
  try {
    return { accepted: readAttachments(attachments) };
  } catch (error) {
    return error instanceof ChatError ? [error.code, error.details?.[0]?.field] : error;
  }
};

describe('attachments', () => {
  it.each([
    'https://example.org/a%20b.png?x=1#y',
    'HTTP://example.org',
    `/uploads/${ID}`,
    '/uploads/2024/05/report.pdf',
    `https://example.org/${'x'.repeat(2_048 - 20)}`,
  ])('may be %s', (attachment) => {
    expect(readAttachments([attachment])).toEqual([attachment]);
  });

  it('that are ids of uploads become their paths', () => {
    expect(readAttachments([ID, 'https://example.org/x'])).toEqual([
      `/uploads/${ID}`,
      'https://example.org/x',
    ]);
  });

  it('that are paths of uploads have one form, whatever case they come in', () => {
    expect(readAttachments([`/uploads/${ID.toUpperCase()}`])).toEqual([`/uploads/${ID}`]);
  });

  it.each([
    '',
    ID.toUpperCase(),
    `{${ID}}`,
    // A message would not hold on to these: their files could go missing under it.
    `/uploads/${ID}/thumbnail`,
    `/uploads/${ID}.png`,
    `${ID}\n`,
    'uploads/x',
    '/uploads/',
    '/uploads/../x',
    '/uploads/a/../b',
    '/uploads//x',
    '/uploads/x.HTML.exe',
    '//example.org/uploads/x',
    '/etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    `https://example.org/${'x'.repeat(2_049 - 20)}`,
  ])('may not be %j', (attachment) => {
    const all = ['https://example.org/fine', attachment];
    expect(refusal(all)).toEqual(['VALIDATION_FAILED', 'attachments.1']);
  });

  it('are ten at most', () => {
    const ten = Array.from({ length: 10 }, (_, n) => `https://example.org/${n}`);
    expect(readAttachments(ten)).toEqual(ten);
    expect(refusal([...ten, ID])).toEqual(['VALIDATION_FAILED', 'attachments']);
  });

  it('tell which of them are uploads: by their whole path, and nothing else', () => {
    const others = [
      `https://example.org/uploads/${ID}`,
      `/uploads/${ID}/thumbnail`,
      `/uploads/${ID}.png`,
      `/uploads/${ID.toUpperCase()}`,
      '/uploads/2024/report.pdf',
    ];
    expect(uploadsIn([...others, `/uploads/${ID}`])).toEqual([ID]);
  });
});
