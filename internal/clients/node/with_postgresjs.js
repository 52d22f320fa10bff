// postgres.js: pipelined queries, cursors, COPY streams, its pool.
"use strict";
const postgres = require("postgres");
const { pipeline } = require("node:stream/promises");
const { Readable } = require("node:stream");
const { KINDS, ITEMS, PAIRS, TAIL_SQL, TEXTS, COLUMNS, say, version, cell, same, fails, tail, later, state, values, sameRow } = require("./cells.js");

async function main() {
  version("postgres");
  const sql = postgres({ max: 1, onnotice: () => {} });
  const one = async () => (await sql`SELECT 1 AS n`)[0].n;

  await cell("connect", async () => {
    same(await one(), 1);
    same(sql.parameters.server_version.startsWith("15"), true);
  });

  await cell("text", async () => {
    for (const [i, row] of values().entries()) {
      // Of an array it sends the type of the first element, which is right for text and wrong for booleans.
      if (row.c_bools) row.c_bools = TEXTS[COLUMNS.indexOf("c_bools")][1 + i];
      await sql`INSERT INTO ${sql(KINDS)} ${sql({ id: 1 + i, ...row })}`;
      // A timestamptz goes through Date, which has milliseconds.
      await sql`UPDATE ${sql(KINDS)} SET c_timestamptz = ${row.c_timestamptz}::text::timestamptz WHERE id = ${1 + i}`;
    }
    for (const i of [0, 1, 2]) {
      const got = (await sql`SELECT * FROM ${sql(KINDS)} WHERE id = ${1 + i}`)[0];
      if (i === 0) got.c_bools[2] = got.c_ints[2] = got.c_floats[2] = got.c_texts[2] = null; // it does not know NULL in an array
      sameRow(got, i);
    }
  });

  await cell("prepared", async () => {
    for (let i = 1; i <= 10; i++) {
      await sql`INSERT INTO ${sql(ITEMS)} (id, name, price, ok) VALUES (${i}, ${`item ${i}`}, ${i / 4}, ${i % 2 === 0})`;
      same([...(await sql`SELECT name, price FROM ${sql(ITEMS)} WHERE id = ${i}`)], [{ name: `item ${i}`, price: (i / 4).toFixed(2) }]);
    }
    await sql`INSERT INTO ${sql(ITEMS)} ${sql([{ id: 21, name: "a" }, { id: 22, name: "b" }])}`;
    same((await sql`SELECT id FROM ${sql(ITEMS)} WHERE id IN ${sql([21, 22, 99])} ORDER BY id`).map((r) => r.id), [21, 22]);
    same((await sql`SELECT count(*)::int AS n FROM ${sql(ITEMS)} WHERE id = ANY(${[1, 2, 99]})`)[0].n, 2);
    same((await sql`SELECT id FROM ${sql(ITEMS)} ORDER BY id LIMIT ${5} OFFSET ${2}`).length, 5);
    const described = await sql`SELECT name, price FROM ${sql(ITEMS)} WHERE id = ${1} AND ok = ${true}`.describe();
    same([described.types, described.columns.map((c) => c.type)], [[23, 16], [25, 1700]]);
  });

  await cell("copy", async () => {
    const data = "101\ttab\\there\t1.50\tt\n102\tline\\nbreak \\\\ back\t\\N\t\\N\n103\t\t3.25\tf\n";
    await pipeline(Readable.from([data]), await sql`COPY ${sql(ITEMS)} (id, name, price, ok) FROM STDIN`.writable());
    const out = [];
    for await (const chunk of await sql`COPY (SELECT id, name, price, ok FROM ${sql(ITEMS)} WHERE id > 100 ORDER BY id) TO STDOUT`.readable()) out.push(chunk);
    same(Buffer.concat(out).toString(), data);
    same(await one(), 1);
  });

  await cell("metadata", async () => {
    const { columns } = await sql`SELECT id, c_numeric, c_varchar, c_ints FROM ${sql(KINDS)}`.describe();
    same(columns.map((c) => [c.name, c.type, c.number]), [["id", 23, 1], ["c_numeric", 1700, 8], ["c_varchar", 1043, 10], ["c_ints", 1007, 19]]);
    same(columns[0].table, (await sql`SELECT ${KINDS}::regclass::oid AS oid`)[0].oid);
    // What it asks at the start: the array types, from pg_type joined to itself.
    same(Object.keys(sql.options.parsers).includes("1007"), true, "array types were fetched");
    same([...(await sql`SELECT column_name FROM information_schema.columns WHERE table_name = ${PAIRS} ORDER BY ordinal_position`)].map((r) => r.column_name), ["area", "n", "note"]);
  });

  async function* byCursor(n) {
    for await (const rows of sql.unsafe(TAIL_SQL).cursor(n)) yield* rows;
  }
  const other = postgres({ max: 1 });
  const pid = (await sql`SELECT pg_backend_pid() AS pid`)[0].pid;
  const cancel = () => other`SELECT pg_cancel_backend(${pid})`;
  await tail("cursor(1)", byCursor(1), cancel, one);
  await tail("cursor(100)", byCursor(100), cancel, one);

  say("open", "forEach and cancel()");
  const q = sql.unsafe(TAIL_SQL);
  try {
    await q.forEach(({ id, word }) => {
      say("row", id, word);
      if (word === "last") later(() => q.cancel());
    });
    say("stopped", "00000");
  } catch (e) {
    say("stopped", state(e));
  }
  same(await one(), 1);
  say("again");
  await other.end();

  await cell("errors", async () => {
    await fails("42P01", () => sql`SELECT * FROM no_such_table`);
    const e = await fails("42703", () => sql`SELECT nope FROM ${sql(ITEMS)}`);
    same([e.severity, e.position], ["ERROR", "8"]);
    await fails("42601", () => sql.unsafe("SELEC 1"));
    await fails("22012", () => sql`SELECT 1 / ${0}::int`);
    await fails("3D000", () => postgres({ database: "no_such_database" })`SELECT 1`);
    const [a, b, c] = await Promise.all([sql`SELECT 1 / 0`.catch(state), sql`SELECT 7 AS n`, sql`SELECT ${8}::int AS n`]);
    same([a, b[0].n, c[0].n], ["22012", 7, 8]);
  });

  await cell("transactions", async () => {
    await fails("22012", () => sql.begin(async (tx) => {
      await tx`INSERT INTO ${tx(ITEMS)} (id) VALUES (301)`;
      await tx`SELECT 1 / 0`;
    }));
    await sql.begin("isolation level serializable", async (tx) => {
      await tx`INSERT INTO ${tx(ITEMS)} (id) VALUES (302)`;
      await tx.savepoint(async (sp) => {
        await sp`INSERT INTO ${sp(ITEMS)} (id) VALUES (303)`;
        throw new Error("mine");
      }).catch(() => {});
      await tx`INSERT INTO ${tx(ITEMS)} (id) VALUES (304)`;
    });
    same((await sql`SELECT id FROM ${sql(ITEMS)} WHERE id BETWEEN 300 AND 399 ORDER BY id`).map((r) => r.id), [302, 304]);
  });

  await cell("pool", async () => {
    const pool = postgres({ max: 3 });
    const got = await Promise.all([...Array(20).keys()].map((i) => pool`SELECT ${i}::int AS n`));
    same(got.map((r) => r[0].n), [...Array(20).keys()]);
    const simple = await pool.unsafe("SELECT 1 AS a; SELECT 2 AS b").simple();
    same(simple.map((r) => [...r]), [[{ a: 1 }], [{ b: 2 }]]);
    const reserved = await pool.reserve();
    same((await reserved`SELECT 5 AS n`)[0].n, 5);
    reserved.release();
    const heard = new Promise((resolve) => pool.listen(ITEMS, resolve, () => sql`INSERT INTO ${sql(ITEMS)} (id) VALUES (400)`.execute()));
    same(typeof (await heard), "string");
    await pool.end();
  });
}

main().then(() => process.exit(0));
