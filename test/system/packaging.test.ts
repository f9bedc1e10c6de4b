/** The units that packaging/ has are ones that systemd takes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const hasSystemd = spawnSync('sh', ['-c', 'command -v systemd-analyze']).status === 0;

it.skipIf(!hasSystemd).each(['nvad', 'nved'])('%s.service', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'unit-'));
  try {
    const unit = readFileSync(join(root, `packaging/${name}.service`), 'utf8');
    const file = join(folder, `${name}.service`);
    // systemd looks whether the program is there.
    writeFileSync(file, unit.replaceAll(`/usr/bin/${name}`, join(root, 'bin', name)));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(folder) || line.includes(name));
    expect([status, about]).toEqual([0, []]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
