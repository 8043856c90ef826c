export interface Versions {
  posthorn: string
  node: string
  temporalSdk: string
}

export const versionLines = ({ posthorn, node, temporalSdk }: Versions): string[] => [
  `posthorn ${posthorn} (Node ${node}, Temporal SDK ${temporalSdk})`,
]
