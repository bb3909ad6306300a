// Amounts and times as people read them.

export interface Money {
  readonly minorUnits: number;
  readonly currency: string;
}

/** The currency that this storefront sells in; the graph has prices in others too. */
export const CURRENCY = "EUR";

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency) ?? new Intl.NumberFormat(undefined, { style: "currency", currency });
  formats.set(currency, known);
  return known;
}

/** 1190 minor units of EUR are €11.90, of JPY they are ¥1,190. */
export function formatMoney({ minorUnits, currency }: Money): string {
  const format = formatOf(currency);
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** The minor units of what a person typed, null when it is no amount. */
export function parseAmount(text: string, currency: string): number | null {
  const value = Number(text.replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) return null;
  return Math.round(value * 10 ** (formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2));
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export const formatDay = (text: string): string => day.format(new Date(text));
export const formatMoment = (text: string): string => moment.format(new Date(text));
export const formatTime = (text: string): string => time.format(new Date(text));

export function pluralize(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
