"""pg8000: a driver in Python alone; text both ways, unnamed and named statements."""

import io
from decimal import Decimal

import pg8000
import pg8000.dbapi
import pg8000.native
from importlib.metadata import version

from cells import *


def connect():
    return pg8000.native.Connection(USER, host=HOST, port=int(PORT), database=DATABASE, timeout=30)


def state(e):
    return e.args[0].get("C") if e.args and isinstance(e.args[0], dict) else None


conn = connect()
one = lambda: conn.run("SELECT 1")[0][0]


def connects():
    same(dict(conn.parameter_statuses)["server_version"].startswith("15"), True)
    same(one(), 1)


def text():
    names = [f":{c}" for c in COLUMNS]
    for i, row in enumerate(ROWS):
        conn.run(f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({', '.join(names)})", id=1 + i, **dict(zip(COLUMNS[1:], row)))
    for i, row in enumerate(ROWS):
        got = conn.run(f"SELECT * FROM {KINDS} WHERE id = :id", id=1 + i)
        same_row(got[0][1:], row)


def prepared():
    put = conn.prepare(f"INSERT INTO {ITEMS} (id, name, price, ok) VALUES (:id, :name, :price, :ok)")
    for i in range(1, 11):
        put.run(id=i, name=f"item {i}", price=Decimal(i) / 4, ok=i % 2 == 0)
    get = conn.prepare(f"SELECT name, price FROM {ITEMS} WHERE id = :id")
    for i in range(1, 11):
        same(get.run(id=i), [[f"item {i}", Decimal(i) / 4]])
    same([c["name"] for c in get.columns], ["name", "price"])
    put.close()
    get.close()
    same(conn.run(f"SELECT count(*) FROM {ITEMS} WHERE id = ANY(:ids)", ids=[1, 2, 99]), [[2]])
    same(conn.run("SELECT :v", v="x"), [["x"]])
    same(conn.run("SELECT cast(:v as int) + 1", v=41), [[42]])
    same(len(conn.run(f"SELECT id FROM {ITEMS} ORDER BY id LIMIT :n OFFSET :m", n=5, m=2)), 5)


def copies():
    data = "101\ttab\\there\t1.50\tt\n102\tline\\nbreak \\\\ back\t\\N\t\\N\n103\t\t3.25\tf\n"
    conn.run(f"COPY {ITEMS} (id, name, price, ok) FROM STDIN", stream=io.StringIO(data))
    same(conn.row_count, 3)
    out = io.StringIO()
    conn.run(f"COPY (SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id) TO STDOUT", stream=out)
    same(out.getvalue(), data)
    out = io.BytesIO()
    conn.run(f"COPY (SELECT id, name FROM {ITEMS} WHERE id > 100 ORDER BY id) TO STDOUT WITH (FORMAT binary)", stream=out)
    conn.run(f"DELETE FROM {ITEMS} WHERE id > 100")
    conn.run(f"COPY {ITEMS} (id, name) FROM STDIN WITH (FORMAT binary)", stream=io.BytesIO(out.getvalue()))
    same(conn.row_count, 3)
    fails("22P02", state, lambda: conn.run(f"COPY {ITEMS} (id, name) FROM STDIN", stream=io.StringIO("1\tx\nno\ty\n")))


def metadata():
    conn.run(f"SELECT id, c_numeric, c_varchar, c_ints FROM {KINDS} LIMIT 0")
    same([(c["name"], c["type_oid"], c["type_modifier"]) for c in conn.columns],
         [("id", 23, -1), ("c_numeric", 1700, (20 << 16 | 5) + 4), ("c_varchar", 1043, 24), ("c_ints", 1007, -1)])
    same(conn.columns[0]["table_oid"], conn.run("SELECT CAST(:t AS regclass)::oid", t=KINDS)[0][0])
    got = conn.run("""SELECT c.column_name, c.data_type FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_name = :t ORDER BY c.ordinal_position LIMIT 3""", t=KINDS)
    same(got, [["id", "integer"], ["c_bool", "boolean"], ["c_int2", "smallint"]])


def tails():
    pid = conn.run("SELECT pg_backend_pid()")[0][0]
    second = connect()

    def fetched(n):
        conn.run("BEGIN")
        try:
            conn.run(f"DECLARE follow CURSOR FOR {TAIL_SQL}")
            while rows := conn.run(f"FETCH {n} FROM follow"):
                yield from rows
        finally:
            conn.run("ROLLBACK")

    cancel = lambda: same(second.run("SELECT pg_cancel_backend(:pid)", pid=pid), [[True]])
    tail("FETCH 1", fetched(1), cancel, state, one)
    tail("FETCH 100", fetched(100), cancel, state, one)
    second.close()


def errors():
    fails("42P01", state, lambda: conn.run("SELECT * FROM no_such_table"))
    e = fails("42703", state, lambda: conn.run(f"SELECT nope FROM {ITEMS}"))
    same((e.args[0]["S"], e.args[0]["P"]), ("ERROR", "8"))
    fails("42601", state, lambda: conn.run("SELEC 1"))
    fails("22012", state, lambda: conn.run("SELECT 1 / cast(:v as int)", v=0))
    fails("22P02", state, lambda: conn.run("SELECT cast(:v as int)", v="x"))
    fails("3D000", state, lambda: pg8000.native.Connection(USER, host=HOST, port=int(PORT), database="no_such_database"))
    same(one(), 1)


def transactions():
    c = pg8000.dbapi.connect(USER, host=HOST, port=int(PORT), database=DATABASE)
    cur = c.cursor()
    cur.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (%s, %s)", (301, "a"))
    c.rollback()
    cur.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (%s, %s)", (302, "b"))
    cur.execute("SAVEPOINT here")
    cur.execute(f"INSERT INTO {ITEMS} (id, name) VALUES (%s, %s)", (303, "c"))
    fails("22012", state, lambda: cur.execute("SELECT 1 / 0"))
    fails("25P02", state, lambda: cur.execute("SELECT 1"))
    cur.execute("ROLLBACK TO SAVEPOINT here")
    c.commit()
    same(conn.run(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id"), [[302]])
    c.close()


say("version", version("pg8000"))
cell("connect", connects)
cell("text", text)
cell("prepared", prepared)
cell("copy", copies)
cell("metadata", metadata)
tails()
cell("errors", errors)
cell("transactions", transactions)
