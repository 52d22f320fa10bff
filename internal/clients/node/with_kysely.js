// Kysely over node-postgres: its builder, introspection, streams by pg-cursor.
"use strict";
const { Kysely, PostgresDialect, sql } = require("kysely");
const pg = require("pg");
const Cursor = require("pg-cursor");
const { KINDS, ITEMS, PAIRS, TAIL_SQL, COLUMNS, say, version, cell, same, fails, tail, values, sameRow } = require("./cells.js");

const open = (database = process.env.PGDATABASE) => new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ max: 4, database }), cursor: Cursor }) });

async function main() {
  version("kysely");
  const db = open();
  const one = async (on = db) => (await sql`SELECT 1 AS n`.execute(on)).rows[0].n;

  await cell("connect", async () => same(await one(), 1));

  await cell("text", async () => {
    for (const [i, row] of values().entries()) await db.insertInto(KINDS).values({ id: 1 + i, ...row }).execute();
    for (const i of [0, 1, 2]) sameRow(await db.selectFrom(KINDS).selectAll().where("id", "=", 1 + i).executeTakeFirst(), i);
  });

  await cell("prepared", async () => {
    for (let i = 1; i <= 10; i++) {
      await db.insertInto(ITEMS).values({ id: i, name: `item ${i}`, price: i / 4, ok: i % 2 === 0 }).execute();
      same(await db.selectFrom(ITEMS).select(["name", "price"]).where("id", "=", i).where("ok", "=", i % 2 === 0).execute(), [{ name: `item ${i}`, price: (i / 4).toFixed(2) }]);
    }
    same((await db.selectFrom(ITEMS).select(db.fn.countAll().as("n")).where("id", "in", [1, 2, 99]).executeTakeFirst()).n, "2");
    same((await db.selectFrom(ITEMS).select("id").where("name", "like", "item%").orderBy("id", "desc").limit(3).offset(1).execute()).map((r) => r.id), [9, 8, 7]);
    same(await db.insertInto(ITEMS).values({ id: 20, name: "r" }).returning(["id", "name"]).execute(), [{ id: 20, name: "r" }]);
    same(Number((await db.updateTable(ITEMS).set({ name: "new" }).where("id", "=", 1).executeTakeFirst()).numUpdatedRows), 1);
    same(Number((await db.deleteFrom(ITEMS).where("id", "=", 10).executeTakeFirst()).numDeletedRows), 1);
    const joined = db.selectFrom(`${ITEMS} as a`).innerJoin(`${ITEMS} as b`, "a.id", "b.id").select(["a.name", "b.ok"]).where("a.id", "=", 2);
    same(await joined.execute(), [{ name: "item 2", ok: true }]);
  });

  await cell("metadata", async () => {
    same((await db.introspection.getSchemas()).map((s) => s.name).includes("public"), true);
    const tables = await db.introspection.getTables();
    const pairs = tables.find((t) => t.name === PAIRS);
    same([pairs.isView, pairs.schema, pairs.columns.map((c) => [c.name, c.dataType, c.isNullable, c.hasDefaultValue])],
      [false, "public", [["area", "text", false, false], ["n", "int4", false, false], ["note", "varchar", true, false]]]);
    same(tables.find((t) => t.name === KINDS).columns.map((c) => c.name), ["id", ...COLUMNS]);
  });

  await db.connection().execute(async (on) => {
    const { pid } = (await sql`SELECT pg_backend_pid() AS pid`.execute(on)).rows[0];
    async function* rows() {
      for await (const chunk of on.getExecutor().stream(sql.raw(TAIL_SQL).compile(on), 1)) yield* chunk.rows;
    }
    await tail("stream(1)", rows(), () => sql`SELECT pg_cancel_backend(${pid})`.execute(db), () => one(on));
  }).catch((e) => say("fail", "errors", e.message));

  await cell("errors", async () => {
    await fails("42P01", () => db.selectFrom("no_such_table").selectAll().execute());
    await fails("42703", () => db.selectFrom(ITEMS).select("nope").execute());
    await fails("42601", () => sql`SELEC 1`.execute(db));
    await fails("22012", () => sql`SELECT 1 / ${0}::int`.execute(db));
    await fails("3D000", () => one(open("no_such_database")));
    same(await one(), 1);
  });

  await cell("transactions", async () => {
    await fails("22012", () => db.transaction().execute(async (tx) => {
      await tx.insertInto(ITEMS).values({ id: 301 }).execute();
      await sql`SELECT 1 / 0`.execute(tx);
    }));
    const tx = await db.startTransaction().setIsolationLevel("serializable").execute();
    await tx.insertInto(ITEMS).values({ id: 302 }).execute();
    const point = await tx.savepoint("here").execute();
    await point.insertInto(ITEMS).values({ id: 303 }).execute();
    await point.rollbackToSavepoint("here").execute();
    await tx.commit().execute();
    same(await db.selectFrom(ITEMS).select("id").where("id", ">=", 300).where("id", "<", 400).execute(), [{ id: 302 }]);
  });

  await cell("pool", async () => {
    const got = await Promise.all([...Array(20).keys()].map((i) => sql`SELECT ${i}::int AS n`.execute(db)));
    same(got.map((r) => r.rows[0].n), [...Array(20).keys()]);
    await db.destroy();
  });
}

main().then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
