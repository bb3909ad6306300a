/** What the custom scalars of the graph are in JSON. */
export interface Scalars {
  /** ISO 4217 code: "EUR" */
  CurrencyCode: string;
  /** ISO 8601 with an offset: "2026-03-01T09:30:00+00:00" */
  DateTime: string;
  /** Exact decimal number as text: "19.99". Use a decimal library to calculate; `Number` only to display. */
  Decimal: string;
  /** Integer of up to 64 bits. JSON.parse is exact up to Number.MAX_SAFE_INTEGER, 90 trillion euros in cents. */
  Long: number;
}
