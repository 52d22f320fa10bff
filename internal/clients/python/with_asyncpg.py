"""asyncpg: binary throughout, cursors by portals, its pool's reset."""

import asyncio
import json

import asyncpg

from cells import *

INSERT = f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({', '.join(f'${i + 1}' for i in range(len(COLUMNS)))})"


def state(e):
    return getattr(e, "sqlstate", None)


async def connects(conn):
    same(conn.get_server_version().major, 15)
    same(conn.get_settings().server_encoding, "UTF8")
    same(await conn.fetchval("SELECT 1"), 1)


async def round_trip(conn, first):
    for i, row in enumerate(ROWS):
        await conn.execute(INSERT, first + i, *row)
    for i, row in enumerate(ROWS):
        same_row((await conn.fetchrow(f"SELECT * FROM {KINDS} WHERE id = $1", first + i))[1:], row)


async def binary(conn):
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    await round_trip(conn, 11)
    rows = await conn.fetch("SELECT $1::int2, $2::float4, $3::name, $4::oid, $5::interval", 7, 0.5, "n", 26, ROWS[0][13])
    same(tuple(rows[0]), (7, 0.5, "n", 26, ROWS[0][13]))
    await text()


async def text():
    """Codecs in text for every type make asyncpg send and ask for text."""
    conn = await asyncpg.connect()
    names = "bool int2 int4 int8 float4 float8 numeric text varchar bytea date time timestamptz interval jsonb uuid".split()
    for name in names:
        await conn.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=str, format="text")
    scalars = ", ".join(COLUMNS[:17])
    r = await conn.fetchrow(f"SELECT {scalars} FROM {KINDS} WHERE id::text = '11'")
    plain = [r[c] for c in COLUMNS[1:17]]
    values = ", ".join(f"${i + 1}" for i in range(17))
    await conn.execute(f"INSERT INTO {KINDS} ({scalars}) VALUES ({values})", "21", *plain)
    again = await conn.fetchrow(f"SELECT {scalars} FROM {KINDS} WHERE id::text = '21'")
    same([again[c] for c in COLUMNS[1:17]], plain)
    same(plain[:4] + plain[12:13], ["t", "-12345", "2000000000", "9007199254740993", "2026-11-20 04:38:16.682764+00"])
    await conn.close()


async def prepared(conn):
    put = await conn.prepare(f"INSERT INTO {ITEMS} (id, name, price, ok) VALUES ($1, $2, $3, $4)")
    same([t.name for t in put.get_parameters()], ["int4", "text", "numeric", "bool"])
    for i in range(1, 11):
        await put.fetch(i, f"item {i}", i * 10, i % 2 == 0)
    get = await conn.prepare(f"SELECT name, price FROM {ITEMS} WHERE id = $1 OR name LIKE $2 || '%'")
    same([(a.name, a.type.name) for a in get.get_attributes()], [("name", "text"), ("price", "numeric")])
    for i in range(1, 11):
        same(tuple(await get.fetchrow(i, "nothing")), (f"item {i}", i * 10))
    same(await conn.fetchval(f"SELECT count(*) FROM {ITEMS} WHERE id = ANY($1::int[])", [1, 2, 99]), 2)
    same(len(await conn.fetch(f"SELECT id FROM {ITEMS} ORDER BY id LIMIT $1 OFFSET $2", 5, 2)), 5)
    same(await conn.fetchval("SELECT $1", "x"), "x")
    same(await conn.fetchval("SELECT $1 + 1", 41), 42)
    same(await conn.fetchval("SELECT coalesce($1, 7)", None), 7)
    same(await put.explain(1, "x", 1, True) is not None, True)


async def copies(conn):
    rows = [(101, "tab\there", None, True), (102, "line\nbreak \\ back", None, None), (103, "", None, False)]
    names = ["id", "name", "price", "ok"]
    same(await conn.copy_records_to_table(ITEMS, records=rows, columns=names), "COPY 3")
    same([tuple(r) for r in await conn.fetch(f"SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id")], rows)
    out = []

    async def keep(data):
        out.append(data)

    got = await conn.copy_from_query(f"SELECT id, name FROM {ITEMS} WHERE id > $1 ORDER BY id", 100, output=keep, format="csv")
    same((got, b"".join(out)), ("COPY 3", b'101,tab\there\n102,"line\nbreak \\ back"\n103,""\n'))
    out.clear()
    same(await conn.copy_from_table(ITEMS, columns=names, output=keep, format="binary"), f"COPY {await conn.fetchval(f'SELECT count(*) FROM {ITEMS}')}")

    async def source():
        yield b"111\tone\n"
        yield b"112\ttw"
        yield b"o\n"

    same(await conn.copy_to_table(ITEMS, source=source(), columns=["id", "name"]), "COPY 2")

    async def broken():
        yield b"1\tx\nno\ty\n"

    await fails_in("22P02", conn.copy_to_table(ITEMS, source=broken(), columns=["id", "name"]))


