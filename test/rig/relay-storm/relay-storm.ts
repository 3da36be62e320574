import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { recordedGrant } from "../../../src/access/stored-grant.ts";
import { canonicalServerUrl } from "../../../src/oauth/resource.ts";
import type { Grant } from "../../../src/vault/vault-record.ts";
import { startAuthorizationServer } from "../../servers/authorization-server.ts";
import { createCountingLedger, type StormCounts } from "../storm/counts.ts";
import { entryFor } from "../storm/entry.ts";
import { signInEvery } from "../storm/sign-in.ts";
import { beside, type StormGrant } from "../storm/storm.ts";
import { waitUntil } from "../wait.ts";
import { type BridgeHost, openBridgeHost } from "./bridge-host.ts";
import { openGatewayHost } from "./gateway-host.ts";
import { startStormGateway } from "./gateway.ts";
import { entriesFor, hostPlans } from "./storm-host.ts";
import { createTally, type TallyReport } from "./tally.ts";
import { startUpstream, type Upstream } from "./upstream.ts";
import { forecast, type Spell } from "./weather.ts";
import { type Growth, watchMemory } from "./watch-memory.ts";
import { watchSecrets } from "./watch-secrets.ts";

export interface RelayStormOptions {
  readonly root: string;
  /** Hosts with a bridge of their own each, and hosts of the one gateway. See `hostPlans` for their kinds. */
  readonly bridges: number;
  readonly throughGateway: number;
  /** How many calls each of them has under way. */
  readonly lanes: number;
  /** How long the weather lasts. */
  readonly seconds: number;
  readonly seed: number;
  readonly accessTokenSeconds: number;
  /** How long a call takes that nothing happens to. */
  readonly workMs: number;
  /** How long a call is silent that is. */
  readonly silenceMs: number;
  /** The time of requests of those servers that have one of their own. */
  readonly timeoutMs: number;
  readonly refusedMs: number;
  readonly notReadingMs: number;
  readonly floodPieces: number;
  /** How long a process has been at work when its memory is taken first. */
  readonly settledMs: number;
  /** How long what is under way when the weather is over may take. */
  readonly patienceMs: number;
  /** In what way the relay between each host and its bridge is wrong; see `wrong-relay.mjs`. */
  readonly wrongs?: readonly string[];
  /** Default: `forecast`. */
  readonly weather?: readonly Spell[];
  /** The weather is over when every host has had so many answers; default: when its time is. */
  readonly enoughAnswers?: number;
  readonly onSpell?: (spell: Spell) => void;
}

/** How a storm over relays ended. */
export interface RelayStormReport {
  readonly seconds: number;
  readonly tally: TallyReport;
  readonly counts: StormCounts;
  /** What befell calls at the server, how often. */
  readonly befell: Upstream["befell"];
  readonly grant: StormGrant;
  readonly memory: readonly Growth[];
  /** Where secrets were seen. */
  readonly secretsSeen: readonly string[];
  /** Bridges and gateways that were killed or restarted. */
  readonly processesEnded: number;
  /** Those that did not end by themselves when they were to. */
  readonly processesLeft: number;
  /** The first of each fault in the tally, in words. */
  readonly examples: readonly string[];
}

export interface RelayStorm {
  /** The whole weather, and what was counted in it. */
  run(): Promise<RelayStormReport>;
  tally(): TallyReport;
  /** Ends everything, whatever happened. */
  stop(): Promise<void>;
}

const account = "default";

