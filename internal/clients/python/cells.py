"""What the Python scripts share: the lines they say, their tables, the values of the round trip."""

import datetime as dt
import decimal
import json
import os
import threading
import traceback
import uuid

SLUG = os.environ["LEAT_CLIENT"]
KINDS, ITEMS, PAIRS, TAIL = ("%s_%s" % (t, SLUG) for t in ("kinds", "items", "pairs", "tail"))
HOST, PORT, USER, DATABASE = (os.environ[v] for v in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE"))
TAIL_SQL = f"SELECT id, word FROM {TAIL} EMIT CHANGES"

COLUMNS = (
    "id c_bool c_int2 c_int4 c_int8 c_float4 c_float8 c_numeric c_text c_varchar c_bytea c_date c_time c_timestamptz "
    "c_interval c_jsonb c_uuid c_bools c_ints c_longs c_floats c_numerics c_texts c_dates c_stamps c_uuids"
).split()

# [column, text of row 1, text of row 2], without the id.
TEXTS = json.loads(os.environ["LEAT_KINDS"])

UTC = dt.timezone.utc
_UUID = uuid.UUID("6f1c5a2e-0d4b-4c8e-9a57-0f4a3b2c1d0e")
_STAMP = dt.datetime(2026, 11, 20, 4, 38, 16, 682764, tzinfo=UTC)
_D = decimal.Decimal

# The rows of fixture.go, without their id; a third one is NULL throughout.
ROWS = [
    [
        True, -12345, 2000000000, 9007199254740993, 0.5, 0.1, _D("12345.67890"), 'it\'s "ok" \\n \t 漢字 🚀', "short",
        b"\x00\xff\x10\xde\xad\xbe\xef\x5c\x27", dt.date(2024, 2, 29), dt.time(13, 45, 6, 789012), _STAMP,
        dt.timedelta(days=3, hours=4, minutes=5, seconds=6, microseconds=7), {"a": [1, 2.5, None], "ключ": 'x"y'}, _UUID,
        [True, False, None], [1, -2, None, 2147483647], [9007199254740993, None], [0.1, -2.5, None],
        [_D("1.50"), _D("-0.001"), None], ["a b", 'c"d', None, "", "NULL", "e\\f", "x,y", "{z}"],
        [dt.date(2024, 2, 29), None], [_STAMP, None], [_UUID, None],
    ],
    [
        False, 32767, -2147483648, -9223372036854775808, -1024.25, 1.7976931348623157e308, _D("-999999999999999.99999"), "",
        "twenty characters ok", b"", dt.date(44, 3, 15), dt.time(0, 0), dt.datetime(1901, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        dt.timedelta(days=-2), {}, uuid.UUID(int=0), [], [], [0], [], [], [], [], [], [],
    ],
    [None] * 25,
]


def say(*words):
    print("@", *(str(w).replace("\n", " ") for w in words), flush=True)


def failed(name, e):
    """Says why a cell failed, with the line of the script."""
    mine = [f for f in traceback.extract_tb(e.__traceback__) if f.filename.startswith(os.path.dirname(__file__)) and f.name not in ("same", "fails")]
    say("fail", name, f"{type(e).__name__}: {e} ({os.path.basename(mine[-1].filename)}:{mine[-1].lineno})")


def cell(name, try_it):
    """Runs one cell; an exception is why it failed."""
    try:
        try_it()
    except Exception as e:
        failed(name, e)
    else:
        say("ok", name)


def same(got, want, what=""):
    if got != want or type(got) is bool and type(want) is not bool:
        raise AssertionError(f"{what} got {got!r}, want {want!r}")


def same_row(got, want):
    got = list(got)
    same(len(got), len(want), "columns")
    for name, g, w in zip(COLUMNS[1:], got, want):
        same(g, w, name)
        if w is not None and not isinstance(g, type(w)):
            raise AssertionError(f"{name}: {type(g).__name__} instead of {type(w).__name__}")


def fails(code, sqlstate_of, run):
    """run must raise an error whose SQLSTATE is code; the error is returned."""
    try:
        run()
    except Exception as e:
        same(sqlstate_of(e), code, f"SQLSTATE of {e}")
        return e
    raise AssertionError(f"no error, want {code}")


def tail(how, rows, cancel, sqlstate_of, again):
    """Reads a push query to its last row, then waits for one more and is cancelled.

    rows gives (id, word) as they come, cancel is called from another thread, again uses the connection.
    """
    say("open", how)
    try:
        for id, word in rows:
            say("row", id, word)
            if word == "last":
                threading.Timer(0.2, lambda: (say("cancel"), cancel())).start()
        say("stopped", "00000")
    except Exception as e:
        say("stopped", sqlstate_of(e) or repr(e))
    same(again(), 1, "the connection after a cancel")
    say("again")
