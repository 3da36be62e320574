import { spawnSync } from "node:child_process";

// A new network namespace has nothing but a loopback interface that is down; SIOCSIFFLAGS with IFF_UP | IFF_RUNNING (netdevice(7)) brings it up.
const loopbackUp = 'socket(my $any, 2, 2, 0) or die; my $request = pack("a16 s x22", "lo", 0x41); ioctl($any, 0x8914, $request) or die "$!"';
const inIt = ["unshare", "--net", "sh", "-c", `perl -e '${loopbackUp}' && exec "$0" "$@"`];

/**
 * The words to put before a command so that it runs on a network of its own: its ports are nobody else's, and it reaches nothing but itself.
 * undefined where the system does not let us (not root, not Linux, a container without the right to it).
 */
export function ownNetwork() {
  const [command, ...words] = inIt;
  const probe = "require('node:net').createServer().listen(0, '127.0.0.1', function () { this.close(); })";
  const { status } = spawnSync(command, [...words, process.execPath, "-e", probe], { stdio: "ignore", timeout: 10_000 });
  return status === 0 ? inIt : undefined;
}
