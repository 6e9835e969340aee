/** Room for files that are being received and looked at. */
export abstract class Workspace {
  /**
   * Hands a folder of its own to the work and removes it afterwards, with all that is in it,
   * however the work ends. UNAVAILABLE.
   */
  abstract use<T>(work: (folder: string) => Promise<T>): Promise<T>;
  /** Removes what a process that was killed has left. */
  abstract sweep(): Promise<void>;
}
