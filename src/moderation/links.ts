import { linkifyit } from 'linkify-it';
import type { ModerationRules } from '../core/model/rules.js';
import type { Submission } from '../core/ports/rule-compiler.js';

/** Endings that are often seen, besides those of countries and the oldest ones. */
const ENDINGS = [
  ...['agency', 'app', 'art', 'bet', 'bid', 'blog', 'casino', 'cam', 'chat', 'click', 'cloud'],
  ...['club', 'com', 'company', 'dev', 'digital', 'email', 'finance', 'fun', 'games', 'group'],
  ...[
    'guru',
    'host',
    'icu',
    'life',
    'link',
    'live',
    'loan',
    'lol',
    'ltd',
    'media',
    'mobi',
    'money',
  ],
  ...['monster', 'network', 'news', 'one', 'online', 'page', 'party', 'photos', 'porn', 'press'],
  ...['quest', 'rocks', 'sbs', 'sex', 'shop', 'site', 'social', 'solutions', 'space', 'store'],
  ...[
    'stream',
    'studio',
    'support',
    'tech',
    'tel',
    'today',
    'tools',
    'top',
    'trade',
    'video',
    'vip',
  ],
  ...['website', 'wiki', 'win', 'work', 'world', 'wtf', 'xn--p1ai', 'xyz', 'zone'],
];

/** With what stands before an `@`: `https://good.example@evil.example` leads to the latter. */
const linkify = linkifyit({ fuzzyLink: true, fuzzyEmail: false, urlAuth: true })
  .tlds(ENDINGS, true)
  .add('mailto:', null);

const UNSEEN = /\p{Cf}/gu;

/** Longer ones lead nowhere. */
const MAX_HOST = 253;

/** Where the links of a text and of its attachments lead, in ASCII; null where that is hard to say. */
function hostsIn({ content, attachments }: Submission): (string | null)[] {
  const text = content.normalize('NFKC').replace(UNSEEN, '');
  const written = linkify.match(text)?.map(({ url }) => url) ?? [];
  // A path is one of the service's own uploads.
  return [...written, ...attachments.filter((attachment) => !attachment.startsWith('/'))].map(
    hostOf,
  );
}

function hostOf(link: string): string | null {
  const url = link.startsWith('//') ? `https:${link}` : link;
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return host.length > MAX_HOST ? null : host;
}

/** The domain itself, and every one it is below. */
function domainsAbove(host: string): string[] {
  const labels = host.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

/** Whether a link in it is one too many. */
export function linkJudge({
  policy,
  domains,
}: ModerationRules['links']): (submission: Submission) => boolean {
  const listed = new Set(domains.map((domain) => hostOf(`https://${domain}`)));
  const isListed = (host: string | null) =>
    policy === 'listed' && host !== null && domainsAbove(host).some((domain) => listed.has(domain));
  return (submission) => hostsIn(submission).some((host) => !isListed(host));
}