async def metadata(conn):
    st = await conn.prepare(f"SELECT id, c_numeric, c_varchar, c_ints FROM {KINDS}")
    same([(a.name, a.type.name, a.type.kind) for a in st.get_attributes()],
         [("id", "int4", "scalar"), ("c_numeric", "numeric", "scalar"), ("c_varchar", "varchar", "scalar"), ("c_ints", "int4[]", "array")])
    await conn.reload_schema_state()
    # The recursive query over pg_type, which runs when an OID is not known.
    from asyncpg import introspection
    same(len(await conn.fetch(introspection.INTRO_LOOKUP_TYPES, [2950, 1007, 3802])) >= 3, True, "types introspected")
    fresh = await asyncpg.connect()
    same(str((await fresh.fetchrow("SELECT 'pg_class'::regclass AS c"))["c"]), "pg_class")
    await fresh.close()


async def follow(conn, how, rows):
    say("open", how)
    waiting = asyncio.ensure_future(to_last(rows))
    await waiting
    task = asyncio.ensure_future(anext(rows))
    await asyncio.sleep(0.2)
    say("cancel")
    task.cancel()  # asyncpg sends a CancelRequest
    try:
        await task
        say("stopped", "00000")
    except asyncio.CancelledError:
        say("stopped", "57014")  # its form in asyncio
    except Exception as e:
        say("stopped", state(e) or repr(e))


async def to_last(rows):
    async for id, word in rows:
        say("row", id, word)
        if word == "last":
            return


async def tails(conn):
    tx = conn.transaction()
    await tx.start()
    await follow(conn, "a cursor", aiter(conn.cursor(TAIL_SQL)))
    await tx.rollback()
    same(await conn.fetchval("SELECT 1"), 1)
    say("again")

    tx = conn.transaction()
    await tx.start()
    cur = await conn.cursor(TAIL_SQL)

    async def fetched():
        while row := await cur.fetchrow():  # fetch(n) takes a short batch for the end
            yield tuple(row)

    await follow(conn, "fetchrow() of a cursor", fetched())
    await tx.rollback()
    same(await conn.fetchval("SELECT 1"), 1)
    say("again")


async def fails_in(code, awaitable):
    try:
        await awaitable
    except Exception as e:
        same(state(e), code, f"SQLSTATE of {e}")
        return e
    raise AssertionError(f"no error, want {code}")


async def errors(conn):
    await fails_in("42P01", conn.fetch("SELECT * FROM no_such_table"))
    e = await fails_in("42703", conn.fetch(f"SELECT nope FROM {ITEMS}"))
    same((type(e), e.severity, e.position), (asyncpg.UndefinedColumnError, "ERROR", "8"))
    await fails_in("42601", conn.execute("SELEC 1"))
    await fails_in("22012", conn.fetchval("SELECT 1 / $1::int", 0))
    await fails_in("22003", conn.fetchval("SELECT $1::int4 + 2147483647", 1))
    try:
        await conn.fetchval("SELECT pg_sleep(5)", timeout=0.2)
    except asyncio.TimeoutError:
        pass
    same(await conn.fetchval("SELECT 1"), 1)
    await fails_in("3D000", asyncpg.connect(database="no_such_database"))


async def transactions(conn):
    put = lambda id: conn.execute(f"INSERT INTO {ITEMS} (id) VALUES ($1)", id)
    async with conn.transaction():
        await put(301)
        try:
            async with conn.transaction():  # a savepoint
                await put(302)
                await conn.fetchval("SELECT 1 / 0")
        except asyncpg.DivisionByZeroError:
            pass
        await put(303)
    try:
        async with conn.transaction(isolation="serializable"):
            await put(304)
            raise KeyError
    except KeyError:
        pass
    same([r[0] for r in await conn.fetch(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id")], [301, 303])
    tx = conn.transaction(readonly=True)
    await tx.start()
    await fails_in("25006", put(305))
    await fails_in("25P02", conn.fetchval("SELECT 1"))
    await tx.rollback()


async def pools(conn):
    pool = await asyncpg.create_pool(min_size=2, max_size=3)
    async with pool.acquire() as c:
        await c.execute("SET application_name = 'changed'; LISTEN something")
    # A release sends pg_advisory_unlock_all, CLOSE ALL, UNLISTEN *, RESET ALL.
    same(await pool.fetchval("SHOW application_name"), "")
    same(await asyncio.gather(*(pool.fetchval("SELECT $1::int", i) for i in range(20))), list(range(20)))
    await pool.executemany(f"INSERT INTO {ITEMS} (id, name) VALUES ($1, $2)", [(400 + i, f"m {i}") for i in range(50)])
    same(await pool.fetchval(f"SELECT count(*) FROM {ITEMS} WHERE id BETWEEN 400 AND 449"), 50)
    heard = asyncio.get_running_loop().create_future()
    await conn.add_listener(KINDS, lambda *a: heard.done() or heard.set_result(a[2]))
    await pool.execute(f"INSERT INTO {KINDS} (id) VALUES (99)")
    same(await asyncio.wait_for(heard, 5), KINDS)
    await conn.reset()
    await pool.close()


async def main():
    say("version", asyncpg.__version__)
    conn = await asyncpg.connect()

    async def run(name, awaitable):
        try:
            await awaitable
        except Exception as e:
            failed(name, e)
        else:
            say("ok", name)

    await run("connect", connects(conn))
    await run("binary", binary(conn))
    await run("prepared", prepared(conn))
    await run("copy", copies(conn))
    await run("metadata", metadata(conn))
    await tails(conn)
    await run("errors", errors(conn))
    await run("transactions", transactions(conn))
    await run("pool", pools(conn))
    await conn.close()


asyncio.run(main())
