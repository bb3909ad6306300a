"""The federation specifications, a small module a directive: its name, its arguments as a typed value, a parser."""
