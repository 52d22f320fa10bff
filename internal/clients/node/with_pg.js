// node-postgres with pg-cursor, pg-query-stream, pg-copy-streams and its pool.
"use strict";
const pg = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");
const copy = require("pg-copy-streams");
const { pipeline } = require("node:stream/promises");
const { Readable } = require("node:stream");
const { KINDS, ITEMS, PAIRS, TAIL_SQL, COLUMNS, say, version, cell, same, state, fails, tail, later, values, sameRow } = require("./cells.js");

const marks = COLUMNS.map((_, i) => `$${i + 2}`);
const INSERT = `INSERT INTO ${KINDS} (id, ${COLUMNS}) VALUES ($1, ${marks})`;

async function main() {
  version("pg");
  const client = new pg.Client();
  const other = new pg.Client();
  await client.connect();
  await other.connect();
  const ask = async (...q) => (await client.query(...q)).rows;
  const one = async () => (await ask("SELECT 1 AS n"))[0].n;
  const cancel = () => other.query("SELECT pg_cancel_backend($1)", [client.processID]);

  await cell("connect", async () => {
    same(await one(), 1);
    same((await ask("SHOW server_version"))[0].server_version.startsWith("15"), true);
  });

  await cell("text", async () => {
    for (const [i, row] of values().entries()) await client.query(INSERT, [1 + i, ...Object.values(row)]);
    for (const i of [0, 1, 2]) sameRow((await ask(`SELECT * FROM ${KINDS} WHERE id = $1`, [1 + i]))[0], i);
  });

  await cell("prepared", async () => {
    const put = { name: "put", text: `INSERT INTO ${ITEMS} (id, name, price, ok) VALUES ($1, $2, $3, $4)` };
    const get = { name: "get", text: `SELECT name, price FROM ${ITEMS} WHERE id = $1` };
    for (let i = 1; i <= 10; i++) {
      await client.query({ ...put, values: [i, `item ${i}`, i / 4, i % 2 === 0] });
      same(await ask({ ...get, values: [i] }), [{ name: `item ${i}`, price: (i / 4).toFixed(2) }]);
    }
    same((await ask(`SELECT count(*)::int AS n FROM ${ITEMS} WHERE id = ANY($1)`, [[1, 2, 99]]))[0].n, 2);
    same((await ask(`SELECT id FROM ${ITEMS} ORDER BY id LIMIT $1 OFFSET $2`, [5, 2])).length, 5);
    same(await ask("SELECT $1 AS a, $2::int + 1 AS b", ["x", 41]), [{ a: "x", b: 42 }]);
    same(await ask({ text: "SELECT $1::text, $1::text", values: ["x"], rowMode: "array" }), [["x", "x"]]);
  });

  await cell("copy", async () => {
    const data = "101\ttab\\there\t1.50\tt\n102\tline\\nbreak \\\\ back\t\\N\t\\N\n103\t\t3.25\tf\n";
    const into = client.query(copy.from(`COPY ${ITEMS} (id, name, price, ok) FROM STDIN`));
    await pipeline(Readable.from([data]), into);
    same(into.rowCount, 3);
    const out = [];
    for await (const chunk of client.query(copy.to(`COPY (SELECT id, name, price, ok FROM ${ITEMS} WHERE id > 100 ORDER BY id) TO STDOUT`))) out.push(chunk);
    same(Buffer.concat(out).toString(), data);
    await fails("22P02", () => pipeline(Readable.from(["1\tx\nno\ty\n"]), client.query(copy.from(`COPY ${ITEMS} (id, name) FROM STDIN`))));
    same(await one(), 1);
  });

  await cell("metadata", async () => {
    const { fields } = await client.query(`SELECT id, c_numeric, c_varchar, c_ints FROM ${KINDS} LIMIT 0`);
    same(fields.map((f) => [f.name, f.dataTypeID, f.dataTypeModifier, f.columnID]), [["id", 23, -1, 1], ["c_numeric", 1700, ((20 << 16) | 5) + 4, 8], ["c_varchar", 1043, 24, 10], ["c_ints", 1007, -1, 19]]);
    same(fields[0].tableID, (await ask("SELECT $1::regclass::oid AS oid", [KINDS]))[0].oid);
    same(await ask("SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position", [PAIRS]),
      [{ column_name: "area", is_nullable: "NO" }, { column_name: "n", is_nullable: "NO" }, { column_name: "note", is_nullable: "YES" }]);
  });

  // Rows of a plain query by its event.
  say("open", "on('row')");
  const ended = await new Promise((resolve) => {
    const q = new pg.Query(TAIL_SQL);
    q.on("row", ({ id, word }) => {
      say("row", id, word);
      if (word === "last") later(cancel);
    });
    q.on("error", resolve);
    q.on("end", () => resolve({ code: "00000" }));
    client.query(q);
  });
  say("stopped", state(ended));
  same(await one(), 1);
  say("again");

  async function* read(n) {
    const cursor = client.query(new Cursor(TAIL_SQL));
    for (let rows; (rows = await cursor.read(n)).length > 0;) yield* rows;
  }
  await tail("pg-cursor read(1)", read(1), cancel, one);
  await tail("pg-cursor read(100)", read(100), cancel, one);
  await tail("pg-query-stream", client.query(new QueryStream(TAIL_SQL, [], { batchSize: 1 })), cancel, one);

  await cell("errors", async () => {
    await fails("42P01", () => client.query("SELECT * FROM no_such_table"));
    const e = await fails("42703", () => client.query(`SELECT nope FROM ${ITEMS}`));
    same([e.severity, e.position], ["ERROR", "8"]);
    await fails("42601", () => client.query("SELEC 1"));
    await fails("22012", () => client.query("SELECT 1 / $1::int", [0]));
    await fails("22P02", () => client.query("SELECT $1::int", ["x"]));
    await fails("3D000", () => new pg.Client({ database: "no_such_database" }).connect());
    const waiting = [client.query("SELECT 1 / 0").catch(state), client.query("SELECT 7 AS n"), client.query({ text: "SELECT $1::int AS n", values: [8] })];
    const [a, b, c] = await Promise.all(waiting);
    same([a, b.rows[0].n, c.rows[0].n], ["22012", 7, 8]);
  });

  await cell("transactions", async () => {
    await client.query("BEGIN");
    await client.query(`INSERT INTO ${ITEMS} (id) VALUES (301)`);
    await client.query("ROLLBACK");
    await client.query("BEGIN");
    await client.query(`INSERT INTO ${ITEMS} (id) VALUES (302)`);
    await client.query("SAVEPOINT here");
    await fails("22012", () => client.query("SELECT 1 / 0"));
    await fails("25P02", () => client.query("SELECT 1"));
    await client.query("ROLLBACK TO SAVEPOINT here");
    await client.query("COMMIT");
    same(await ask(`SELECT id FROM ${ITEMS} WHERE id BETWEEN 300 AND 399`), [{ id: 302 }]);
  });

  await cell("pool", async () => {
    const pool = new pg.Pool({ max: 3 });
    const got = await Promise.all([...Array(20).keys()].map((i) => pool.query("SELECT $1::int AS n", [i])));
    same(got.map((r) => r.rows[0].n), [...Array(20).keys()]);
    const many = await pool.query("SELECT 1 AS a; SELECT 2 AS b");
    same(many.map((r) => r.rows), [[{ a: 1 }], [{ b: 2 }]]);
    const heard = new Promise((resolve) => client.once("notification", resolve));
    await client.query(`LISTEN "${ITEMS}"`);
    await pool.query(`INSERT INTO ${ITEMS} (id) VALUES (400)`);
    same((await heard).channel, ITEMS);
    await pool.end();
  });
}

main().then(() => process.exit(0));
