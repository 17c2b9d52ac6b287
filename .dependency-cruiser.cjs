/** The directions in which code may depend on code. Each rule has been seen to fail on a planted violation (see CONTRIBUTING.md). */
const packages = '(shared|services|deploy|scripts)/([^/]+)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'shared-imports-shared-only',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(services|deploy|scripts)/' },
    },
    {
      name: 'services-import-shared-only',
      severity: 'error',
      from: { path: '^services/[^/]+/src/' },
      to: { path: '^(deploy|scripts)/' },
    },
    {
      name: 'deploy-imports-no-service',
      severity: 'error',
      from: { path: '^deploy/' },
      to: { path: '^(services|scripts)/' },
    },
    {
      name: 'platform-parts-meet-in-contracts',
      comment:
        'Scheduler, executor, cluster and command line share types through job-config, engine and scheduler-api.',
      severity: 'error',
      from: { path: '^deploy/(thermos|mesos-local|scheduler|cli|scheduler-api|engine|job-config)/src/' },
      to: { path: '^deploy/(thermos|mesos-local|scheduler|cli|local|edge)/', pathNot: '^deploy/$1/' },
    },
    {
      name: 'queues-know-no-files-and-no-protocol',
      severity: 'error',
      from: { path: '^services/kestrel/src/(queue|config)/' },
      to: { path: '^services/kestrel/src/', pathNot: '^services/kestrel/src/(queue|config)/' },
    },
    {
      name: 'journals-know-no-protocol',
      severity: 'error',
      from: { path: '^services/kestrel/src/journal/' },
      to: { path: '^services/kestrel/src/', pathNot: '^services/kestrel/src/(journal|queue|config)/' },
    },
    {
      name: 'no-protocol-knows-another',
      severity: 'error',
      from: { path: '^services/kestrel/src/(memcache|text|thrift)/' },
      to: {
        path: '^services/kestrel/src/(memcache|text|thrift|admin)/',
        pathNot: '^services/kestrel/src/$1/',
      },
    },
    {
      name: 'scripts-import-shared-only',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^(services|deploy)/' },
    },
    {
      name: 'entry-points-only',
      comment: 'A package is imported by its name, never by a path into it.',
      severity: 'error',
      from: { path: `^${packages}` },
      to: {
        path: `^${packages}(src|test|dist)/`,
        pathNot: ['^$1/$2/', `^${packages}dist/index\\.(js|d\\.ts)$`],
      },
    },
    {
      name: 'sources-import-no-testkit',
      severity: 'error',
      from: { path: '/src/', pathNot: '^(shared/testkit|scripts/load)/' },
      to: { path: '^shared/testkit/' },
    },
    {
      name: 'cores-do-no-io',
      comment: 'A core decides; its time, chance and data are arguments.',
      severity: 'error',
      from: { path: ['^shared/model/src/', '/src/.*-core\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'cores-use-no-client-library',
      severity: 'error',
      from: { path: ['^shared/model/src/', '/src/.*-core\\.ts$'] },
      to: { path: 'node_modules/' },
    },
    {
      name: 'model-is-the-ground-floor',
      severity: 'error',
      from: { path: '^shared/model/src/' },
      to: { pathNot: '^shared/model/src/' },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/.*tsbuildinfo' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.jest.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default', 'types'],
      mainFields: ['main'],
    },
  },
};
