// The four subgraphs behind every gateway: an answer is computed once, then found again by the bytes that ask for it.
// Usage: node subgraphs.mjs PORT WORKLOAD_FOLDER. GET /count answers the requests so far; each SDL is in schemas/.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { buildSchema, graphql } from "graphql";

const [port, workload] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(`${workload}/${name}.json`, "utf8"));
const products = read("products");
const reviews = read("reviews");
const users = ["Ada", "Bruno", "Chen", "Dana", "Emil", "Fatou"].map((name, index) => ({
  id: String(index + 1),
  name: `${name} Example`,
  username: name.toLowerCase(),
  birthday: 1980 + index,
}));

const FEDERATION = `
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
  directive @requires(fields: String!) on FIELD_DEFINITION
  directive @provides(fields: String!) on FIELD_DEFINITION
  directive @external on FIELD_DEFINITION | OBJECT
  directive @shareable repeatable on FIELD_DEFINITION | OBJECT
  directive @link(url: String!, import: [String]) repeatable on SCHEMA
  scalar _Any
`;

// Field resolvers by subgraph; `entities` makes what a representation stands for.
const typed = (__typename, value) => value && { __typename, ...value };
const reviewOf = ({ id }) => {
  const { body, upc } = reviews.find((each) => each.id === id);
  return typed("Review", { id, body, product: () => reviewed({ upc }), author: () => reviewer(users[0]) });
};
const reviewed = ({ upc }) =>
  typed("Product", { upc, reviews: () => reviews.filter((each) => each.upc === upc).map(reviewOf) });
const reviewer = ({ id }) =>
  typed("User", {
    id,
    username: users.find((each) => each.id === id)?.username,
    reviews: () => reviews.slice(0, 2).map(reviewOf),
  });
const SUBGRAPHS = {
  accounts: {
    roots: { me: users[0], users, user: ({ id }) => users.find((each) => each.id === id) },
    entities: { User: ({ id }) => typed("User", users.find((each) => each.id === id)) },
  },
  inventory: {
    roots: {},
    entities: {
      Product: ({ upc, price, weight }) =>
        typed("Product", {
          upc,
          inStock: Number(upc) % 2 === 1,
          shippingEstimate: price === undefined ? null : price > 1000 ? 0 : Math.trunc(weight / 2),
        }),
    },
  },
  products: {
    roots: { topProducts: ({ first }) => products.slice(0, first) },
    entities: { Product: ({ upc }) => typed("Product", products.find((each) => each.upc === upc)) },
  },
  reviews: {
    roots: {},
    entities: { Product: reviewed, Review: reviewOf, User: reviewer },
  },
};

for (const [name, subgraph] of Object.entries(SUBGRAPHS)) {
  const sdl = readFileSync(new URL(`../schemas/${name}.graphql`, import.meta.url), "utf8");
  const keyed = Object.keys(subgraph.entities);
  const roots = /type Query/.test(sdl) ? "extend type Query" : "type Query";
  const entities = `union _Entity = ${keyed.join(" | ")} ${roots} { _entities(representations: [_Any!]!): [_Entity]! }`;
  subgraph.schema = buildSchema(FEDERATION + sdl + entities);
  subgraph.rootValue = {
    ...subgraph.roots,
    _entities: ({ representations }) => representations.map((each) => subgraph.entities[each.__typename](each)),
  };
}

const answers = new Map();
let count = 0;

async function answer(path, body) {
  if (path === "/count") return respond(JSON.stringify({ count }));
  count += 1;
  const key = path + body;
  let bytes = answers.get(key);
  if (bytes === undefined) {
    const { schema, rootValue } = SUBGRAPHS[path.slice(1)];
    const { query, variables, operationName } = JSON.parse(body);
    const result = await graphql({ schema, rootValue, source: query, variableValues: variables, operationName });
    if (result.errors) console.error(path, query, result.errors);
    bytes = respond(JSON.stringify(result));
    answers.set(key, bytes);
  }
  return bytes;
}

function respond(text) {
  const body = Buffer.from(text);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

// HTTP/1.1 as far as gateways speak it to subgraphs: kept connections, a length or chunks, no pipelining.
createServer({ noDelay: true }, (socket) => {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("data", (part) => {
    text += part;
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const body = readBody(text.slice(0, end), text.slice(end + 4));
    if (body === null) return;
    const path = text.slice(text.indexOf(" ") + 1, text.indexOf(" ", 5));
    text = "";
    const known = path === "/count" ? undefined : answers.get(path + body);
    if (known !== undefined) {
      count += 1;
      socket.write(known);
    } else {
      answer(path, body).then((bytes) => socket.write(bytes));
    }
  });
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));

function readBody(head, rest) {
  const length = /\ncontent-length: *(\d+)/i.exec(head);
  if (length) return rest.length < Number(length[1]) ? null : rest;
  if (!/\ntransfer-encoding: *chunked/i.test(head)) return "";
  return rest.endsWith("0\r\n\r\n") ? unchunk(rest) : null;
}

function unchunk(rest) {
  let body = "";
  for (let at = 0; ; ) {
    const line = rest.indexOf("\r\n", at);
    const size = Number.parseInt(rest.slice(at, line), 16);
    if (size === 0) return body;
    body += rest.slice(line + 2, line + 2 + size);
    at = line + 4 + size;
  }
}
