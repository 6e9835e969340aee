/** Lower-case: it names the video's room. */
export type VideoId = string;

export interface Video {
  readonly id: VideoId;
  readonly title: string;
}

const PREFIX = 'video-';

/** The slug of a video's room. */
export const slugOfRoom = ({ id }: Pick<Video, 'id'>): string => `${PREFIX}${id}`;

/** Whether it is the slug of a video's room, of one registered or not. */
export const isRoomOfVideo = (slug: string): boolean => slug.startsWith(PREFIX);
