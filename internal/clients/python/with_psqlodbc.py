"""psqlODBC by pyodbc: server-side prepares, declare/fetch cursors, the catalog functions of ODBC."""

import datetime as dt
import glob
from decimal import Decimal

import pyodbc

from cells import *

pyodbc.pooling = False
DRIVER = glob.glob("/usr/lib/*/odbc/psqlodbcw.so")[0]


def connect(**options):
    more = "".join(f";{k}={v}" for k, v in options.items())
    base = {"Database": DATABASE, **options}
    return pyodbc.connect(f"Driver={DRIVER};Server={HOST};Port={PORT};UID={USER};SSLmode=disable;BoolsAsChar=0;MaxVarcharSize=255;ByteaAsLongVarBinary=1;"
                          + ";".join(f"{k}={v}" for k, v in base.items()), autocommit=True)


def state(e):
    return e.args[0] if isinstance(e, pyodbc.Error) else None


conn = connect()
ask = lambda sql, *args, c=conn: [tuple(r) for r in c.execute(sql, *args).fetchall()]
one = lambda: ask("SELECT 1")[0][0]


def connects():
    same(conn.getinfo(pyodbc.SQL_DBMS_NAME), "PostgreSQL")
    same(conn.getinfo(pyodbc.SQL_DBMS_VER).startswith("15."), True)
    same(one(), 1)


def text():
    sql = f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    for i, row in enumerate(ROWS):
        # What ODBC has no type for goes as text: intervals, JSON, UUIDs with nothing before, arrays, times with microseconds.
        sent = [v if n < 11 or n == 15 or v is None else TEXTS[n][1 + i] for n, v in enumerate(row)]
        conn.execute(sql, 1 + i, *sent)
    for i, row in enumerate(ROWS):
        got = ask(f"SELECT {', '.join(COLUMNS[1:13])} FROM {KINDS} WHERE id = ?", 1 + i)[0]
        same(got, tuple(row[:12]))
        for name, one_, two in TEXTS[12:]:
            same(ask(f"SELECT {name}::text FROM {KINDS} WHERE id = ?", 1 + i), [((one_, two, None)[i],)], name)
    stamp = ask(f"SELECT c_timestamptz, c_uuid FROM {KINDS} WHERE id = 1")[0]
    same(stamp[0].replace(tzinfo=UTC), ROWS[0][12])


def prepared():
    for useserver in ("1", "0"):
        c = connect(UseServerSidePrepare=useserver)
        base = 1 + 20 * int(useserver)
        cur = c.cursor()
        for i in range(base, base + 10):
            cur.execute(f"INSERT INTO {ITEMS} (id, name, price, ok) VALUES (?, ?, ?, ?)", i, f"item {i}", Decimal(i) / 4, i % 2 == 0)
        for i in range(base, base + 10):
            same(ask(f"SELECT name, price FROM {ITEMS} WHERE id = ? AND name LIKE ?", i, "item%", c=c), [(f"item {i}", Decimal(i) / 4)])
        same(ask("SELECT ?::int + 1, ?::text", 41, "x", c=c), [(42, "x")])
        same(len(ask(f"SELECT id FROM {ITEMS} ORDER BY id LIMIT ?", 5, c=c)), 5)
        cur.executemany(f"INSERT INTO {ITEMS} (id, name) VALUES (?, ?)", [(base + 50 + i, f"m {i}") for i in range(10)])
        same(ask(f"SELECT count(*) FROM {ITEMS} WHERE id >= ? AND id < ?", base + 50, base + 60, c=c), [(10,)])
        c.close()


def metadata():
    cur = conn.cursor()
    tables = {r.table_name: r.table_type for r in cur.tables(schema="public")}
    same([tables.get(t) for t in (KINDS, ITEMS, PAIRS, TAIL)], ["TABLE"] * 4)
    got = [(r.column_name, r.type_name, r.column_size, r.nullable) for r in cur.columns(table=PAIRS)]
    same(got, [("area", "text", 8190, 0), ("n", "int4", 10, 0), ("note", "varchar", 40, 1)])
    got = {r.column_name: (r.type_name, r.column_size, r.decimal_digits) for r in cur.columns(table=KINDS)}
    same((list(got), got["c_numeric"], got["c_uuid"][0], got["c_ints"][0]), (COLUMNS, ("numeric", 20, 5), "uuid", "_int4"))
    same([(r.column_name, r.key_seq) for r in cur.primaryKeys(PAIRS)], [("area", 1), ("n", 2)])
    same([r.column_name for r in cur.statistics(PAIRS, unique=True) if r.index_name], ["area", "n"])
    same(list(cur.foreignKeys(PAIRS)), [])
    same(any(r.procedure_name == "count" for r in cur.procedures()), True)
    same(len(list(cur.getTypeInfo())) > 10, True)
    cur.execute(f"SELECT id, c_numeric, c_varchar, c_timestamptz FROM {KINDS}")
    same([(d[0], d[1]) for d in cur.description], [("id", int), ("c_numeric", Decimal), ("c_varchar", str), ("c_timestamptz", dt.datetime)])


def tails():
    c = connect(UseDeclareFetch="1", Fetch="1")
    pid = ask("SELECT pg_backend_pid()", c=c)[0][0]
    cur = c.cursor()

    def rows():
        cur.execute(TAIL_SQL)
        while row := cur.fetchone():
            yield tuple(row)

    def again():
        c.rollback()
        return ask("SELECT 1", c=c)[0][0]

    c.autocommit = False
    # SQLCancel does nothing while SQLFetch waits, so the server is asked.
    tail("UseDeclareFetch", rows(), lambda: ask("SELECT pg_cancel_backend(?)", pid), state, again)

    def executed_again():
        for row in rows():
            yield row
            if row[1] == "last":
                break
        cur.close()
        waiting.execute(TAIL_SQL)  # waits for its first row
        yield (-1, "none")

    waiting = c.cursor()
    tail("SQLCancel", executed_again(), waiting.cancel, state, again)
    c.close()


def errors():
    fails("42P01", state, lambda: ask("SELECT * FROM no_such_table"))
    fails("42703", state, lambda: ask(f"SELECT nope FROM {ITEMS}"))
    fails("42601", state, lambda: ask("SELEC 1"))
    fails("22012", state, lambda: ask("SELECT 1 / ?::int", 0))
    fails("22P02", state, lambda: ask("SELECT ?::text::int", "x"))
    e = fails("08001", state, lambda: connect(Database="no_such_database"))
    same('database "no_such_database" does not exist' in str(e), True)
    same(one(), 1)


def transactions():
    c = connect()
    c.autocommit = False
    c.execute(f"INSERT INTO {ITEMS} (id) VALUES (301)")
    c.rollback()
    c.execute(f"INSERT INTO {ITEMS} (id) VALUES (302)")
    fails("22012", state, lambda: ask("SELECT 1 / 0", c=c))  # a savepoint of the driver's keeps the transaction alive
    c.execute(f"INSERT INTO {ITEMS} (id) VALUES (303)")
    c.commit()
    same(ask(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id"), [(302,), (303,)])
    c.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, pyodbc.SQL_TXN_SERIALIZABLE)
    same(ask("SHOW transaction_isolation", c=c), [("serializable",)])
    c.close()


say("version", conn.getinfo(pyodbc.SQL_DRIVER_VER).lstrip("0"))
cell("connect", connects)
cell("text", text)
cell("prepared", prepared)
cell("metadata", metadata)
tails()
cell("errors", errors)
cell("transactions", transactions)
