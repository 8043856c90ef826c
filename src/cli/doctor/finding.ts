/** One line of `posthorn doctor`. */
export interface Finding {
  check: string
  /** `skipped`: what it needs could not be reached, which is a failure of its own. */
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  detail: string
  /** What to do about it; where something is wrong. */
  mend?: string
}

export const ok = (check: string, detail: string): Finding => ({ check, status: 'ok', detail })

export const failed = (check: string, detail: string, mend: string): Finding => ({
  check,
  status: 'failed',
  detail,
  mend,
})

export const warning = (check: string, detail: string, mend: string): Finding => ({
  check,
  status: 'warning',
  detail,
  mend,
})

export const skipped = (check: string, detail: string): Finding => ({ check, status: 'skipped', detail })
