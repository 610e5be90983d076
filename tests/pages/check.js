/** Checks of a page: each prints one line, and `done` ends the app. */

let failed = 0;

export const print = (value) =>
  fetch('ipc://test.print', {
    method: 'POST',
    headers: { 'Runtime-Body': 'bytes', 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  });

/** Prints whether `run` gives what is wanted. */
export async function check(name, run, want) {
  let got;
  try {
    got = await Promise.race([Promise.resolve().then(run), late()]);
  } catch (error) {
    got = `threw ${error}`;
  }
  const [a, b] = [sorted(got), sorted(want)];
  if (a !== b) failed += 1;
  await print(a === b ? `ok ${name}` : `not ok ${name}\n  got  ${a}\n  want ${b}`);
}

const late = () =>
  new Promise((resolve) => setTimeout(resolve, 50000, 'nothing for 50 seconds'));

const sorted = (value) =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort())
      : inner,
  );

/** Ends the app: with 0 if all checks were right. */
export async function done() {
  await print(failed ? `# ${failed} failed` : '# all ok');
  await fetch(`ipc://application.exit?value=${failed ? 1 : 0}`);
}
