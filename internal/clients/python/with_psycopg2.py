"""psycopg2: one text protocol, simple queries only."""

import io
from decimal import Decimal

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
import psycopg2.pool

from cells import *

psycopg2.extras.register_uuid()


def connect():
    c = psycopg2.connect("")
    c.autocommit = True
    return c


def state(e):
    return getattr(e, "pgcode", None)


conn = connect()


def ask(sql, args=None, c=None):
    with (c or conn).cursor() as cur:
        cur.execute(sql, args)
        return cur.fetchall() if cur.description else cur.rowcount


one = lambda: ask("SELECT 1")[0][0]


def connects():
    same(conn.server_version // 10000, 15)
    same(conn.encoding, "UTF8")
    same(conn.protocol_version, 3)
    same(one(), 1)


def text():
    sql = f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
    for i, row in enumerate(ROWS):
        row = [psycopg2.extras.Json(v) if COLUMNS[n + 1] == "c_jsonb" and v is not None else v for n, v in enumerate(row)]
        # An empty or UUID array needs its type: psycopg2 writes '{}' and ARRAY['..'::uuid].
        same(ask(sql, [1 + i] + row), 1, "rowcount")
    for i, row in enumerate(ROWS):
        got = list(ask(f"SELECT * FROM {KINDS} WHERE id = %s", [1 + i])[0][1:])
        got[9] = bytes(got[9]) if got[9] is not None else None  # memoryview
        same_row(got, row)


def prepared():
    ask(f"PREPARE put (int, text, numeric, bool) AS INSERT INTO {ITEMS} (id, name, price, ok) VALUES ($1, $2, $3, $4)")
    for i in range(1, 11):
        same(ask("EXECUTE put (%s, %s, %s, %s)", [i, f"item {i}", Decimal(i) / 4, i % 2 == 0]), 1)
    ask(f"PREPARE get AS SELECT name, price FROM {ITEMS} WHERE id = $1")
    for i in range(1, 11):
        same(ask("EXECUTE get (%s)", [i]), [(f"item {i}", Decimal(i) / 4)])
    same([r[0] for r in ask("SELECT name FROM pg_prepared_statements ORDER BY 1")], ["get", "put"])
    ask("DEALLOCATE put")
    fails("26000", state, lambda: ask("EXECUTE put (1, 'x', 1, true)"))
    with conn.cursor() as cur:
        psycopg2.extras.execute_values(cur, f"INSERT INTO {ITEMS} (id, name) VALUES %s", [(20 + i, f"v {i}") for i in range(30)])
        psycopg2.extras.execute_batch(cur, f"INSERT INTO {ITEMS} (id, name) VALUES (%s, %s)", [(60 + i, f"b {i}") for i in range(30)])
    same(ask(f"SELECT count(*) FROM {ITEMS} WHERE id = ANY(%s)", [list(range(20, 90))]), [(60,)])
    same(ask(f"SELECT count(*) FROM {ITEMS} WHERE id IN %s", [(20, 21, 99)]), [(2,)])


def copies():
    rows = [(101, "tab\there", Decimal("1.50"), True), (102, "line\nbreak \\ back", None, None), (103, "", Decimal("3.25"), False)]
    data = "101\ttab\\there\t1.50\tt\n102\tline\\nbreak \\\\ back\t\\N\t\\N\n103\t\t3.25\tf\n"
    with conn.cursor() as cur:
        cur.copy_from(io.StringIO(data), ITEMS, columns=("id", "name", "price", "ok"))
        same(cur.rowcount, 3)
        same(ask(f"SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id"), rows)
        out = io.StringIO()
        cur.copy_expert(f"COPY (SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id) TO STDOUT", out)
        same(out.getvalue(), data)
        out = io.StringIO()
        cur.copy_to(out, ITEMS, columns=("id", "name"))
        same(len(out.getvalue().splitlines()), ask(f"SELECT count(*) FROM {ITEMS}")[0][0])
        out = io.StringIO()
        cur.copy_expert(f"COPY (SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", out)
        same(out.getvalue(), 'id,name,price,ok\n101,tab\there,1.50,t\n102,"line\nbreak \\ back",,\n103,"",3.25,f\n')
        fails("22P02", state, lambda: cur.copy_expert(f"COPY {ITEMS} (id, name) FROM STDIN", io.StringIO("1\tx\nno\ty\n")))


def metadata():
    with conn.cursor() as cur:
        cur.execute(f"SELECT id, c_numeric, c_varchar, c_ints FROM {KINDS} LIMIT 0")
        same([(d.name, d.type_code, d.precision, d.scale) for d in cur.description],
             [("id", 23, None, None), ("c_numeric", 1700, 20, 5), ("c_varchar", 1043, None, None), ("c_ints", 1007, None, None)])
        same(cur.description[0].table_oid, ask("SELECT %s::regclass::oid", [KINDS])[0][0])
        same(cur.description[1].table_column, ask(
            "SELECT attnum FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'c_numeric'", [KINDS])[0][0])
    same(psycopg2.extras.HstoreAdapter.get_oids(conn), ((), ()))
    fails(None, state, lambda: psycopg2.extras.register_composite("no_such_type", conn))


def tails():
    def named(**kw):
        conn.autocommit = False
        try:
            with conn.cursor("follow", **kw) as cur:
                cur.itersize = 500
                cur.execute(TAIL_SQL)
                yield from cur
        finally:
            conn.rollback()
            conn.autocommit = True

    tail("a named cursor", named(), conn.cancel, state, one)

    def held():
        with conn.cursor("held", withhold=True) as cur:
            cur.execute(TAIL_SQL)
            while row := cur.fetchone():
                yield row

    tail("a named cursor WITH HOLD", held(), conn.cancel, state, one)

    class Lines(io.TextIOBase):
        def write(self, text):
            id, word = text.rstrip("\n").split("\t")
            say("row", id, word)
            if word == "last":
                threading.Timer(0.2, lambda: (say("cancel"), conn.cancel())).start()

    say("open", "copy_expert()")
    try:
        conn.cursor().copy_expert(f"COPY (SELECT id, word FROM {TAIL} EMIT CHANGES) TO STDOUT", Lines())
        say("stopped", "00000")
    except psycopg2.Error as e:
        say("stopped", e.pgcode)
    same(one(), 1)
    say("again")


def errors():
    fails("42P01", state, lambda: ask("SELECT * FROM no_such_table"))
    e = fails("42703", state, lambda: ask(f"SELECT nope FROM {ITEMS}"))
    same((type(e), e.diag.severity, e.diag.statement_position), (psycopg2.errors.UndefinedColumn, "ERROR", "8"))
    fails("42601", state, lambda: ask("SELEC 1"))
    fails("22012", state, lambda: ask("SELECT 1 / 0"))
    fails("22P02", state, lambda: ask("SELECT %s::int", ["x"]))
    fails("42P01", state, lambda: ask("SELECT 1; SELECT * FROM no_such_table; SELECT 2"))
    e = fails(None, state, lambda: psycopg2.connect(dbname="no_such_database"))
    same('FATAL:  database "no_such_database" does not exist' in str(e), True, str(e))
    same(one(), 1)


def transactions():
    c = psycopg2.connect("")
    with c:
        ask(f"INSERT INTO {ITEMS} (id, name) VALUES (301, 'a')", c=c)
    try:
        with c:
            ask(f"INSERT INTO {ITEMS} (id, name) VALUES (302, 'b')", c=c)
            ask("SELECT 1 / 0", c=c)
    except psycopg2.errors.DivisionByZero:
        pass
    ask(f"INSERT INTO {ITEMS} (id, name) VALUES (303, 'c')", c=c)
    ask("SAVEPOINT here", c=c)
    ask(f"INSERT INTO {ITEMS} (id, name) VALUES (304, 'd')", c=c)
    fails("22012", state, lambda: ask("SELECT 1 / 0", c=c))
    fails("25P02", state, lambda: ask("SELECT 1", c=c))
    ask("ROLLBACK TO SAVEPOINT here", c=c)
    same(c.status, psycopg2.extensions.STATUS_BEGIN)
    c.commit()
    same(ask(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id"), [(301,), (303,)])
    c.set_session(isolation_level="SERIALIZABLE", readonly=True)
    fails("25006", state, lambda: ask(f"INSERT INTO {ITEMS} (id) VALUES (305)", c=c))
    c.rollback()
    c.close()


def pools():
    pool = psycopg2.pool.ThreadedConnectionPool(1, 4, "")
    c = pool.getconn()
    ask("SET application_name = 'changed'", c=c)
    pool.putconn(c)
    c = pool.getconn()
    same(c.info.transaction_status, psycopg2.extensions.TRANSACTION_STATUS_IDLE)
    c.reset()  # ROLLBACK; RESET ALL; SET SESSION AUTHORIZATION DEFAULT
    same(ask("SHOW application_name", c=c), [("",)])
    pool.putconn(c)
    pool.closeall()


say("version", psycopg2.__version__.split()[0])
cell("connect", connects)
cell("text", text)
cell("prepared", prepared)
cell("copy", copies)
cell("metadata", metadata)
tails()
cell("errors", errors)
cell("transactions", transactions)
cell("pool", pools)
