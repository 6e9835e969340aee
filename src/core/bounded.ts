/**
 * Options of a cache of at most that many entries. With `max`, lru-cache makes room for all of them
 * at once: tens of milliseconds and megabytes at each start, for the large ones.
 */
export const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 });
