import type { AgentShape } from '@murmur/scheduler-api';
import { html, pageText, table } from './html-core.js';

/** Aurora's endpoints, with what each has: the index, and what the README's table is held against. */
export const PAGES: Readonly<Record<string, string>> = {
  '/': 'This page',
  '/health': '`ok`, or 503 with what is wrong',
  '/leaderhealth': '200 where this scheduler leads, 503 where another does, 502 where none is known',
  '/metrics': 'Numbers for Prometheus',
  '/vars': 'Numbers, one `name value` a line',
  '/vars.json': 'The same as JSON',
  '/offers': 'Offers that are held, as JSON',
  '/agents': 'Agents with their attributes, mode, room and tasks: a table for a browser, else JSON',
  '/slaves': 'Redirects to `/agents`',
  '/pendingtasks': 'What is pending, and why, as JSON',
  '/state': 'Configs of active instances, and agents, as JSON',
  '/quotas': 'Quotas by role, as JSON; none are set yet',
  '/tiers': 'The tiers, as JSON',
  '/maintenance': 'Hosts under maintenance, as JSON',
  '/mname/{role}/{environment}/{name}/{instance}':
    "Redirects to the task's port named health, http, HTTP, web or admin",
  '/api/v1/openapi.json': 'The REST API, described',
};

export function indexPage(cluster: string, version: string): string {
  const rows = Object.entries(PAGES).map(([path, what]) => [
    path.includes('{') || path === '/'
      ? html`<code>${path}</code>`
      : html`<a href="${path}"><code>${path}</code></a>`,
    what.replaceAll('`', ''),
  ]);
  return pageText(
    `Scheduler of ${cluster}`,
    html`<p>
        Murmur's scheduler ${version}. Programs use the REST API below <code>/api/v1</code>, people the
        command line <code>aurora</code>.
      </p>
      ${table(['Path', 'What is there'], rows)}`,
  );
}

export function agentsPage(cluster: string, agents: readonly AgentShape[]): string {
  const rows = agents.map((agent) => [
    /^https?:/.test(agent.url ?? '') ? html`<a href="${agent.url ?? ''}">${agent.host}</a>` : agent.host,
    agent.lostAt === null ? agent.mode : 'gone',
    `${agent.used.cpus} of ${agent.capacity.cpus}`,
    `${agent.used.memMb} of ${agent.capacity.memMb}`,
    agent.tasks.length,
    agent.speed ?? '',
    attributesText(agent),
    agent.id,
  ]);
  const head = ['Host', 'Mode', 'CPUs', 'Memory, MiB', 'Tasks', 'Speed', 'Attributes', 'Id'];
  return pageText(`Agents of ${cluster}`, table(head, rows));
}

/** The classes of the speed attribute are one column of their own. */
function attributesText({ attributes }: AgentShape): string {
  return Object.entries(attributes)
    .filter(([name]) => name !== 'speed')
    .map(([name, values]) => `${name}=${values.join(',')}`)
    .join(' ');
}
