/** A suite of its own, apart from the one that runs on one node. */
declare module '*?apart';
