/** Bounds of the domain. What an operator may change stands in the environment instead. */
export const LIMITS = {
  attachments: 10,
  attachmentLength: 2048,
  /** Uploads of one user that no message names yet. */
  waitingUploads: 100,
  /** Bytes of a file that comes in one frame. */
  uploadInOnePiece: 3 * 1024 * 1024,
  fileNameLength: 200,
  /** Of a token's `jti`. */
  tokenIdLength: 256,
  revocationReasonLength: 500,
  reportReasonLength: 100,
  reportDetailsLength: 2_000,
  /** Messages that moderators see before the reported one, and after it. */
  reportContext: 10,
  clientMessageIdLength: 64,
  mentions: 50,
  emojiLength: 32,
  reactionsPerMessage: 500,
  titleLength: 200,
  usernameLength: 64,
  userIdLength: 128,
  participantsPerRequest: 100,
  pageSize: 100,
  /** Messages that one catch-up (`afterSeq`) returns. */
  catchUp: 500,
  /** Characters of text in it: more would wait too long in a slow reader's queue. */
  catchUpLength: 1_000_000,
  /** Unread counts stop here: an exact figure beyond it helps nobody and costs a scan. */
  unreadCount: 1000,
  /** Levels of objects and arrays in anything a client sends. */
  depth: 16,
  /** Values (keys, texts, numbers, objects) in anything a client sends. */
  values: 10_000,
  /** How long an author may change a message. */
  editWindowMs: 24 * 60 * 60 * 1000,
  /** How long a live room waits for its first client: one that was made beforehand. */
  createdRoomMs: 60 * 60 * 1000,
  /** The same of one that a client made by coming to it. */
  openedRoomMs: 60 * 1000,
  /** Characters of a message from visitors of live rooms. */
  liveMessageLength: 1_000,
  descriptionLength: 1_000,
  reasonLength: 500,
  /** Users that one may block. */
  blocks: 1_000,
  /** Ten years: what is longer is for ever. */
  sanctionMinutes: 10 * 365 * 24 * 60,
  /** Six hours. */
  slowModeSeconds: 21_600,
  ruleWords: 5_000,
  ruleAllowedWords: 1_000,
  ruleWordLength: 100,
  ruleDomains: 1_000,
  domainLength: 253,
  rulePaceMax: 1_000,
  /** A day. */
  rulePaceSeconds: 86_400,
  /** Messages that one rehearsal of rules looks at. */
  rehearsal: 10_000,
  /** Typing ends by itself this long after the last sign of it. */
  typingMs: 6_000,
} as const;
