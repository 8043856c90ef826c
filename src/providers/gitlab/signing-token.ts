/** A signing token proves by signature; every other secret is a secret token, which is compared. */
export const isSigningToken = (secret: string): boolean => secret.startsWith('whsec_')
