/**
 * How many digits of Stripe's amounts stand behind the point, where it is not two. It is Stripe's own table: `Intl` knows how money is
 * written, which differs for a dozen currencies (HUF, IDR, ISK, PKR, …) and would be wrong by a factor of a hundred.
 */
const DIGITS = new Map<string, number>([
  ...['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'].map(
    (currency): [string, number] => [currency, 0],
  ),
  ...['bhd', 'jod', 'kwd', 'omr', 'tnd'].map((currency): [string, number] => [currency, 3]),
])

/** An amount in Stripe's smallest unit for people to read, such as `12.50 EUR`. */
export function writeAmount(amount: number, currency: string): string {
  const digits = DIGITS.get(currency.toLowerCase()) ?? 2
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`
}
