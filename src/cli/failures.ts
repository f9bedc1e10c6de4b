import type { CallFailure } from '../api/client.ts';
import { ExitCode } from './exit-codes.ts';
import { failed, type Outcome } from './outcome.ts';

/** What the API says to do, as it is done with nvactl. */
const inOurWords: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/\bGET \/v1\/regions lists\b/g, 'nvactl show domains lists'],
  [/\bGET \/v1\/nves lists\b/g, 'nvactl show nves lists'],
  [/\bGET \/v1\/virtual-networks lists\b/g, 'nvactl show virtual-networks lists'],
  [/\bGET \/v1\/federation\/(\S+)\/policies\/versions lists\b/g, 'nvactl policy show --domain $1 lists'],
  [/no virtual network (\S+); make it first/g, '$&: nvactl put virtual-network $1 --vni VNI'],
  [/no NVE (\S+); make it first/g, '$&: nvactl put nve $1 --tunnel-address ADDRESS'],
];

/**
 * A failed call in words, with the exit code it maps to. `api` is the address that was tried; `about` what was asked for, where
 * several things were.
 */
export function explainFailure(failure: CallFailure, api: string, about = ''): Outcome {
  switch (failure.kind) {
    case 'unreachable':
      return failed(
        ExitCode.Unreachable,
        `nvad is not reachable at ${api}: ${failure.reason}
  Is it running, and is that what its configuration has as api.listen?
  To ask elsewhere: --api URL, or NVACTL_API in the environment; for example
  --api http://127.0.0.1:8081 or --api unix:///run/nvad/api.sock`,
      );
    case 'unexpected':
      return failed(
        ExitCode.Failure,
        `${api} did not answer as nvad does: ${failure.reason}
  Is something else listening there, or is nvad of another version?`,
      );
    case 'problem': {
      const { status, code } = failure.problem;
      const of = about === '' ? '' : `${about}: `;
      const detail = inOurWords.reduce((text, [theirs, ours]) => text.replace(theirs, ours), failure.problem.detail);
      if (status === 401) {
        return failed(
          ExitCode.Failure,
          `${of}nvad refused (${code}): ${detail}
  A token comes from --token-file FILE, or NVACTL_TOKEN or NVACTL_TOKEN_FILE in the environment.`,
        );
      }
      if (status === 404) return failed(ExitCode.NothingMatched, `${of}${detail}`);
      return failed(status === 400 ? ExitCode.Usage : ExitCode.Failure, `${of}nvad refused (${code}): ${detail}`);
    }
  }
}
