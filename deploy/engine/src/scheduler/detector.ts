/** Who leads, as a scheduler or an agent sees it. */
export interface MasterDetector {
  /** Base URL of the leading master, or null while nobody is known to lead. */
  leader(): string | null;
  /** Calls at every change, not at once; returns the unsubscribe. */
  onChange(listener: (url: string | null) => void): () => void;
  close(): Promise<void>;
}

/** One master that is known by its address; when it does not lead it redirects. */
export function staticDetector(url: string): MasterDetector {
  const { origin } = new URL(url.includes('://') ? url : `http://${url}`);
  return {
    leader: () => origin,
    onChange: () => () => undefined,
    close: () => Promise.resolve(),
  };
}
