// A small executor over the v1 executor API, without any library: what a third party would write.
// A task's data says what it does: `finish` ends at once, `stay` until it is killed, `exit` ends the executor.
import { appendFileSync } from 'node:fs';
import { request } from 'node:http';
import { randomUUID } from 'node:crypto';

const env = process.env;
const [host, port] = env.MESOS_AGENT_ENDPOINT.split(':');
const ids = {
  framework_id: { value: env.MESOS_FRAMEWORK_ID },
  executor_id: { value: env.MESOS_EXECUTOR_ID },
};
const token = env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
const unacknowledgedTasks = new Map();
const unacknowledgedUpdates = new Map();
const note = (text) => appendFileSync(`${env.MESOS_SANDBOX}/effects`, `${text}\n`);

function post(call, onResponse, onError) {
  const body = JSON.stringify({ ...ids, ...call });
  const outgoing = request({
    host,
    port,
    path: '/slave(1)/api/v1/executor',
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  outgoing.on('response', onResponse);
  outgoing.on('error', onError);
  outgoing.end(body);
}

function update(taskId, state, more = {}) {
  const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64');
  const status = { task_id: { value: taskId }, state, source: 'SOURCE_EXECUTOR', uuid, ...more };
  unacknowledgedUpdates.set(uuid, { status });
  note(`${taskId} ${state}`);
  post(
    { type: 'UPDATE', update: { status } },
    (response) => {
      if (response.statusCode !== 202) note(`update refused ${response.statusCode}`);
      response.resume();
    },
    () => undefined,
  );
}

function launch(task) {
  const id = task.task_id.value;
  unacknowledgedTasks.set(id, task);
  note(`launch ${id}`);
  const what = Buffer.from(task.data ?? '', 'base64').toString();
  if (what === 'exit') process.exit(3);
  update(id, 'TASK_RUNNING');
  if (what === 'finish') update(id, 'TASK_FINISHED');
}

function handle(event) {
  if (event.type === 'LAUNCH') launch(event.launch.task);
  if (event.type === 'LAUNCH_GROUP') event.launch_group.task_group.tasks.forEach(launch);
  if (event.type === 'KILL') update(event.kill.task_id.value, 'TASK_KILLED');
  if (event.type === 'ACKNOWLEDGED') {
    unacknowledgedTasks.delete(event.acknowledged.task_id.value);
    unacknowledgedUpdates.delete(event.acknowledged.uuid);
  }
  if (event.type === 'MESSAGE') {
    post(
      { type: 'MESSAGE', message: { data: event.message.data } },
      (response) => response.resume(),
      () => undefined,
    );
  }
  if (event.type === 'SHUTDOWN') {
    note('shutdown');
    if (env.STUBBORN === undefined) process.exit(0);
  }
  if (event.type === 'SUBSCRIBED') note('subscribed');
}

function again() {
  if (env.MESOS_CHECKPOINT !== '1') process.exit(1);
  setTimeout(subscribe, 50);
}

function subscribe() {
  post(
    {
      type: 'SUBSCRIBE',
      subscribe: {
        unacknowledged_tasks: [...unacknowledgedTasks.values()],
        unacknowledged_updates: [...unacknowledgedUpdates.values()],
      },
    },
    (response) => {
      if (response.statusCode !== 200) {
        note(`subscribe refused ${response.statusCode}`);
        response.resume();
        again();
        return;
      }
      let buffer = Buffer.alloc(0);
      response.on('data', (chunk) => {
        buffer = Buffer.concat([buffer, chunk]);
        for (;;) {
          const newline = buffer.indexOf(10);
          if (newline < 0) return;
          const end = newline + 1 + Number(buffer.subarray(0, newline).toString());
          if (buffer.length < end) return;
          const record = buffer.subarray(newline + 1, end).toString();
          buffer = buffer.subarray(end);
          handle(JSON.parse(record));
        }
      });
      response.on('close', again);
    },
    again,
  );
}

process.on('SIGTERM', () => undefined);
note(`environment ${JSON.stringify(Object.fromEntries(Object.entries(env).sort()))}`);
if (env.SILENT === undefined) subscribe();
else setInterval(() => undefined, 1000);
