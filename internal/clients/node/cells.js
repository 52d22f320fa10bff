// What the Node scripts share: the lines they say, their tables, the values of the round trip.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");

const slug = process.env.LEAT_CLIENT;
const [KINDS, ITEMS, PAIRS, TAIL] = ["kinds", "items", "pairs", "tail"].map((t) => `${t}_${slug}`);
const TAIL_SQL = `SELECT id, word FROM ${TAIL} EMIT CHANGES`;
const TEXTS = JSON.parse(process.env.LEAT_KINDS); // [column, text of row 1, text of row 2]
const COLUMNS = TEXTS.map((t) => t[0]);

const say = (...words) => console.log("@", ...words.map((w) => String(w).replaceAll("\n", " ")));
const version = (module) => say("version", JSON.parse(fs.readFileSync(path.join(process.env.NODE_PATH, module, "package.json"))).version);

// Runs one cell; an exception is why it failed.
async function cell(name, tryIt) {
  try {
    await tryIt();
    say("ok", name);
  } catch (e) {
    const line = /(\w+\.js:\d+)/.exec((e.stack ?? "").split("\n").filter((l) => l.includes("/clients/node/") && !l.includes("cells.js")).join(""));
    say("fail", name, `${e.message} (${line?.[1]})`);
  }
}

const same = (got, want, what) => assert.deepEqual(got, want, what && `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);

// SQLSTATE, wherever the client keeps it.
const state = (e) => e?.code ?? e?.original?.code ?? e?.parent?.code ?? e?.driverError?.code;

async function fails(code, run) {
  let e;
  try {
    await run();
  } catch (err) {
    e = err;
  }
  if (!e || state(e) !== code) throw e ?? new Error(`no error, want ${code}`);
  return e;
}

const later = (cancel) => setTimeout(async () => {
  say("cancel");
  await cancel();
}, 200);

// Reads a push query to its last row, then waits for one more and is cancelled.
async function tail(how, rows, cancel, again) {
  say("open", how);
  try {
    for await (const { id, word } of rows) {
      say("row", id, word);
      if (word === "last") later(cancel);
    }
    say("stopped", "00000");
  } catch (e) {
    say("stopped", state(e) ?? e.message);
  }
  same(Number(await again()), 1);
  say("again");
}

// The rows of fixture.go in JavaScript's types; what it has none for is text.
function values() {
  const rows = [1, 2].map((i) => Object.fromEntries(TEXTS.map((t) => [t[0], t[i]])));
  Object.assign(rows[0], {
    c_bool: true, c_int2: -12345, c_int4: 2000000000, c_int8: 9007199254740993n, c_float4: 0.5, c_float8: 0.1,
    c_bytea: Buffer.from("00ff10deadbeef5c27", "hex"), c_jsonb: { a: [1, 2.5, null], "ключ": 'x"y' },
    c_bools: [true, false, null], c_ints: [1, -2, null, 2147483647], c_floats: [0.1, -2.5, null],
    c_texts: ["a b", 'c"d', null, "", "NULL", "e\\f", "x,y", "{z}"], c_numerics: ["1.50", "-0.001", null],
    c_uuids: ["6f1c5a2e-0d4b-4c8e-9a57-0f4a3b2c1d0e", null],
  });
  Object.assign(rows[1], {
    c_bool: false, c_int2: 32767, c_int4: -2147483648, c_int8: -9223372036854775808n, c_float4: -1024.25, c_float8: Number.MAX_VALUE,
    c_bytea: Buffer.alloc(0), c_jsonb: {}, c_bools: [], c_ints: [], c_floats: [], c_texts: [], c_numerics: [], c_uuids: [],
  });
  return [...rows, Object.fromEntries(COLUMNS.map((c) => [c, null]))];
}

// Compares what was read with values(); int8 and numeric are strings or BigInts, times Dates or text.
function sameRow(got, i) {
  const want = values()[i];
  for (const c of COLUMNS) {
    if (want[c] === null) {
      same(got[c], null, c);
      continue;
    }
    switch (c) {
      case "c_int8":
        same(String(got[c]), String(want[c]), c);
        break;
      case "c_timestamptz":
        same(new Date(got[c]).getTime(), new Date(TEXTS[COLUMNS.indexOf(c)][i + 1].replace(" ", "T").replace("+00", "Z")).getTime(), c);
        break;
      case "c_bool": case "c_int2": case "c_int4": case "c_float4": case "c_float8": case "c_text": case "c_varchar": case "c_uuid": case "c_jsonb":
      case "c_numeric": case "c_bools": case "c_ints": case "c_floats": case "c_texts":
        same(typeof want[c] === "number" ? Number(got[c]) : got[c], want[c], c);
        break;
      case "c_bytea":
        same(Buffer.from(got[c]), want[c], c);
    }
  }
}

module.exports = { KINDS, ITEMS, PAIRS, TAIL, TAIL_SQL, TEXTS, COLUMNS, say, version, cell, same, state, fails, tail, later, values, sameRow };
