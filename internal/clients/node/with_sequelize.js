// Sequelize: models over tables that exist, its query interface, managed transactions.
"use strict";
const { Sequelize, DataTypes, QueryTypes, Transaction, Op } = require("sequelize");
const { KINDS, ITEMS, PAIRS, say, version, cell, same, fails, tail, state, values, sameRow } = require("./cells.js");
const { fetched } = require("./orm.js");

const open = (database = process.env.PGDATABASE) => new Sequelize(database, process.env.PGUSER, "", { host: process.env.PGHOST, port: +process.env.PGPORT, dialect: "postgres", logging: false, pool: { max: 3 } });
const db = open();
const plain = { freezeTableName: true, timestamps: false };
const A = DataTypes.ARRAY;
const T = DataTypes;
const Kind = db.define(KINDS, {
  id: { type: T.INTEGER, primaryKey: true },
  c_bool: T.BOOLEAN, c_int2: T.SMALLINT, c_int4: T.INTEGER, c_int8: T.BIGINT, c_float4: T.REAL, c_float8: T.DOUBLE, c_numeric: T.DECIMAL(20, 5),
  c_text: T.TEXT, c_varchar: T.STRING(20), c_bytea: T.BLOB, c_date: T.DATEONLY, c_time: T.TIME, c_timestamptz: T.DATE(6), c_interval: T.TEXT, c_jsonb: T.JSONB,
  c_uuid: T.UUID, c_bools: A(T.BOOLEAN), c_ints: A(T.INTEGER), c_longs: A(T.BIGINT), c_floats: A(T.DOUBLE), c_numerics: A(T.DECIMAL), c_texts: A(T.TEXT),
  c_dates: A(T.DATEONLY), c_stamps: A(T.DATE), c_uuids: A(T.UUID),
}, plain);
const Item = db.define(ITEMS, { id: { type: T.INTEGER, primaryKey: true }, name: T.TEXT, price: T.DECIMAL(12, 2), ok: T.BOOLEAN, made: T.DATE }, plain);
const Pair = db.define(PAIRS, { area: { type: T.TEXT, primaryKey: true }, n: { type: T.INTEGER, primaryKey: true }, note: T.STRING(40) }, plain);

async function main() {
  version("sequelize");
  const one = async (o) => (await db.query("SELECT 1 AS n", { type: QueryTypes.SELECT, ...o }))[0].n;

  await cell("connect", async () => {
    await db.authenticate();
    same((await db.databaseVersion()).startsWith("15"), true);
  });

  await cell("text", async () => {
    for (const [i, row] of values().entries()) {
      // Times with microseconds and arrays of times are more than JavaScript's Date holds: as text.
      const { c_timestamptz, c_dates, c_stamps, c_longs, c_int8, ...simple } = row;
      await Kind.create({ id: 1 + i, ...simple, c_int8: c_int8 === null ? null : String(c_int8) }, { benchmark: false });
      await db.query(`UPDATE ${KINDS} SET c_timestamptz = $2, c_dates = $3, c_stamps = $4, c_longs = $5 WHERE id = $1`, { bind: [1 + i, c_timestamptz, c_dates, c_stamps, c_longs] });
    }
    for (const i of [0, 1, 2]) sameRow((await Kind.findByPk(1 + i)).get({ plain: true }), i);
  });

  await cell("prepared", async () => {
    for (let i = 1; i <= 10; i++) {
      await db.query(`INSERT INTO ${ITEMS} (id, name, price, ok) VALUES ($id, $name, $price, $ok)`, { bind: { id: i, name: `item ${i}`, price: i / 4, ok: i % 2 === 0 } });
      same(await db.query(`SELECT name, price FROM ${ITEMS} WHERE id = $1`, { bind: [i], type: QueryTypes.SELECT }), [{ name: `item ${i}`, price: (i / 4).toFixed(2) }]);
      same(await db.query(`SELECT name FROM ${ITEMS} WHERE id = :id`, { replacements: { id: i }, type: QueryTypes.SELECT }), [{ name: `item ${i}` }]);
    }
    await Item.bulkCreate([{ id: 21, name: "a" }, { id: 22, name: "b" }]);
    same(await Item.count({ where: { id: { [Op.in]: [21, 22, 99] } } }), 2);
    same((await Item.findAll({ where: { [Op.or]: [{ name: { [Op.like]: "item%" } }, { ok: null }] }, order: [["id", "DESC"]], limit: 3, offset: 1 })).map((r) => r.id), [21, 10, 9]);
    same(await Item.sum("price", { where: { id: { [Op.lte]: 4 } } }), 2.5);
    await Pair.create({ area: "x", n: 1, note: "old" });
    await Pair.update({ note: "new" }, { where: { area: "x", n: 1 } });
    same((await Pair.findOne({ where: { area: "x", n: 1 } })).note, "new");
    same(await Pair.destroy({ where: { area: "x" } }), 1);
  });

  await cell("metadata", async () => {
    const qi = db.getQueryInterface();
    const tables = (await qi.showAllTables()).map((t) => t.tableName ?? t);
    same([KINDS, ITEMS, PAIRS].every((t) => tables.includes(t)), true, `${tables}`);
    const cols = await qi.describeTable(PAIRS);
    same(Object.entries(cols).map(([n, c]) => [n, c.type, c.allowNull, c.primaryKey]), [["area", "TEXT", false, true], ["n", "INTEGER", false, true], ["note", "CHARACTER VARYING(40)", true, false]]);
    same((await qi.showIndex(PAIRS)).map((x) => [x.primary, x.fields.map((f) => f.attribute)]), [[true, ["area", "n"]]]);
    same(await qi.getForeignKeyReferencesForTable(PAIRS), []);
    same([await qi.tableExists(PAIRS), await qi.tableExists("no_such_table")], [true, false]);
    same((await qi.showAllSchemas()).length >= 0, true);
  });

  const t = await db.transaction();
  const run = (sql) => db.query(sql, { transaction: t, type: QueryTypes.SELECT });
  const pid = (await run("SELECT pg_backend_pid() AS pid"))[0].pid;
  await run("ROLLBACK");
  await tail("FETCH", fetched(run), () => db.query("SELECT pg_cancel_backend($1)", { bind: [pid] }), () => one({ transaction: t }));
  await t.rollback();

  await cell("errors", async () => {
    await fails("42P01", () => db.query("SELECT * FROM no_such_table"));
    await fails("42703", () => db.query(`SELECT nope FROM ${ITEMS}`));
    await fails("42601", () => db.query("SELEC 1"));
    await fails("22012", () => db.query("SELECT 1 / $1::int", { bind: [0] }));
    await fails("3D000", () => open("no_such_database").authenticate());
    same(await one(), 1);
  });

  await cell("transactions", async () => {
    await fails("22012", () => db.transaction(async (tx) => {
      await Item.create({ id: 301 }, { transaction: tx });
      await db.query("SELECT 1 / 0", { transaction: tx });
    }));
    await db.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE }, async (tx) => {
      await Item.create({ id: 302 }, { transaction: tx });
      const inner = await db.transaction({ transaction: tx }); // a savepoint
      await Item.create({ id: 303 }, { transaction: inner });
      await inner.rollback();
    });
    same((await Item.findAll({ where: { id: { [Op.between]: [300, 399] } } })).map((r) => r.id), [302]);
  });

  await cell("pool", async () => {
    const got = await Promise.all([...Array(20).keys()].map((i) => db.query("SELECT $1::int AS n", { bind: [i], type: QueryTypes.SELECT })));
    same(got.map((r) => r[0].n), [...Array(20).keys()]);
    await db.close();
  });
}

main().then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
