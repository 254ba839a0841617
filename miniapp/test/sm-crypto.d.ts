/** The part of sm-crypto that judges ours; the package publishes no types. */
declare module "sm-crypto" {
  interface Options {
    readonly hash: boolean;
    readonly publicKey?: string;
  }
  export const sm2: {
    generateKeyPairHex(): { privateKey: string; publicKey: string };
    doSignature(message: readonly number[], privateKey: string, options: Options): string;
    doVerifySignature(message: readonly number[], signature: string, publicKey: string, options: Options): boolean;
  };
}
