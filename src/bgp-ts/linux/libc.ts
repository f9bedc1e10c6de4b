import { createRequire } from 'node:module';

/*
 * The few calls of the C library that Node has no words for. koffi is a native addon and an optional peer of this
 * package: where it cannot be loaded, or the C library lacks a symbol, whoever asks is told why.
 */

/** Calls answer what C answers, with the error number beside it; 0 when the call succeeded. */
export interface LibcResult {
  /** What the function returned, -1 where it failed by its own conventions. */
  readonly value: number;
  /** The thread's error number right after; it means something only where `value` says that it failed. */
  readonly errno: number;
}

/** The signatures are Linux's, the same on every architecture that Node runs on. */
export interface Libc {
  /** An int function of the C library, by its C prototype, for example `int close(int fd)`. */
  call(prototype: string, ...args: readonly unknown[]): LibcResult;
  /** The same on a thread of the pool that Node keeps for file and name look-ups. */
  callOnPool(prototype: string, ...args: readonly unknown[]): Promise<LibcResult>;
}

/** The C library, or why there is no way to it; a sentence without a full stop. */
export type LibcLoad = { readonly ok: true; readonly libc: Libc } | { readonly ok: false; readonly reason: string };

/** What is used of koffi, so that nobody needs its types. */
interface Koffi {
  load(path: null): { func(prototype: string): ForeignFunction };
  errno(value?: number): number;
}

interface ForeignFunction {
  (...args: readonly unknown[]): unknown;
  async(...args: readonly unknown[]): void;
}

/** Loads koffi and the C library of the process. */
export function loadLibc(): LibcLoad {
  if (process.platform !== 'linux') return { ok: false, reason: `${process.platform} is not Linux` };
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const library = koffi.load(null);
    const functions = new Map<string, ForeignFunction>();
    const find = (prototype: string) => {
      let found = functions.get(prototype);
      if (found === undefined) {
        found = library.func(prototype);
        functions.set(prototype, found);
      }
      return found;
    };
    const libc: Libc = {
      call(prototype, ...args) {
        koffi.errno(0);
        const value = Number(find(prototype)(...args));
        return { value, errno: value < 0 ? koffi.errno() : 0 };
      },
      callOnPool(prototype, ...args) {
        return new Promise((resolve, reject) => {
          // errno belongs to the pool's thread, out of reach from here.
          find(prototype).async(...args, (error: unknown, value: unknown) =>
            error === null || error === undefined ? resolve({ value: Number(value), errno: 0 }) : reject(error),
          );
        });
      },
    };
    return { ok: true, libc };
  } catch (error) {
    return { ok: false, reason: whyNotLoaded(error) };
  }
}

function whyNotLoaded(error: unknown): string {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  if (code === 'MODULE_NOT_FOUND' && message.includes("'koffi'")) return 'koffi is not installed: npm install koffi';
  return message.split('\n', 1)[0] ?? message;
}
