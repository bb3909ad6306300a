// Countries to deliver to, by ISO 3166-1 alpha-2, named in the visitor's language.

const CODES = (
  "AT AU BE BG BR CA CH CL CN CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IL IN IS IT JP KR LI LT LU LV MT MX MY NL NO " +
  "NZ PL PT RO SE SG SI SK TH TR TW UA US ZA"
).split(" ");

const names = new Intl.DisplayNames(undefined, { type: "region" });

export function nameCountry(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

export const COUNTRIES = CODES.map((code) => ({ code, name: nameCountry(code) })).sort((one, other) =>
  one.name.localeCompare(other.name),
);
