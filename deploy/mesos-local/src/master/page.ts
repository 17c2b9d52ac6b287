/** A page for people at `/`: what `/state` says, read again every few seconds. No framework, nothing from elsewhere. */
export const INDEX_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Murmur cluster</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #1d2733; background: #fbfbf9 }
  h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem }
  table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e3e3dd; vertical-align: top; overflow-wrap: anywhere }
  th { font-weight: 600; color: #5d6873 } p { color: #5d6873; margin: .2rem 0 } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
  @media (prefers-color-scheme: dark) { body { color: #dfe4e8; background: #14181c } td, th { border-color: #2b3238 } th, p { color: #93a0aa } }
</style>
</head>
<body>
<h1>Murmur cluster</h1>
<p id="about">Reading /state.</p>
<h2>Agents</h2><table id="agents"></table>
<h2>Frameworks</h2><table id="frameworks"></table>
<h2>Tasks</h2><table id="tasks"></table>
<script>
const REFRESH_MS = 3000, ROWS_MAX = 500;
const byId = (id) => document.getElementById(id);
const fill = (id, heads, rows) => {
  const table = byId(id);
  table.replaceChildren();
  const line = (cells, kind) => {
    const tr = table.insertRow();
    for (const cell of cells) {
      const td = document.createElement(kind);
      td.textContent = String(cell);
      if (typeof cell === 'number') td.className = 'n';
      tr.append(td);
    }
  };
  line(heads, 'th');
  for (const row of rows.slice(0, ROWS_MAX)) line(row, 'td');
  if (rows.length > ROWS_MAX) line([rows.length - ROWS_MAX + ' more'], 'td');
  if (rows.length === 0) line(['none'], 'td');
};
const share = (used, all) => used.cpus + ' of ' + all.cpus + ' cpus, ' + used.mem + ' of ' + all.mem + ' MB';
const refresh = async () => {
  try {
    const answer = await fetch('/state');
    if (!answer.ok) throw new Error('status ' + answer.status);
    const state = await answer.json();
    const names = new Map(state.slaves.map((agent) => [agent.id, agent.hostname + ':' + agent.port]));
    byId('about').textContent = 'Master ' + state.pid + ' of ' + (state.cluster || 'a cluster without a name') +
      ', leading since ' + new Date(state.elected_time * 1000).toLocaleString();
    fill('agents', ['agent', 'address', 'used', 'state'], state.slaves.map((agent) =>
      [agent.id, names.get(agent.id), share(agent.used_resources, agent.resources), agent.active ? 'active' : 'inactive']));
    fill('frameworks', ['framework', 'id', 'used', 'tasks', 'state'], state.frameworks.map((framework) =>
      [framework.name, framework.id, framework.used_resources.cpus + ' cpus, ' + framework.used_resources.mem + ' MB',
        framework.tasks.length, framework.connected ? 'connected' : 'disconnected']));
    fill('tasks', ['task', 'framework', 'agent', 'state'], state.frameworks.flatMap((framework) =>
      [...framework.tasks, ...framework.unreachable_tasks].map((task) =>
        [task.id, framework.name, names.get(task.slave_id) || task.slave_id, task.state])));
  } catch (error) {
    byId('about').textContent = 'The master does not answer: ' + error.message;
  }
  setTimeout(refresh, REFRESH_MS);
};
refresh();
</script>
</body>
</html>
`;
