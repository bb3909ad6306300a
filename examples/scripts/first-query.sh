#!/bin/sh
# The first query with curl: products with price and stock. Usage: first-query.sh [URL]
set -eu
url=${1:-http://127.0.0.1:4000/graphql}

curl --silent --show-error --fail-with-body "$url" \
  --header 'content-type: application/json' \
  --data @- <<'JSON'
{
  "query": "query Browse($first: Int!) { products(first: $first) { edges { node { name variants { sku price(currency: \"EUR\") { current { amount currency } } availability { available } } } } } }",
  "variables": { "first": 3 }
}
JSON
echo
