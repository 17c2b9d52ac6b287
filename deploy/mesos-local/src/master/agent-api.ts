import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentInfo } from '@murmur/engine';
import { HttpError, emptyAnswer, methodNotAllowed, writeAnswer, type HttpAnswer } from '../http/answer.js';
import { hasBearer } from '../http/auth.js';
import { readCall } from '../http/call.js';
import { AGENT_BATCH_MAX, AgentHello, AgentMessages, STREAM_HEADER } from '../protocol.js';
import { agentStreamEnded, heardFrom, removeAgent } from './agents-core.js';
import { admit, refuse, register } from './hello-core.js';
import { failure } from './scheduler-api.js';
import type { Shell } from './shell.js';
import { takeAgentMessage } from './tasks-core.js';
import type { Handler } from './types.js';

export interface AgentApi {
  /** POST /internal/agent. */
  readonly hello: Handler;
  /** POST /internal/agent/messages. */
  readonly messages: Handler;
}

/** The master's side of src/protocol.ts. `clusterKey` null = anyone may be an agent. */
export function createAgentApi(shell: Shell, clusterKey: string | null): AgentApi {
  const guarded =
    (handle: (request: IncomingMessage, response: ServerResponse) => Promise<HttpAnswer | null>): Handler =>
    (request, response) => {
      const answered = check(request, clusterKey)
        .then((refusal) => refusal ?? handle(request, response))
        .catch((error: unknown) => failure(shell, error));
      void answered.then((answer) => {
        if (answer !== null) writeAnswer(response, answer);
        if (!request.readableEnded) request.resume();
      });
    };
  return {
    hello: guarded((request, response) => takeHello(shell, request, response)),
    messages: guarded((request) => takeMessages(shell, request)),
  };
}

function check(request: IncomingMessage, clusterKey: string | null): Promise<HttpAnswer | null> {
  if (clusterKey !== null && !hasBearer(request, clusterKey)) {
    const text = 'Agents must show the cluster key as bearer';
    return Promise.resolve({ status: 401, headers: { 'www-authenticate': 'Bearer' }, body: { text } });
  }
  const refused = request.method === 'POST' ? null : methodNotAllowed(['POST'], request.method ?? '');
  return Promise.resolve(refused);
}

async function takeHello(
  shell: Shell,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpAnswer | null> {
  const hello = await readCall(request, AgentHello);
  const admission = shell.turn((turn) => admit(turn, hello));
  if (admission.type === 'STORE_THEN_REGISTER') await storeAdmission(shell, admission.info);
  if (response.destroyed) return null;
  const streamId = shell.uuid();
  const agentId = admission.type === 'SHUTDOWN' ? '' : (admission.info.id?.value ?? '');
  shell.streams.open(streamId, response, { [STREAM_HEADER]: streamId }, () => {
    const agent = shell.state.agents.get(agentId);
    if (agent === undefined) return;
    shell.turn((turn) => {
      agentStreamEnded(turn, agent, streamId);
    });
  });
  shell.turn((turn) => {
    if (admission.type === 'SHUTDOWN') refuse(turn, streamId, admission.message);
    else register(turn, hello, admission.info, streamId);
  });
  return null;
}

async function storeAdmission(shell: Shell, info: AgentInfo): Promise<void> {
  try {
    await shell.store({ type: 'AGENT_ADMITTED', info });
  } catch (error) {
    shell.log.error({ err: error, agent: info.id?.value }, 'registry: an agent could not be admitted');
    throw new HttpError(503, 'The registry cannot be written');
  }
}

async function takeMessages(shell: Shell, request: IncomingMessage): Promise<HttpAnswer> {
  const batch = await readCall(request, AgentMessages);
  const messages = batch.messages ?? [];
  if (messages.length > AGENT_BATCH_MAX) {
    throw new HttpError(
      400,
      `${messages.length} messages, allowed are at most ${AGENT_BATCH_MAX} in one request`,
    );
  }
  const streamId = request.headers[STREAM_HEADER];
  const agent = shell.state.agents.get(batch.agent_id);
  if (agent === undefined || agent.streamId === null || agent.streamId !== streamId) {
    throw new HttpError(
      409,
      `The stream '${String(streamId)}' is not the current one of agent ${batch.agent_id}`,
    );
  }
  shell.turn((turn) => {
    heardFrom(agent);
    for (const message of messages) {
      if (message.type === 'UNSUBSCRIBE') {
        removeAgent(turn, agent, 'the agent unregistered', 'unregistered');
        return;
      }
      takeAgentMessage(turn, agent, message);
    }
  });
  return emptyAnswer(200);
}
