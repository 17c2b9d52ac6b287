/** What the parameters of the routes mean, for the OpenAPI document; a test wants one for each. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  role: 'Role of the job; in a query a glob: `*` any text, `?` any character',
  environment: 'Environment of the job: prod, devel, test, staging or staging<number>; in a query a glob',
  name: 'Name of the job; in a query a glob',
  instance: 'Number of the instance, from 0; with `/why` also one that is not there',
  id: 'Id of the task or agent',
  active: '`true`: only what has active instances, or is active; `false`: only what has ended',
  state: 'States with commas between them, as PENDING,RUNNING',
  agent: 'Id of an agent, or its host',
  offset: 'How many to leave out at the beginning',
  limit: 'How many at most',
  max: 'Where counting stops',
  before: 'Only entries before the one of this id',
};
