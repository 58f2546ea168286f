/** Currencies whose smallest unit is not a hundredth. https://core.telegram.org/bots/payments/currencies.json */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF XTR".split(" ").map((code) => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3])),
};

/** `24.50 EUR` for 2450 of the smallest unit; nothing where it is no number. */
export function amount(smallestUnits: unknown, currency: string): string {
  if (!Number.isSafeInteger(smallestUnits)) return "";
  const units = Number(smallestUnits);
  const exponent = EXPONENTS[currency] ?? 2;
  const digits = `${Math.abs(units)}`.padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const rest = exponent === 0 ? "" : `.${digits.slice(-exponent)}`;
  return `${units < 0 ? "-" : ""}${whole}${rest} ${currency}`.trim();
}
