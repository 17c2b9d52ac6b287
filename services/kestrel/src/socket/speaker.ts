/** Makes requests of bytes. */
export interface Parser {
  /** Bytes held of requests that have not been run. */
  readonly buffered: number;
  /** A large request has come in part, or in whole, and has not been run. */
  readonly largeUnderWay: boolean;
  /** The chunk is lent, until `settle`. */
  feed(chunk: Buffer): void;
  /** What is left of the chunk is the parser's own from now on. */
  settle(): void;
}

/** What a protocol makes of a connection's bytes. */
export interface Speaker {
  readonly parser: Parser;
  /** True while a request is under way: the next one must wait. */
  readonly waiting: boolean;
  /** The request under way waits for nobody: it is answered even if the client has closed its side. */
  readonly owes: boolean;
  /**
   * Runs the next request. `none`: it is not whole. `large`: it is whole, but so large that it is only run if it may.
   * `close`: it has run, and was the last one.
   */
  next(now: number, mayEndLarge: boolean): 'ran' | 'none' | 'large' | 'close';
  /** There is room for replies again. */
  resume(now: number): void;
  /** Answers the request that waits with what there is. */
  interrupt(now: number): void;
  /** The client is gone, or is not listened to any more. May be called more than once. */
  close(now: number): void;
}
