"""SQLAlchemy over psycopg 3: reflection, Core and ORM, its pool."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg

from cells import *

URL = sa.URL.create("postgresql+psycopg", username=USER, host=HOST, port=int(PORT), database=DATABASE)
engine = sa.create_engine(URL)
meta = sa.MetaData()


def state(e):
    return getattr(getattr(e, "orig", e), "sqlstate", None)


def connects():
    with engine.connect() as c:
        same(c.scalar(sa.text("SELECT 1")), 1)
        same(engine.dialect.server_version_info[0], 15)
        same(engine.dialect.default_schema_name, "public")


def round_trip(first, **options):
    kinds = sa.Table(KINDS, sa.MetaData(), autoload_with=engine)
    with engine.begin() as c:
        for i, row in enumerate(ROWS):
            values = dict(zip(COLUMNS, [first + i] + row))
            if values["c_jsonb"] is None:
                values["c_jsonb"] = sa.null()  # None is JSON's null
            c.execute(kinds.insert().values(values))
    with engine.connect() as c:
        for i, row in enumerate(ROWS):
            got = list(c.execute(kinds.select().where(kinds.c.id == first + i)).one())[1:]
            same_row(got, row)


def prepared():
    items = sa.Table(ITEMS, meta, autoload_with=engine)
    with engine.begin() as c:
        c.execute(items.insert(), [{"id": i, "name": f"item {i}", "price": i, "ok": i % 2 == 0} for i in range(1, 11)])
        r = c.execute(items.insert().values(id=20, name="returned").returning(items.c.id))
        same(r.scalar_one(), 20)
    with engine.connect() as c:
        for i in range(1, 11):
            same(c.scalar(sa.select(items.c.name).where(items.c.id == i, items.c.ok == (i % 2 == 0))), f"item {i}")
        same(c.scalar(sa.select(sa.func.count()).where(items.c.id.in_([1, 2, 99]))), 2)
        same(len(c.execute(items.select().order_by(items.c.id.desc()).limit(5).offset(2)).all()), 5)
        same(c.scalar(sa.select(sa.func.sum(items.c.price)).where(items.c.price > sa.bindparam("low")), {"low": 5}), 40)
        same(c.scalar(sa.select(sa.literal("x") + sa.literal("y"))), "xy")
        same(c.scalar(sa.select(sa.cast(sa.literal(3), sa.Float) / 2)), 1.5)
        case = sa.case((items.c.id < 3, "low"), else_="high").label("level")
        same(c.execute(sa.select(case, sa.func.count()).where(items.c.id <= 10).group_by(case).order_by(case)).all(), [("high", 8), ("low", 2)])


def metadata():
    look = sa.inspect(engine)
    same("public" in look.get_schema_names(), True)
    same({KINDS, ITEMS, PAIRS} <= set(look.get_table_names()), True)
    same((look.has_table(KINDS), look.has_table("no_such_table")), (True, False))
    cols = {c["name"]: c for c in look.get_columns(KINDS)}
    same(list(cols), COLUMNS)
    same([cols[n]["type"].compile(dialect=engine.dialect) for n in ("id", "c_numeric", "c_varchar", "c_timestamptz", "c_jsonb", "c_ints", "c_interval", "c_float8")],
         ["INTEGER", "NUMERIC(20, 5)", "VARCHAR(20)", "TIMESTAMP WITH TIME ZONE", "JSONB", "INTEGER[]", "INTERVAL", "DOUBLE PRECISION"])
    same((cols["id"]["nullable"], cols["c_text"]["nullable"]), (False, True))
    same(look.get_pk_constraint(PAIRS)["constrained_columns"], ["area", "n"])
    same((look.get_foreign_keys(PAIRS), look.get_unique_constraints(PAIRS), look.get_check_constraints(PAIRS)), ([], [], []))
    same([i for i in look.get_indexes(PAIRS) if not i["unique"]], [])
    same((set(look.get_table_comment(PAIRS)), look.get_enums(), look.get_sequence_names()), ({"text"}, [], []))
    same(isinstance(look.get_view_names(), list) and isinstance(look.get_materialized_view_names(), list), True)
    all_of_it = sa.MetaData()
    all_of_it.reflect(engine, views=True)  # every relation of the schema at once
    same([c.name for c in all_of_it.tables[PAIRS].primary_key], ["area", "n"])
    same(isinstance(all_of_it.tables[KINDS].c.c_uuid.type, sa.UUID), True)


def tails():
    conn = engine.connect().execution_options(stream_results=True, max_row_buffer=1)

    def rows():
        with conn.begin():
            result = conn.execute(sa.text(TAIL_SQL))
            while row := result.fetchone():
                yield row

    driver = conn.connection.driver_connection
    tail("stream_results", rows(), driver.cancel_safe, state, lambda: conn.scalar(sa.text("SELECT 1")))
    conn.close()


def errors():
    with engine.connect() as c:
        for sql, code in (("SELECT * FROM no_such_table", "42P01"), (f"SELECT nope FROM {ITEMS}", "42703"), ("SELEC 1", "42601"), ("SELECT 1 / 0", "22012")):
            e = fails(code, state, lambda: c.execute(sa.text(sql)))
            same(isinstance(e, sa.exc.DBAPIError), True)
            fails("25P02", state, lambda: c.execute(sa.text("SELECT 1")))
            c.rollback()
        same(c.scalar(sa.text("SELECT 1")), 1)
    e = fails(None, state, lambda: sa.create_engine(URL.set(database="no_such_database")).connect())
    same('database "no_such_database" does not exist' in str(e), True)


def transactions():
    items = sa.Table(ITEMS, meta, autoload_with=engine, extend_existing=True)
    put = lambda c, id: c.execute(items.insert(), {"id": id})
    with engine.connect() as c:
        put(c, 301)
        c.rollback()
        put(c, 302)
        nested = c.begin_nested()
        put(c, 303)
        nested.rollback()
        with c.begin_nested():
            put(c, 304)
        c.commit()
        same(c.scalars(sa.select(items.c.id).where(items.c.id.between(300, 399)).order_by(items.c.id)).all(), [302, 304])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        put(c, 305)
        same(c.scalar(sa.select(sa.func.count()).where(items.c.id == 305)), 1)
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as c:
        same(c.get_isolation_level(), "SERIALIZABLE")


class Base(orm.DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = ITEMS
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True, autoincrement=False)
    name: orm.Mapped[str]


def pools():
    small = sa.create_engine(URL, pool_size=2, max_overflow=0, pool_pre_ping=True)
    with small.connect() as c:
        pid = c.scalar(sa.text("SELECT pg_backend_pid()"))
        c.execute(sa.text("SET LOCAL statement_timeout = '1s'"))
        c.execute(sa.text(f"INSERT INTO {ITEMS} (id) VALUES (400)"))
    with small.connect() as c:  # the pool has rolled back
        same((c.scalar(sa.text("SELECT pg_backend_pid()")), c.scalar(sa.text("SHOW statement_timeout"))), (pid, "0"))
        same(c.scalar(sa.text(f"SELECT count(*) FROM {ITEMS} WHERE id = 400")), 0)
    with small.connect() as c, engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        c.invalidate()
    with small.connect() as c:  # pool_pre_ping
        same(c.scalar(sa.text("SELECT 1")), 1)
    with orm.Session(small) as s:
        s.add_all([Item(id=410 + i, name=f"orm {i}") for i in range(20)])
        s.commit()
        s.get(Item, 411).name = "renamed"
        s.commit()
        s.delete(s.get(Item, 412))
        s.commit()
        names = s.scalars(sa.select(Item.name).where(Item.id.between(410, 413)).order_by(Item.id)).all()
        same(names, ["orm 0", "renamed", "orm 3"])
    small.dispose()


say("version", sa.__version__)
cell("connect", connects)
cell("text", lambda: round_trip(1))
cell("prepared", prepared)
cell("metadata", metadata)
tails()
cell("errors", errors)
cell("transactions", transactions)
cell("pool", pools)
