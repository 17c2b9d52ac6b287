// An executor that runs its task by doing nothing, and that will not go: it ignores SIGTERM and SHUTDOWN.
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';

process.on('SIGTERM', () => undefined);
const { MESOS_AGENT_ENDPOINT, MESOS_EXECUTOR_ID, MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_AUTHENTICATION_TOKEN } =
  process.env;
const [host, port] = MESOS_AGENT_ENDPOINT.split(':');
const ids = { executor_id: { value: MESOS_EXECUTOR_ID }, framework_id: { value: MESOS_FRAMEWORK_ID } };

function post(call, onAnswer) {
  const token = MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const sent = request({ host, port, path: '/api/v1/executor', method: 'POST', headers }, onAnswer);
  sent.end(JSON.stringify({ ...ids, ...call }));
}

post({ type: 'SUBSCRIBE', subscribe: {} }, (stream) => {
  stream.setEncoding('utf8');
  // one record a chunk, as the agent writes them
  stream.on('data', (chunk) => {
    const event = JSON.parse(chunk.slice(chunk.indexOf('\n') + 1));
    if (event.type !== 'LAUNCH') return;
    const { task_id } = event.launch.task;
    const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64');
    const status = { task_id, state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR', uuid };
    post({ type: 'UPDATE', update: { status } }, (answer) => answer.resume());
  });
});
setInterval(() => undefined, 1_000_000);
