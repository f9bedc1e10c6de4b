import { expect, test } from 'vitest';
import { programFor } from '../../../../../tools/lab/plan/images.ts';

test.each([
  ['quay.io/frrouting/frr:8.4.2', 'frr'],
  ['frrouting/frr', 'frr'],
  ['nvad:local', 'nvad'],
  ['localhost/nvad', 'nvad'],
  ['nvad-peers:bookworm', 'gobgp/exabgp'],
  ['docker.io/library/alpine:3.20', 'sleep'],
  ['debian:12@sha256:0123', 'sleep'],
  ['ghcr.io/nokia/srlinux', undefined],
  ['registry.example:5000/nvad', undefined],
  ['evil/alpine', undefined],
])('%s is %s', (image, program) => {
  expect(programFor(image, '/checkout')?.name).toBe(program);
});

test('nvad is this checkout’s, and its folder comes first in the PATH', () => {
  expect(programFor('nvad:local', '/checkout')).toMatchObject({
    entrypoint: ['/checkout/bin/nvad'],
    path: ['/checkout/bin'],
  });
});
