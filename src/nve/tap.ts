/** Devices whose frames come to this process (TAP, linux/if_tun.h): ports of bridges to which goes what nobody else takes. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** What is needed of the C library, as `bgp-ts/linux` has it. */
export interface TapLibc {
  call(prototype: string, ...args: readonly unknown[]): { readonly value: number; readonly errno: number };
  callOnPool(prototype: string, ...args: readonly unknown[]): Promise<{ readonly value: number }>;
}

export interface TapPort {
  write(frame: Uint8Array): void;
  /** The device is gone afterwards. */
  close(): void;
}

export interface Taps {
  /** Makes the device. Throws when it cannot be made. A frame's octets are used again after `received` returns. */
  open(device: string, received: (frame: Uint8Array) => void): TapPort;
  stop(): void;
}

const TUNSETIFF = 0x400454ca;
const IFF_TAP_NO_PI = 0x1002;
const O_RDWR_NONBLOCK = 0o4002;
const POLLIN = 1;
const EFD_NONBLOCK_CLOEXEC = 0o2004000;
/** The largest IP packet, and the Ethernet header. */
const MOST_FRAME = 65_536 + 14;
/** Frames of one device in a row. */
const IN_A_ROW = 64;

export class LinuxTaps implements Taps {
  readonly #libc: TapLibc;
  readonly #ports = new Map<number, (frame: Uint8Array) => void>();
  readonly #closing = new Set<number>();
  readonly #frame = new Uint8Array(MOST_FRAME);
  #wake: number | undefined;
  #polling = false;

  constructor(libc: TapLibc) {
    this.#libc = libc;
  }

  open(device: string, received: (frame: Uint8Array) => void): TapPort {
    const fd = openSync('/dev/net/tun', O_RDWR_NONBLOCK);
    const request = Buffer.alloc(40);
    request.write(device, 0, 15, 'latin1');
    request.writeUInt16LE(IFF_TAP_NO_PI, 16);
    const made = this.#libc.call('int ioctl(int fd, unsigned long request, void *argument)', fd, TUNSETIFF, request);
    if (made.value < 0) {
      closeSync(fd);
      throw new Error(`the device ${device} cannot be made (error ${made.errno})`);
    }
    this.#ports.set(fd, received);
    this.#again();
    return {
      write: (frame) => {
        if (!this.#ports.has(fd)) return;
        try {
          writeSync(fd, frame);
        } catch {
          // It is down, or has no room: as on any wire, the frame is lost.
        }
      },
      close: () => {
        if (!this.#ports.delete(fd)) return;
        // Not while the kernel may be told to look at it.
        this.#closing.add(fd);
        this.#again();
      },
    };
  }

  stop(): void {
    for (const fd of this.#ports.keys()) this.#closing.add(fd);
    this.#ports.clear();
    this.#again();
  }

  #again(): void {
    this.#wake ??= this.#libc.call('int eventfd(unsigned int initial, int flags)', 0, EFD_NONBLOCK_CLOEXEC).value;
    if (this.#polling) writeSync(this.#wake, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]));
    else void this.#poll();
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    const wake = this.#wake as number;
    const scratch = new Uint8Array(8);
    while (this.#ports.size > 0) {
      const fds = [wake, ...this.#ports.keys()];
      const request = Buffer.alloc(8 * fds.length);
      for (const [index, fd] of fds.entries()) {
        request.writeInt32LE(fd, 8 * index);
        request.writeInt16LE(POLLIN, 8 * index + 4);
      }
      await this.#libc.callOnPool('int poll(void *fds, unsigned long count, int timeout)', request, fds.length, -1);
      const ready = fds.filter((_, index) => request.readInt16LE(8 * index + 6) !== 0);
      if (ready.includes(wake)) this.#read(wake, scratch);
      for (const fd of ready) if (fd !== wake) this.#take(fd);
      this.#close();
    }
    this.#close();
    this.#polling = false;
  }

  #take(fd: number): void {
    for (let count = 0; count < IN_A_ROW; count++) {
      const received = this.#ports.get(fd);
      if (received === undefined) return;
      const octets = this.#read(fd, this.#frame);
      if (octets <= 0) return;
      received(this.#frame.subarray(0, octets));
    }
  }

  #read(fd: number, into: Uint8Array): number {
    return this.#libc.call('long read(int fd, void *into, unsigned long octets)', fd, into, into.length).value;
  }

  #close(): void {
    for (const fd of this.#closing) closeSync(fd);
    this.#closing.clear();
  }
}
