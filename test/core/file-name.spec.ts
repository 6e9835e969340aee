import { describe, expect, it } from 'vitest';
import { fileName } from '../../src/core/file-name.js';

describe('the name that a file is shown and saved under', () => {
  it.each([
    ['an ordinary name', 'holiday photo (2).jpeg', 'holiday photo (2).jpeg'],
    ['any script', 'Übersicht – отчёт 報告 🙂.pdf', 'Übersicht – отчёт 報告 🙂.pdf'],
    ['no extension', 'README', 'README'],
    ['folders', '../../etc/passwd', 'passwd'],
    ['folders of Windows', 'C:\\Users\\bob\\cv.doc', 'cv.doc'],
    ['both kinds of folders', '..\\../x/..\\boot.ini', 'boot.ini'],
    ['a leading dot', '.htaccess', 'htaccess'],
    ['several leading dots', '...bashrc', 'bashrc'],
    ['characters that Windows reserves', 'a<b>c:d"e|f?g*.txt', 'a_b_c_d_e_f_g_.txt'],
    ['control characters', 'a\0b\r\nc\u001bd\u007f.txt', 'abcd.txt'],
    ['a reversal of direction', 'photo\u202egpj.exe', 'photogpj.exe'],
    ['characters that show nothing', 'a\u200bb\ufeff\u2066.txt', 'ab.txt'],
    ['line separators', 'a\u2028b\u2029.txt', 'ab.txt'],
    ['half a character', 'a\ud800.txt', 'a.txt'],
    ['spaces around it', '  a.txt  ', 'a.txt'],
  ])('%s', (_, given, expected) => {
    expect(fileName(given)).toBe(expected);
  });

  it.each(['', ' ', '.', '..', '/', 'a/', '\\', '\0', '\u202e', './..', 'x/...'])(
    'is `file` where %j leaves nothing of it',
    (given) => {
      expect(fileName(given)).toBe('file');
    },
  );

  it('is cut at 200 characters, without losing what tells its type or half of a character', () => {
    expect(fileName('x'.repeat(196) + '.png')).toBe('x'.repeat(196) + '.png');
    expect(fileName('x'.repeat(197) + '.png')).toBe('x'.repeat(196) + '.png');
    expect(fileName('🙂'.repeat(300) + '.png')).toBe('🙂'.repeat(196) + '.png');
    expect(fileName('x'.repeat(10_000))).toBe('x'.repeat(200));
    expect(fileName('x.' + 'y'.repeat(300))).toBe('x.' + 'y'.repeat(198));
  });

  it('stays as it is when it is made again', () => {
    for (const given of [
      ' .a',
      '.\u202e.b',
      '"/..c"',
      '..\u200b.d ',
      '. .e',
      `${'f'.repeat(199)} g`,
    ]) {
      const once = fileName(given);
      expect([given, fileName(once)]).toEqual([given, once]);
      expect([given, once]).toEqual([given, expect.not.stringMatching(/^[.\s]|\s$/)]);
    }
  });
});
