// What every program here shares: its options come as JSON on the command line, what it saw goes out as JSON.

export const options = JSON.parse(process.argv[2]);
export const httpUrl = `http://${options.address}/graphql`;
export const socketUrl = `ws://${options.address}/graphql`;

/** Runs the case that the options name, prints what it answers and ends. */
export async function run(cases) {
  const seen = await cases[options.case]();
  process.stdout.write(JSON.stringify(seen), () => process.exit(0));
}

/** A fetch that keeps what was sent, for tests of what a client sends; each entry has the method, the URL and the body. */
export function recordFetch(sent) {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { pathname, search } = new URL(url);
    sent.push({ method: init.method ?? "GET", path: pathname, query: Object.fromEntries(new URLSearchParams(search)),
      body: init.body ? JSON.parse(init.body) : null, status: response.status });
    return response;
  };
}
