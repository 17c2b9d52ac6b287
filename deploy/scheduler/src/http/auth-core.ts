export interface AuthFile {
  readonly users: readonly unknown[];
}
