/**
 * bgp-ts as a package: packed from its sources, installed offline where there is nothing else, and used as its README says,
 * against GoBGP where that is installed.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/until.ts';

const root = join(import.meta.dirname, '../..');
const env = { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter) };
const run = async (program: string, args: readonly string[], cwd: string) => {
  const { stdout } = await promisify(execFile)(program, [...args], { cwd, env }).catch(
    (error: Error & { stdout: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    },
  );
  return stdout;
};

let folder: string;
/** An empty project with the package installed. */
let project: string;
/** As it is in the package. */
let readme: string;
/** Paths of the files in the package. */
let packed: readonly string[];
const running: ChildProcess[] = [];

/** The README's programs by the name in their first line. */
function programs(): Map<string, string> {
  const blocks = [...readme.matchAll(/^```ts\n(?:\/\/ (\S+\.ts)\n)?([\s\S]*?)^```$/gm)];
  return new Map(blocks.map(([, name = 'without a name', code = '']) => [name, code]));
}

/** The one line of the README's shell blocks that has these words. */
function command(words: string): string {
  const lines = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => text.trim().split('\n'));
  const [found, ...more] = lines.filter((line) => line.includes(words));
  if (found === undefined || more.length > 0) throw new Error(`not one line with ${words}: ${lines.join('\n')}`);
  return found;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bgp-ts-package-'));
  // a copy of what is in the repository, so that packing does not take away what other programs run
  const sources = join(folder, 'src/bgp-ts');
  const isSource = (path: string) => !/\/(dist|node_modules)$/.test(path);
  cpSync(join(root, 'src/bgp-ts'), sources, { recursive: true, filter: isSource });
  cpSync(join(root, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const [report] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', folder], sources)) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  packed = report.files.map(({ path }) => path);

  project = mkdtempSync(join(tmpdir(), 'bgp-ts-user-'));
  const archive = join(folder, report.filename);
  readme = await run('tar', ['-xOf', archive, 'package/README.md'], folder);
  await run('sh', ['-ec', command('npm init')], project);
  const install = command('npm install bgp-ts').replace(report.filename, `--offline --no-audit --no-fund ${archive}`);
  await run('sh', ['-ec', install], project);
  for (const [name, code] of programs()) writeFileSync(join(project, name), code);
});

afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

afterAll(() => {
  for (const path of [folder, project]) rmSync(path, { recursive: true, force: true });
});

/** A program of the project, whose output is kept. */
function start(
  program: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(program, [...args], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
  }
  return { child, said: () => said };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('the package', () => {
  it('holds the programs, their types, the README and the licence, and nothing else', () => {
    const expected = /^(?:README\.md|LICENSE|package\.json|dist\/(?:[\w-]+\/)*[\w-]+(?:\.js|\.js\.map|\.d\.ts))$/;
    expect(packed.filter((path) => !expected.test(path))).toEqual([]);
    expect(packed.filter((path) => /test|spec|fixture/.test(path))).toEqual([]);
    expect(packed).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'package.json',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/linux/index.js',
        'dist/linux/index.d.ts',
        'dist/cli/main.js',
      ]),
    );
  });

  it('brings nothing with it', () => {
    const installed = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['bgp-ts']);
  });

  it('has types with which the programs of the README compile, whatever else is checked', async () => {
    const settings = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        target: 'es2022',
        module: 'nodenext',
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings));
    const names = readdirSync(project).filter((name) => name.endsWith('.ts'));
    expect(names.sort()).toEqual(['announce.ts', 'decode.ts', 'encode.ts', 'listen.ts', 'protect.ts', 'reflect.ts']);
    await run('tsc', ['-p', project], project);
    // and says so when one does not
    writeFileSync(join(project, 'wrong.ts'), "import { encodeUpdate } from 'bgp-ts';\nencodeUpdate({}, {});\n");
    await expect(run('tsc', ['-p', project], project)).rejects.toThrow();
    rmSync(join(project, 'wrong.ts'));
  });

  it('has a listener of about twenty lines', () => {
    expect(programs().get('listen.ts')?.trim().split('\n').length).toBeLessThanOrEqual(20);
  });

  it('names the Node that it needs, which the checkout leaves to whoever installs it', () => {
    const engines = (path: string) =>
      (JSON.parse(readFileSync(path, 'utf8')) as { engines?: { node: string } }).engines?.node;
    expect(engines(join(project, 'node_modules/bgp-ts/package.json'))).toBe('>=22');
    const manifest = 'src/bgp-ts/package.json';
    expect(engines(join(root, manifest))).toBeUndefined();
    expect(readFileSync(join(folder, manifest), 'utf8')).toBe(readFileSync(join(root, manifest), 'utf8'));
  });
});

