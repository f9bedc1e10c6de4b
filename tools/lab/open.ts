import { fileURLToPath } from 'node:url';
import { run } from './run/command.ts';
import { type Lab, openLab } from './run/lab.ts';
import type { Report } from './run/report.ts';
import { StateStore } from './run/state.ts';

/** The checkout that this file is part of. */
export const checkout: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** One place for the whole machine, since the names of namespaces are one for the whole machine too. */
export const stateFolder = '/run/nvad-lab';

/** Opens a lab on this machine, for the command line, the demo and the lab tests alike. */
export function openLocalLab(path: string, report: Report): Lab {
  return openLab(path, { run, report, store: new StateStore(stateFolder), checkout });
}
