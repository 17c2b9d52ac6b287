/** `murmur-thermos executor` and `murmur-thermos observer`; each loads only what it needs, for there is an executor per task. */
const [, , command, ...argv] = process.argv;

if (command === 'executor') {
  void import('./executor-main.js').then(({ runExecutor }) => runExecutor(argv));
} else if (command === 'observer') {
  // What runs a process reads its flags from there.
  process.argv.splice(2, 1);
  void import('./observer-main.js').then(({ runObserver }) => runObserver());
} else if (command === '--help') {
  void Promise.all([import('./executor-main.js'), import('./observer-main.js')]).then(
    ([{ executorHelp }, { observerHelp }]) => process.stdout.write(`${executorHelp()}\n${observerHelp()}`),
  );
} else {
  process.stderr.write('murmur-thermos: say "executor" or "observer"; --help tells their flags\n');
  process.exit(2);
}
