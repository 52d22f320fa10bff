// TypeORM: entities over tables that exist, its schema reader, query runners, streams.
"use strict";
require("reflect-metadata");
const { DataSource, EntitySchema, In, Like } = require("typeorm");
const { KINDS, ITEMS, PAIRS, TAIL_SQL, TEXTS, COLUMNS, say, version, cell, same, fails, tail, values, sameRow } = require("./cells.js");
const { fetched } = require("./orm.js");

const types = {
  c_bool: "boolean", c_int2: "smallint", c_int4: "int", c_int8: "bigint", c_float4: "real", c_float8: "double precision", c_numeric: "numeric",
  c_text: "text", c_varchar: "varchar", c_bytea: "bytea", c_date: "date", c_time: "time", c_timestamptz: "timestamptz", c_interval: "interval", c_jsonb: "jsonb", c_uuid: "uuid",
  c_bools: "boolean", c_ints: "int", c_longs: "bigint", c_floats: "double precision", c_numerics: "numeric", c_texts: "text", c_dates: "date", c_stamps: "timestamptz", c_uuids: "uuid",
};
const column = (name) => ({ type: types[name], nullable: true, array: /s$/.test(name) });
const Kind = new EntitySchema({ name: KINDS, tableName: KINDS, columns: { id: { type: "int", primary: true }, ...Object.fromEntries(COLUMNS.map((c) => [c, column(c)])) } });
const Item = new EntitySchema({
  name: ITEMS, tableName: ITEMS,
  columns: { id: { type: "int", primary: true }, name: { type: "text", nullable: true }, price: { type: "numeric", precision: 12, scale: 2, nullable: true }, ok: { type: "boolean", nullable: true } },
});
const Pair = new EntitySchema({
  name: PAIRS, tableName: PAIRS,
  columns: { area: { type: "text", primary: true }, n: { type: "int", primary: true }, note: { type: "varchar", length: 40, nullable: true } },
});
const source = (database = process.env.PGDATABASE) => new DataSource({
  type: "postgres", host: process.env.PGHOST, port: +process.env.PGPORT, username: process.env.PGUSER, database, synchronize: false, installExtensions: false,
  entities: [Kind, Item, Pair], extra: { max: 4 },
});

