/** What REST answers with, as far as the suites look at it. */
export interface MessageView {
  id: number;
  seq: number;
  content: string;
  senderId: number | string;
  deletedAt: string | null;
}

export interface ConversationView {
  id: number;
  type: string;
  slug: string | null;
  title: string | null;
  maxParticipants: number | null;
  participantCount: number;
  lastSeq: number;
  unreadCount: number;
  lastMessage: MessageView | null;
}

export interface ParticipantView {
  userId: number | string;
  username: string;
  role: string;
}

export interface PageView<T> {
  items: T[];
  nextCursor: string | null;
}

/** What sending answers. */
export interface SentView {
  message: MessageView;
  duplicate?: true;
}

export interface HistoryView {
  items: MessageView[];
  hasMore: boolean;
}

export interface ReportView {
  id: number;
  conversationId: number;
  messageId: number;
  reason: string;
  details: string | null;
  reporterId: number | string;
  reporterName: string;
  message: {
    senderId: number | string;
    senderName: string;
    content: string;
    attachments: string[];
  };
  createdAt: string;
  assignedTo: number | string | null;
  assignedAt: string | null;
  resolvedAt: string | null;
  resolvedBy: number | string | null;
  resolution: string | null;
  note: string | null;
}

export interface AuditView {
  action: string;
  actorId: number | string;
  userId: number | string | null;
  conversationId: number | null;
  messageId: number | null;
  reportId: number | null;
  reason: string | null;
  details: Record<string, unknown>;
}
