const PROVES = /sig(nature)?($|[-_\d])|hmac|token|authorization|secret/

/** Whether a header, named in small letters, may carry a signature or a credential. */
export const isProofHeader = (name: string): boolean => PROVES.test(name) && !name.includes('idempotency')
