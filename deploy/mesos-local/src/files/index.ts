export {
  createFiles,
  MAX_LISTED,
  MAX_READ_BYTES,
  type Download,
  type FileContent,
  type Files,
} from './files.js';
export { FILES_STATUS, FilesError, type FilesErrorKind } from './path-core.js';
export { browseEntry, type BrowseEntry } from './info-core.js';
export { answerFiles, FILES_ACTIONS, sendFilesAnswer, type FilesAction, type FilesAnswer } from './http.js';
export { attachSandbox, detachSandbox, runsFolder, type SandboxName } from './sandboxes.js';
export { createSandboxGc, markEnded, type GcOptions, type SandboxGc } from './gc.js';
export { dueFolders, maxAge, type Candidate, type GcPolicy } from './gc-core.js';
