// Says to the agent what the recorded executor said, and reports what the agent answered as `recorded/got` statuses in
// a file of its sandbox. Two of its updates have an uuid that is none: the agent refuses them, as a real one does.
import { appendFileSync, readFileSync } from 'node:fs';
import { request } from 'node:http';

const [recording] = process.argv.slice(2);
const lines = readFileSync(recording, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const calls = lines.filter((line) => line.request !== undefined);
const { MESOS_AGENT_ENDPOINT, MESOS_EXECUTOR_ID, MESOS_FRAMEWORK_ID } = process.env;
const [host, port] = MESOS_AGENT_ENDPOINT.split(':');
const ids = { executor_id: { value: MESOS_EXECUTOR_ID }, framework_id: { value: MESOS_FRAMEWORK_ID } };
const headers = { 'content-type': 'application/json', accept: 'application/json' };
const note = (line) => appendFileSync('answers', `${JSON.stringify(line)}\n`);

function post(call, onAnswer) {
  request({ host, port, path: '/api/v1/executor', method: 'POST', headers }, onAnswer).end(
    JSON.stringify({ ...ids, ...call }),
  );
}

/** The recorded calls from `first` on, `count` of them, one after the other. */
function say(first, count) {
  const call = count > 0 ? calls[first] : undefined;
  if (call === undefined) return;
  post(call.request, (answer) => {
    let body = '';
    answer.setEncoding('utf8').on('data', (text) => (body += text));
    answer.on('end', () => {
      note({ recorded: [call.status, call.body], got: [answer.statusCode, body] });
      say(first + 1, count - 1);
    });
  });
}

post({ type: 'SUBSCRIBE', subscribe: {} }, (stream) => {
  stream.setEncoding('utf8').on('data', (chunk) => {
    const event = JSON.parse(chunk.slice(chunk.indexOf('\n') + 1));
    note({ event: event.type });
    if (event.type === 'LAUNCH') say(0, 4);
    if (event.type === 'KILL') say(4, 2);
    if (event.type === 'SHUTDOWN') process.exit(0);
  });
});
