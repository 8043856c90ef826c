const LENGTH_BYTES = 4

/** A JSON head and a body as one run of bytes: a body in JSON would take a third more. */
export function joinHead(head: unknown, body: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json, body])
}

/** What `joinHead` joined. The body is a part of `bytes`, not a copy. */
export function splitHead(bytes: Buffer): { head: unknown; body: Buffer } {
  const end = LENGTH_BYTES + bytes.readUInt32BE()
  return { head: JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as unknown, body: bytes.subarray(end) }
}