describe('what the README shows', () => {
  it('decodes', async () => {
    expect(await run('node', ['decode.ts'], project)).toBe('[2]:[192.0.2.1:100]:[0]:[48]:[02:00:00:00:00:11]\n');
  });

  it('encodes', async () => {
    const [octets, refused] = (await run('node', ['encode.ts'], project)).trim().split('\n');
    const explained = await run('npx', ['--offline', 'bgp-ts', 'decode', octets ?? ''], project);
    expect(explained).toMatch(/192\.0\.2\.0\/24[\s\S]*outcome: accept\n$/);
    expect(refused).toBe('NEXT_HOP here is no IPv4 address');
  });

  it('protects sessions where koffi is, and says so where it is not', async () => {
    await expect(run('node', ['protect.ts'], project)).rejects.toThrow(
      'Error: koffi is not installed: npm install koffi\n',
    );
  });

  it('is a command too', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'src/bgp-ts/package.json'), 'utf8')) as { version: string };
    expect(await run('npx', ['--offline', 'bgp-ts', '--version'], project)).toBe(`${version}\n`);
    const keepalive = `${'ff'.repeat(16)}001304`;
    const explained = await run('npx', ['--offline', 'bgp-ts', 'decode', keepalive], project);
    expect(explained.trim().split('\n').at(-1)).toBe('outcome: accept');
  });

  it('explains the message of the README as printed there', async () => {
    const [, typed = '', shown = ''] = /^\$ (npx bgp-ts decode \w+ \\\n.*\n)([\s\S]*?)^```$/m.exec(readme) ?? [];
    const explained = (await run('sh', ['-ec', typed], project)).split('\n');
    const positions = shown
      .split('\n')
      .filter((line) => line !== '…')
      .map((line) => explained.indexOf(line));
    expect(positions).toHaveLength(14);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions).not.toContain(-1);
  });

  it('compiles for a Node that does not run TypeScript', async () => {
    const other = mkdtempSync(join(folder, 'compiled-'));
    await run('sh', ['-ec', command('npm init')], other);
    mkdirSync(join(other, 'node_modules'));
    symlinkSync(join(project, 'node_modules/bgp-ts'), join(other, 'node_modules/bgp-ts'));
    symlinkSync(join(root, 'node_modules/@types'), join(other, 'node_modules/@types'));
    cpSync(join(project, 'decode.ts'), join(other, 'listen.ts'));
    await run('sh', ['-ec', command('npx tsc').replace('npx ', '')], other);
    expect(await run('node', ['listen.js'], other)).toBe(await run('node', ['decode.ts'], project));
  });

  it('says what to look at when a router does not know who calls', async () => {
    const router = createServer((socket) => socket.once('data', () => socket.end())).listen(0, '127.0.0.1');
    await once(router, 'listening');
    const { port } = router.address() as AddressInfo;
    const { said } = start('node', ['listen.ts', '127.0.0.1', String(port)]);
    const reason = 'closed before its OPEN; is this address configured as a neighbour there?';
    await until(() => said().includes(`no connection: connection-failed ${reason}\n`), { within: 30_000, what: said });
    router.close();
  });

  it('reflects, and lets in whom it was told to', async () => {
    const port = String(await freePort());
    const reflector = start('node', ['reflect.ts', '127.0.0.0/8', '127.0.0.1', port]);
    // it dials again until the reflector is there
    const listener = start('node', ['listen.ts', '127.0.0.1', port]);
    const what = () => reflector.said() + listener.said();
    await until(() => listener.said().includes('up with AS 65000\n'), { within: 30_000, what });
    await until(() => reflector.said().includes('127.0.0.1 is up, AS 65000\n'), { within: 30_000, what });
    listener.child.kill('SIGINT');
    await until(() => reflector.said().includes('127.0.0.1 is down: notification-received\n'), {
      within: 30_000,
      what,
    });
  });
});

const missing = ['gobgpd', 'gobgp'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const title = missing.length === 0 ? 'with GoBGP for a router' : `with GoBGP for a router: skipped, without ${missing}`;

describe.skipIf(missing.length > 0)(title, () => {
  let port: number;
  let gobgp: (...args: readonly string[]) => string;
  const mac = '02:00:00:00:00:11';
  const macRoute = [mac, '172.16.10.11', 'etag', '0', 'label', '100', 'rd', '192.0.2.1:100', 'rt', '65000:100'];

  const startRouter = async () => {
    const apiPort = await freePort();
    port = await freePort();
    const config = join(folder, 'gobgpd.toml');
    writeFileSync(
      config,
      `[global.config]
  as = 65000
  router-id = "192.0.2.1"
  port = ${port}
  local-address-list = ["127.0.0.1"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "127.0.0.1"
    peer-as = 65000
  [neighbors.transport.config]
    passive-mode = true
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "l2vpn-evpn"
`,
    );
    start('gobgpd', ['-f', config, '--api-hosts', `127.0.0.1:${apiPort}`, '--pprof-disable']);
    gobgp = (...args) => execFileSync('gobgp', ['-p', String(apiPort), ...args], { encoding: 'utf8' });
    const answers = () => spawnSync('gobgp', ['-p', String(apiPort), 'global']).status === 0;
    await until(answers, { within: 20_000, what: 'gobgpd' });
  };

  it('its routes are heard as they come and go', async () => {
    await startRouter();
    gobgp('global', 'rib', 'add', '-a', 'evpn', 'macadv', ...macRoute, 'encap', 'vxlan');
    const { child, said } = start('node', ['listen.ts', '127.0.0.1', String(port)]);
    const name = `[2]:[192.0.2.1:100]:[0]:[48]:[${mac}]:[32]:[172.16.10.11]`;
    const hears = (line: string) =>
      until(() => said().split('\n').includes(line), { within: 30_000, what: () => `${line} in ${said()}` });
    await hears('up with AS 65000');
    await until(() => said().includes(`+ ${name} via `), { within: 30_000, what: said });
    expect(said()).toMatch(/^\+ .* via [\d.]+, VNI 100$/m);

    gobgp(
      'global',
      'rib',
      'add',
      '-a',
      'evpn',
      'multicast',
      '192.0.2.1',
      'etag',
      '0',
      'rd',
      '192.0.2.1:100',
      'rt',
      '65000:100',
    );
    await until(() => said().includes('+ [3]:[192.0.2.1:100]:[0]:[32]:[192.0.2.1] via '), {
      within: 30_000,
      what: said,
    });
    gobgp('global', 'rib', 'del', '-a', 'evpn', 'macadv', ...macRoute);
    await hears(`- ${name}`);

    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(said()).toContain('down: manual-stop');
    const neighbour = gobgp('neighbor', '127.0.0.1');
    expect(neighbour).not.toContain('Established');
  });

  it('is given routes', async () => {
    await startRouter();
    const { child, said } = start('node', ['announce.ts', '127.0.0.1', String(port)]);
    await until(() => said().includes('sent: true'), { within: 30_000, what: said });
    const table = () => gobgp('global', 'rib', '-a', 'evpn');
    await until(() => table().includes('02:00:00:00:00:99'), { within: 30_000, what: table });
    expect(table()).toMatch(/172\.16\.10\.99.*\n?.*192\.0\.2\.99/);
    expect(gobgp('global', 'rib', '-a', 'evpn', '-j')).toContain('65000:100');
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    await until(() => !table().includes('02:00:00:00:00:99'), { within: 30_000, what: table });
  });
});
