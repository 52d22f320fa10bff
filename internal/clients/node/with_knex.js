// Knex: its query builder, schema inspection, streams by pg-query-stream.
"use strict";
const Knex = require("knex");
const { KINDS, ITEMS, PAIRS, TAIL_SQL, COLUMNS, say, version, cell, same, fails, tail, values, sameRow } = require("./cells.js");

const open = (database = process.env.PGDATABASE) => Knex({
  client: "pg", pool: { min: 1, max: 4 },
  connection: { host: process.env.PGHOST, port: +process.env.PGPORT, user: process.env.PGUSER, database },
});

async function main() {
  version("knex");
  const db = open();
  const one = async () => (await db.raw("SELECT 1 AS n")).rows[0].n;

  await cell("connect", async () => {
    same(await one(), 1);
    same((await db.raw("select version() AS v")).rows[0].v.startsWith("PostgreSQL 15"), true);
  });

  await cell("text", async () => {
    for (const [i, row] of values().entries()) await db(KINDS).insert({ id: 1 + i, ...row, c_jsonb: row.c_jsonb && JSON.stringify(row.c_jsonb) });
    for (const i of [0, 1, 2]) sameRow(await db(KINDS).where({ id: 1 + i }).first(), i);
  });

  await cell("prepared", async () => {
    for (let i = 1; i <= 10; i++) {
      await db(ITEMS).insert({ id: i, name: `item ${i}`, price: i / 4, ok: i % 2 === 0 });
      same(await db(ITEMS).select("name", "price").where({ id: i, ok: i % 2 === 0 }), [{ name: `item ${i}`, price: (i / 4).toFixed(2) }]);
    }
    same(Number((await db(ITEMS).whereIn("id", [1, 2, 99]).count())[0].count), 2);
    same((await db(ITEMS).where("name", "like", "item%").orderBy("id", "desc").limit(3).offset(1)).map((r) => r.id), [9, 8, 7]);
    same(await db(ITEMS).sum("price as total").where("id", "<=", 4).first(), { total: "2.50" });
    same(await db(ITEMS).where({ id: 1 }).update({ name: "new" }), 1);
    same(await db(ITEMS).where({ id: 10 }).del(), 1);
    same((await db.raw("SELECT ? AS a, ?::int + 1 AS b", ["x", 41])).rows, [{ a: "x", b: 42 }]);
    same(await db(ITEMS).insert({ id: 20, name: "r" }).returning(["id", "name"]), [{ id: 20, name: "r" }]);
  });

  await cell("metadata", async () => {
    same([await db.schema.hasTable(PAIRS), await db.schema.hasTable("no_such_table")], [true, false]);
    same([await db.schema.hasColumn(PAIRS, "note"), await db.schema.hasColumn(PAIRS, "nope")], [true, false]);
    const info = await db(PAIRS).columnInfo();
    same(Object.entries(info).map(([n, c]) => [n, c.type, c.maxLength, c.nullable]), [["area", "text", null, false], ["n", "integer", null, false], ["note", "character varying", 40, true]]);
    same(Object.keys(await db(KINDS).columnInfo()), ["id", ...COLUMNS]);
  });

  const connection = await db.client.acquireConnection();
  const cancel = () => db.raw("SELECT pg_cancel_backend(?)", [connection.processID]);
  await tail("stream()", db.raw(TAIL_SQL).connection(connection).stream({ batchSize: 1 }), cancel, async () => (await db.raw("SELECT 1 AS n").connection(connection)).rows[0].n);
  await db.client.releaseConnection(connection);

  await cell("errors", async () => {
    await fails("42P01", () => db("no_such_table"));
    await fails("42703", () => db(ITEMS).select("nope"));
    await fails("42601", () => db.raw("SELEC 1"));
    await fails("22012", () => db.raw("SELECT 1 / ?::int", [0]));
    await fails("3D000", () => open("no_such_database").raw("SELECT 1"));
    let slow;
    await db.raw("SELECT pg_sleep(10)").timeout(200, { cancel: true }).catch((e) => (slow = e.name)); // Knex calls pg_cancel_backend
    same([slow, await one()], ["KnexTimeoutError", 1]);
  });

  await cell("transactions", async () => {
    await fails("22012", () => db.transaction(async (tx) => {
      await tx(ITEMS).insert({ id: 301 });
      await tx.raw("SELECT 1 / 0");
    }));
    await db.transaction(async (tx) => {
      await tx(ITEMS).insert({ id: 302 });
      await tx.transaction(async (inner) => { // a savepoint
        await inner(ITEMS).insert({ id: 303 });
        throw new Error("mine");
      }).catch(() => {});
    }, { isolationLevel: "serializable" });
    same(await db(ITEMS).select("id").whereBetween("id", [300, 399]), [{ id: 302 }]);
  });

  await cell("pool", async () => {
    const got = await Promise.all([...Array(20).keys()].map((i) => db.raw("SELECT ?::int AS n", [i])));
    same(got.map((r) => r.rows[0].n), [...Array(20).keys()]);
    await db.batchInsert(ITEMS, [...Array(50).keys()].map((i) => ({ id: 400 + i, name: `b ${i}` })), 20);
    same(Number((await db(ITEMS).whereBetween("id", [400, 449]).count())[0].count), 50);
    await db.destroy();
  });
}

main().then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
