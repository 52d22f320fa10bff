"""psycopg 3: client-side and server-side cursors, both formats, pipelines, its pool."""

import threading
from decimal import Decimal

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from cells import *


def connect(**kw):
    return psycopg.connect("", autocommit=True, **kw)


def state(e):
    return getattr(e, "sqlstate", None)


conn = connect()
one = lambda c=conn: c.execute("SELECT 1").fetchone()[0]


def connects():
    same(conn.info.server_version // 10000, 15)
    same(conn.info.parameter_status("server_encoding"), "UTF8")
    same(conn.info.encoding, "utf-8")
    same(one(), 1)
    same(conn.execute("SELECT current_user").fetchone()[0], SLUG)


def round_trip(first, binary):
    mark = "%b" if binary else "%t"
    insert = f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({', '.join([mark] * len(COLUMNS))})"
    cur = conn.cursor(binary=binary)
    for i, row in enumerate(ROWS):
        row = [Jsonb(v) if COLUMNS[n + 1] == "c_jsonb" and v is not None else v for n, v in enumerate(row)]
        cur.execute(insert, [first + i] + row)
    for i, row in enumerate(ROWS):
        got = cur.execute(f"SELECT * FROM {KINDS} WHERE id = %s", [first + i]).fetchone()
        same(cur.pgresult.fformat(1), int(binary), "format")
        same_row(got[1:], row)


def prepared():
    cur = conn.cursor()
    for i in range(1, 21):
        cur.execute(f"INSERT INTO {ITEMS} (id, name, price, ok) VALUES (%s, %s, %s, %s)", [i, f"item {i}", i * 100, i % 2 == 0])
    for i in range(1, 21):
        got = cur.execute(f"SELECT name, price FROM {ITEMS} WHERE id = %s AND ok = %s", [i, i % 2 == 0]).fetchall()
        same([(n, int(p)) for n, p in got], [(f"item {i}", i * 100)])
    same(len(conn._prepared._names) >= 2, True, "statements that psycopg prepared")
    same(cur.execute(f"SELECT count(*) FROM {ITEMS} WHERE id = ANY(%s)", [[1, 2, 99]]).fetchone()[0], 2)
    same(len(cur.execute(f"SELECT id FROM {ITEMS} ORDER BY id LIMIT %s OFFSET %s", [5, 2]).fetchall()), 5)
    same(cur.execute("SELECT %s", ["x"]).fetchone()[0], "x")
    same(cur.execute("SELECT %s + 1, %s::int8 * 2", [70000, 4]).fetchone(), (70001, 8))
    for n in range(7):  # an int2, an int4 and an int8 of the same place in the text
        same(cur.execute("SELECT %s::text", [10 ** (2 * n)], prepare=True).fetchone()[0], str(10 ** (2 * n)))


def copies():
    rows = [(101, "tab\there", Decimal("1.50"), True), (102, "line\nbreak \\ back", None, None), (103, "", Decimal("3.25"), False)]
    with conn.cursor().copy(f"COPY {ITEMS} (id, name, price, ok) FROM STDIN") as copy:
        for r in rows:
            copy.write_row(r)
    with conn.cursor().copy(f"COPY (SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id) TO STDOUT") as copy:
        copy.set_types(["int4", "text", "numeric", "bool"])
        same(list(copy.rows()), rows)
    with conn.cursor().copy(f"COPY {ITEMS} (id, name, price, ok) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "text", "numeric", "bool"])
        for r in rows:
            copy.write_row((r[0] + 100,) + r[1:])
    with conn.cursor().copy(f"COPY (SELECT id, name, price, ok FROM {ITEMS} WHERE id > 200 ORDER BY id) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["int4", "text", "numeric", "bool"])
        same(list(copy.rows()), [(r[0] + 100,) + r[1:] for r in rows])
    cur = conn.cursor()

    def broken():
        with cur.copy(f"COPY {ITEMS} (id, name) FROM STDIN") as copy:
            copy.write("1\tx\nnot a number\ty\n")

    fails("22P02", state, broken)

    def given_up():
        with cur.copy(f"COPY {ITEMS} (id, name) FROM STDIN") as copy:
            copy.write("901\tx\n")
            raise KeyError("mine")

    try:
        given_up()
    except KeyError:
        pass
    same(cur.execute(f"SELECT count(*) FROM {ITEMS} WHERE id > 900").fetchone()[0], 0)


def metadata():
    cur = conn.execute(f"SELECT id, c_numeric, c_varchar, c_ints FROM {KINDS} LIMIT 0")
    same([(d.name, d.type_display) for d in cur.description],
         [("id", "int4"), ("c_numeric", "numeric(20,5)"), ("c_varchar", "varchar(20)"), ("c_ints", "int4[]")])
    info = psycopg.types.TypeInfo.fetch(conn, "uuid")
    same((info.oid, info.array_oid), (2950, 2951))
    same(psycopg.types.TypeInfo.fetch(conn, "no_such_type"), None)
    same(psycopg.types.enum.EnumInfo.fetch(conn, "no_such_type"), None)
    same(psycopg.types.composite.CompositeInfo.fetch(conn, "no_such_type"), None)
    same(psycopg.types.range.RangeInfo.fetch(conn, "no_such_type"), None)


def tails():
    cur = conn.cursor()
    tail("stream()", cur.stream(TAIL_SQL), conn.cancel_safe, state, one)
    tail("stream() in binary", conn.cursor(binary=True).stream(TAIL_SQL), conn.cancel, state, one)

    def copied():
        with cur.copy(f"COPY (SELECT id, word FROM {TAIL} EMIT CHANGES) TO STDOUT") as copy:
            yield from copy.rows()

    tail("copy()", copied(), conn.cancel_safe, state, one)

    def fetched():
        with conn.transaction(), conn.cursor("follow") as c:
            c.execute(TAIL_SQL)
            while row := c.fetchone():  # iterating takes 100 at a time, and a short batch for the end
                yield row

    tail("a server-side cursor", fetched(), conn.cancel_safe, state, one)


def errors():
    fails("42P01", state, lambda: conn.execute("SELECT * FROM no_such_table"))
    e = fails("42703", state, lambda: conn.execute(f"SELECT nope FROM {ITEMS}"))
    same((e.diag.severity, e.diag.statement_position), ("ERROR", "8"))
    same(type(e), psycopg.errors.UndefinedColumn)
    fails("42601", state, lambda: conn.execute("SELEC 1"))
    fails("22012", state, lambda: conn.execute("SELECT 1 / %s", [0]))
    fails("22P02", state, lambda: conn.execute("SELECT %s::int4", ["x"]))
    fails("22003", state, lambda: conn.execute(f"INSERT INTO {ITEMS} (id) VALUES (%s)", [2**40]))
    fails("3D000", state_at_connect, lambda: psycopg.connect(dbname="no_such_database"))
    codes = []
    with conn.pipeline() as p:
        good = conn.execute("SELECT 7")
        for step in (lambda: conn.execute("SELECT * FROM no_such_table"), lambda: conn.execute("SELECT 8"), p.sync):
            try:
                step()
            except psycopg.Error as e:
                codes.append(state(e))  # None: the pipeline was aborted
        p.sync()
        same((good.fetchone(), codes[0]), ((7,), "42P01"))
        same(conn.execute("SELECT 9").fetchone(), (9,))
    same(one(), 1)


def state_at_connect(e):
    return "3D000" if 'FATAL:  database "no_such_database" does not exist' in str(e) else str(e)


def transactions():
    c = psycopg.connect("")  # begins before its first statement
    count = lambda: conn.execute(f"SELECT count(*) FROM {ITEMS} WHERE id BETWEEN 300 AND 399").fetchone()[0]
    c.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (301, 'a')")
    same(c.info.transaction_status, psycopg.pq.TransactionStatus.INTRANS)
    same(count(), 0)
    c.rollback()
    c.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (302, 'b')")
    try:
        with c.transaction():
            c.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (303, 'c')")
            c.execute("SELECT 1 / 0")
    except psycopg.errors.DivisionByZero:
        pass
    c.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (304, 'd')")
    c.commit()
    same([r[0] for r in conn.execute(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id")], [302, 304])
    fails("22012", state, lambda: c.execute("SELECT 1 / 0"))
    fails("25P02", state, lambda: c.execute("SELECT 1"))
    c.rollback()
    same(one(c), 1)
    c.rollback()
    c.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    c.read_only = True
    fails("25006", state, lambda: c.execute(f"INSERT INTO {ITEMS} (id) VALUES (305)"))
    c.close()


def pools():
    with ConnectionPool("", min_size=2, max_size=3, kwargs={"application_name": "pooled"}) as pool:
        pool.wait(5)
        with pool.connection() as c:
            c.execute("SET application_name = 'changed'")
            same(c.execute("SHOW application_name").fetchone()[0], "changed")
        try:
            with pool.connection() as c:
                c.execute("SELECT 1 / 0")
        except psycopg.errors.DivisionByZero:
            pass
        results = []
        threads = [threading.Thread(target=lambda: results.append(pooled(pool))) for _ in range(6)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        same(results, [1] * 6)
    cur = conn.cursor()
    cur.executemany(f"INSERT INTO {ITEMS} (id, name) VALUES (%s, %s)", [(400 + i, f"m {i}") for i in range(50)])
    same(cur.rowcount, 50)
    with conn.pipeline():
        cursors = [conn.execute(f"SELECT name FROM {ITEMS} WHERE id = %s", [400 + i]) for i in range(50)]
        same([c.fetchone()[0] for c in cursors], [f"m {i}" for i in range(50)])
    conn.execute("DISCARD ALL")
    same(one(), 1)


def pooled(pool):
    with pool.connection() as c:
        return one(c)


say("version", psycopg.__version__)
cell("connect", connects)
cell("text", lambda: round_trip(1, False))
cell("binary", lambda: round_trip(11, True))
cell("prepared", prepared)
cell("copy", copies)
cell("metadata", metadata)
tails()
cell("errors", errors)
cell("transactions", transactions)
cell("pool", pools)
