/** How much is told of one server. */
const most = 20;

/** Tells whoever runs mcpass what servers do wrong: each thing once, and of a server that does ever something else wrong no more than that, so that none can fill a log. */
export function createWarnings(say: (text: string) => void): (server: string, text: string) => void {
  const told = new Map<string, Set<string>>();
  return (server, text) => {
    const ofServer = told.get(server) ?? new Set();
    if (ofServer.has(text) || ofServer.size === most) return;
    told.set(server, ofServer.add(text));
    say(text);
    if (ofServer.size === most) say(`${server} does more that is wrong; it is not told any more.`);
  };
}
