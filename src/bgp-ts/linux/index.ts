/**
 * What bgp-ts can do on Linux only, with the optional peer koffi: TCP-MD5 and GTSM for `TcpTransport`.
 */
export { type Libc, type LibcLoad, type LibcResult, loadLibc } from './libc.ts';
export { type Md5Drops, parseMd5Drops, readMd5Drops } from './md5-drops.ts';
export { LinuxTcpSecurity } from './tcp-security.ts';