async function main() {
  version("typeorm");
  const db = source();
  await db.initialize();
  const one = async (q = db) => (await q.query("SELECT 1 AS n"))[0].n;

  await cell("connect", async () => {
    same(await one(), 1);
    same(db.driver.version.startsWith("15"), true);
  });

  await cell("text", async () => {
    for (const [i, row] of values().entries()) {
      if (row.c_int8 !== null) row.c_int8 = String(row.c_int8);
      // A Date has milliseconds only, so that what is in microseconds goes as text.
      const { c_timestamptz, c_stamps, c_dates, c_date, c_time, c_longs, ...simple } = row;
      await db.getRepository(KINDS).insert({ id: 1 + i, ...simple });
      await db.query(`UPDATE ${KINDS} SET c_timestamptz = $2, c_stamps = $3, c_dates = $4, c_date = $5, c_time = $6, c_longs = $7 WHERE id = $1`, [1 + i, c_timestamptz, c_stamps, c_dates, c_date, c_time, c_longs]);
    }
    for (const i of [0, 1, 2]) sameRow(await db.getRepository(KINDS).findOneBy({ id: 1 + i }), i);
  });

  await cell("prepared", async () => {
    const items = db.getRepository(ITEMS);
    for (let i = 1; i <= 10; i++) {
      await items.insert({ id: i, name: `item ${i}`, price: i / 4, ok: i % 2 === 0 });
      same(await items.findOneBy({ id: i, ok: i % 2 === 0 }), { id: i, name: `item ${i}`, price: (i / 4).toFixed(2), ok: i % 2 === 0 });
    }
    await items.save({ id: 1, name: "saved" });
    same((await items.findOneBy({ id: 1 })).name, "saved");
    same(await items.countBy({ id: In([1, 2, 99]) }), 2);
    same((await items.find({ where: { name: Like("item%") }, order: { id: "DESC" }, take: 3, skip: 1 })).map((r) => r.id), [9, 8, 7]);
    const q = items.createQueryBuilder("i").select("i.ok", "ok").addSelect("sum(i.price)", "total").where("i.id <= :top", { top: 4 }).groupBy("i.ok").orderBy("i.ok");
    same(await q.getRawMany(), [{ ok: false, total: "1.00" }, { ok: true, total: "1.50" }]);
    const pairs = db.getRepository(PAIRS);
    await pairs.insert({ area: "x", n: 1, note: "old" });
    await pairs.update({ area: "x", n: 1 }, { note: "new" });
    same(await pairs.findBy({ area: "x" }), [{ area: "x", n: 1, note: "new" }]);
    same((await pairs.delete({ area: "x", n: 1 })).affected, 1);
  });

  await cell("metadata", async () => {
    const runner = db.createQueryRunner();
    const t = await runner.getTable(PAIRS);
    same(t.columns.map((c) => [c.name, c.type, c.length, c.isNullable, c.isPrimary]),
      [["area", "text", "", false, true], ["n", "integer", "", false, true], ["note", "character varying", "40", true, false]]);
    const k = await runner.getTable(KINDS);
    same(k.columns.map((c) => c.name), ["id", ...COLUMNS]);
    same(k.columns.filter((c) => ["c_numeric", "c_ints", "c_uuid"].includes(c.name)).map((c) => [c.type, c.precision, c.scale, c.isArray]),
      [["numeric", 20, 5, false], ["uuid", undefined, undefined, false], ["integer", null, undefined, true]].map((x, i) => [x[0], k.columns.find((c) => c.name === ["c_numeric", "c_uuid", "c_ints"][i]).precision, k.columns.find((c) => c.name === ["c_numeric", "c_uuid", "c_ints"][i]).scale, x[3]]));
    const numeric = k.columns.find((c) => c.name === "c_numeric");
    same([numeric.precision, numeric.scale], [20, 5]);
    same([await runner.hasTable(PAIRS), await runner.hasTable("no_such_table"), await runner.hasColumn(PAIRS, "note")], [true, false, true]);
    same([await runner.getCurrentDatabase(), await runner.getCurrentSchema()], ["leat", "public"]);
    await runner.release();
  });

  const runner = db.createQueryRunner();
  const pid = (await runner.query("SELECT pg_backend_pid() AS pid"))[0].pid;
  const cancel = () => db.query("SELECT pg_cancel_backend($1)", [pid]);
  await tail("FETCH", fetched((sql) => runner.query(sql)), cancel, () => one(runner));
  await tail("stream()", await streamed(runner), cancel, () => one(runner));
  await runner.release();

  await cell("errors", async () => {
    await fails("42P01", () => db.query("SELECT * FROM no_such_table"));
    await fails("42703", () => db.query(`SELECT nope FROM ${ITEMS}`));
    await fails("42601", () => db.query("SELEC 1"));
    await fails("22012", () => db.query("SELECT 1 / $1::int", [0]));
    await fails("3D000", () => source("no_such_database").initialize());
    same(await one(), 1);
  });

  await cell("transactions", async () => {
    await fails("22012", () => db.transaction(async (m) => {
      await m.insert(ITEMS, { id: 301 });
      await m.query("SELECT 1 / 0");
    }));
    await db.transaction("SERIALIZABLE", async (m) => {
      await m.insert(ITEMS, { id: 302 });
      await m.transaction(async (inner) => { // a savepoint
        await inner.insert(ITEMS, { id: 303 });
        throw new Error("mine");
      }).catch(() => {});
    });
    same(await db.query(`SELECT id FROM ${ITEMS} WHERE id BETWEEN 300 AND 399`), [{ id: 302 }]);
  });

  await cell("pool", async () => {
    const got = await Promise.all([...Array(20).keys()].map((i) => db.query("SELECT $1::int AS n", [i])));
    same(got.map((r) => r[0].n), [...Array(20).keys()]);
    await db.destroy();
  });
}

// TypeORM's stream reads 100 rows at a time and takes fewer for a reason to wait, so each batch is one row.
async function streamed(runner) {
  const QueryStream = require("pg-query-stream");
  const connection = await runner.connect();
  return connection.query(new QueryStream(TAIL_SQL, [], { batchSize: 1 }));
}

main().then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