/** Hosts that call tools of one signed-in server through bridges and a gateway, while nothing is as it should be. */
export async function openRelayStorm(options: RelayStormOptions): Promise<RelayStorm> {
  const home = await mkdtemp(join(tmpdir(), "mcpass-relay-storm-"));
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, MCPASS_HOME: home, MCPASS_KEY_SOURCE: "file" };
  const counting = createCountingLedger(() => undefined);
  const issuer = await startAuthorizationServer(counting.ledger, { rotation: "family", accessTokenSeconds: options.accessTokenSeconds });
  const tally = createTally();
  const upstream = await startUpstream(counting.ledger, issuer, { ...options, tally });
  const { url } = upstream.server;
  await mkdir(join(home, "config"), { recursive: true });
  await writeFile(join(home, "config/mcpass.jsonc"), JSON.stringify({ mcp: entriesFor(url, options.timeoutMs) }));
  const vault = await signInEvery({ home, environment, url, accounts: [account] });
  counting.reset();
  const program = join(options.root, "dist/main.cjs");
  const token = spawnSync(process.execPath, [program, "serve", "--print-token"], { cwd: home, env: environment, encoding: "utf8" }).stdout.trim();
  if (token === "") throw new Error("mcpass serve --print-token printed none");
  const secrets = watchSecrets(issuer.store, new Map([[token, "the gateway's token"]]));
  const memory = watchMemory(options.settledMs);
  const parts = { environment, cwd: home, secrets, memory };
  const gateway = options.throughGateway === 0 ? undefined : await startStormGateway({ ...parts, words: [program], token });
  const bridges = hostPlans("bridge", options.bridges, { ...options, first: 0 }).map((plan, index) => openBridgeHost({ ...parts, plan, tally, words: [...wrongRelay(options, index), program, "bridge"] }));
  const others = gateway === undefined ? [] : hostPlans("gateway", options.throughGateway, { ...options, first: 4 }).map((plan) => openGatewayHost({ plan, tally, secrets, gateway }));
  const hosts = [...bridges, ...others];
  const acting = new Map<string, Promise<void>>();
  let processesEnded = 0;

  const stored = async (): Promise<Grant> => {
    const entry = entryFor(url);
    const grant = await recordedGrant({ vault, entry, account, serverUrl: canonicalServerUrl(entry.url) });
    if (grant === undefined) throw new Error("the grant is not stored");
    return grant;
  };
  /** Just after a renewal: nobody redeems a refresh token at such a moment, so that nobody is killed between the server's answer and the vault. F05 */
  const renewed = async (): Promise<void> => {
    const { generation } = await stored();
    await waitUntil(async () => stored().then((grant) => grant.generation > generation && grant.redeeming === undefined), "a renewal", 30_000);
  };
  const killBridge = async (bridge: BridgeHost): Promise<void> => {
    await renewed();
    processesEnded += 1;
    await bridge.replace();
  };
  const acts: Record<NonNullable<Spell["act"]>, () => Promise<unknown>> = {
    restart: async () => {
      await upstream.refuse();
      upstream.server.forgetSessions();
      await sleep(Math.min(1_000, options.refusedMs));
      await upstream.accept();
    },
    refuse: async () => {
      await upstream.refuse();
      await sleep(options.refusedMs);
      await upstream.accept();
    },
    // One of each era, of each front: the last ones, which nobody kills.
    "do not read": () => Promise.all([...bridges.slice(-2), ...others.slice(-2)].map((host) => host.doNotRead(options.notReadingMs))),
    "kill bridges": async () => {
      for (const bridge of bridges.slice(0, 2)) await killBridge(bridge);
    },
    "end the gateway": async () => {
      processesEnded += 1;
      await gateway?.restart();
    },
    "kill the gateway": async () => {
      await renewed();
      processesEnded += 1;
      await gateway?.replace();
    },
  };
  const lasting = async (ms: number): Promise<void> => {
    const { enoughAnswers = Infinity } = options;
    if (enoughAnswers === Infinity) return void (await sleep(ms));
    for (const until = Date.now() + ms; Date.now() < until && !hosts.every(({ answers }) => answers() >= enoughAnswers); ) await sleep(50);
  };
  let failed: unknown;
  const begin = (spell: Spell): void => {
    upstream.set(spell.fates);
    if (spell.act === undefined) return;
    const { act } = spell;
    // One thing is not done twice at a time, however short the spells are.
    const kind = act === "restart" || act === "refuse" ? "the network" : act.endsWith("the gateway") ? "the gateway" : act;
    const before = acting.get(kind) ?? Promise.resolve();
    const done = before.then(acts[act]).then(
      () => undefined,
      (thrown: unknown) => void (failed ??= thrown),
    );
    acting.set(kind, done);
  };
  const startedAt = Date.now();
  return {
    tally: tally.report,
    run: async () => {
      for (const host of hosts) host.start();
      await waitUntil(() => hosts.every(({ answers }) => answers() > 0), "the first answers", 30_000);
      for (const spell of options.weather ?? forecast(options)) {
        options.onSpell?.(spell);
        begin(spell);
        await lasting(spell.seconds * 1_000);
        if (failed !== undefined) throw failed;
      }
      upstream.set({});
      await Promise.all(acting.values());
      if (failed !== undefined) throw failed;
      await Promise.all(hosts.map((host) => host.finish(options.patienceMs)));
      const growths = memory.growths();
      for (const path of gateway === undefined ? [] : ["/", "/mcp"]) {
        const seen = await fetch(`${gateway?.url ?? ""}${path}`, { headers: { authorization: `Bearer ${token}` } });
        secrets.reader(`${path} of mcpass serve`)(await seen.text());
      }
      const ended = await Promise.all([...bridges.map((bridge) => bridge.close()), gateway?.close() ?? true]);
      const store = issuer.store;
      const files = watchSecrets(store, new Map());
      for (const file of await filesIn(home)) files.reader(file)(await readFile(file, "latin1"));
      return {
        seconds: (Date.now() - startedAt) / 1_000,
        tally: tally.report(),
        counts: counting.counts(store),
        befell: upstream.befell,
        grant: beside(issuer, account, await stored()),
        memory: growths,
        secretsSeen: [...secrets.found, ...files.found],
        processesEnded,
        processesLeft: ended.filter((well) => !well).length,
        examples: tally.examples(),
      };
    },
    stop: async () => {
      memory.stop();
      // What is being done may start one more.
      for (let turn = 0; turn < 2; turn += 1) {
        await Promise.all([...bridges.map((bridge) => bridge.kill()), gateway?.kill()]);
        await Promise.all(acting.values());
      }
      await Promise.all([issuer.stop(), upstream.server.stop(), vault.close()]);
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function wrongRelay({ root, wrongs }: RelayStormOptions, index: number): readonly string[] {
  const how = wrongs?.[index];
  return how === undefined ? [] : [join(root, "test/rig/relay-storm/wrong-relay.mjs"), how];
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
