// An agent as a process of its own, for tests that kill it. Needs the build in dist.
import { agentMain } from '../../dist/agent/main.js';

await agentMain();
