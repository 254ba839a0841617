/** The one function of sm-crypto that is used here; the package publishes no types. */
declare module "sm-crypto/src/sm2/sm3" {
  /** SM3 (GB/T 32905) of bytes: 32 numbers from 0 to 255. */
  export function sm3(message: ArrayLike<number> & Iterable<number>): number[];
}
