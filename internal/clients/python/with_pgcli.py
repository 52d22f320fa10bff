"""pgcli on a terminal: its completion queries, its backslash commands, Ctrl-C."""

import csv
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version

from cells import *
from terminal import Terminal, later

PROGRAM = os.path.join(os.path.dirname(sys.executable), "pgcli")
RC = """[main]
verbose_errors = True
table_format = csv
enable_pager = False
destructive_warning = False
"""
home = tempfile.mkdtemp()
with open(f"{home}/rc", "w") as f:
    f.write(RC)
t = Terminal([PROGRAM, "--pgclirc", f"{home}/rc", "--less-chatty", "--prompt", ">"], XDG_CONFIG_HOME=home, HOME=home)
marks = 0


def ask(*statements):
    """Types statements and gives what was printed, without echo, tags and times."""
    global marks
    marks += 1
    for s in statements + (f"SELECT 'ma' || 'rk{marks}';",):
        t.type(s + "\n")
    out = []
    for line in t.lines(20):
        if line == f'"mark{marks}"':
            return out[:-1]  # the column's name
        if line and not line.startswith(">") and not re.match(r"Time: |(SELECT|INSERT|PREPARE|EXECUTE)\b[ 0-9]*$", line):
            out.append(line)


def rows(*statements):
    out = ask(*statements)
    if any("SQLSTATE" in l for l in out):
        raise RuntimeError(" ".join(out))
    return list(csv.reader(out))[1:]


def connects():
    out = ask("SELECT 1 AS one;")
    same(out[-2:], ['"one"', '"1"'], "\n".join(out))
    r = subprocess.run([PROGRAM, "--pgclirc", f"{home}/rc", "--ping"], capture_output=True, text=True, env={**os.environ, "XDG_CONFIG_HOME": home})
    same("PONG" in r.stdout, True, r.stderr)
    r = subprocess.run([PROGRAM, "--pgclirc", f"{home}/rc", "-l"], capture_output=True, text=True, env={**os.environ, "XDG_CONFIG_HOME": home})
    same("| leat " in r.stdout, True, r.stderr)


def text():
    quote = lambda v: "'" + v.replace("'", "''") + "'"
    sent = [[one for _, one, _ in TEXTS], [two for _, _, two in TEXTS], [None] * len(TEXTS)]
    shown = {name: [] for name, _, _ in TEXTS}
    for i, row in enumerate(sent):
        # A tab on the terminal asks for completion.
        values = ", ".join("NULL" if v is None else quote(v).replace("\t", "' || chr(9) || '") for v in row)
        same(ask(f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({1 + i}, {values});"), [])
    for i, row in enumerate(sent):
        for (name, *_), v in zip(TEXTS, rows(f"SELECT * FROM {KINDS} WHERE id = {1 + i};")[0][1:]):
            shown[name].append(v)
    same(shown["c_int8"], ["9007199254740993", "-9223372036854775808", "<null>"])
    same(shown["c_numeric"], ["12345.67890", "-999999999999999.99999", "<null>"])
    same(shown["c_bool"], ["True", "False", "<null>"])
    same(shown["c_text"], ["it's \"ok\" \\n \t 漢字 🚀", "", "<null>"])
    same(shown["c_bytea"], ["\\x00ff10deadbeef5c27", "\\x", "<null>"])
    same(shown["c_uuid"][0], TEXTS[15][1])
    same(shown["c_ints"], ["[1, -2, None, 2147483647]", "[]", "<null>"])
    same(shown["c_timestamptz"][0], TEXTS[12][1])


def prepared():
    same(ask(f"PREPARE put (int, text, numeric, bool) AS INSERT INTO {ITEMS} (id, name, price, ok) VALUES ($1, $2, $3, $4);"), [])
    for i in range(1, 6):
        ask(f"EXECUTE put ({i}, 'item {i}', {i}.25, {i % 2 == 0});")
    ask(f"PREPARE get AS SELECT name, price FROM {ITEMS} WHERE id = $1;")
    for i in range(1, 6):
        same(rows(f"EXECUTE get ({i});"), [[f"item {i}", f"{i}.25"]])


def copies():
    data = "101,one,1.50,True\n102,two,,\n"
    with open(f"{home}/in.csv", "w") as f:
        f.write(data)
    ask(f"\\copy {ITEMS} (id, name, price, ok) FROM '{home}/in.csv' CSV")
    same(rows(f"SELECT id, name FROM {ITEMS} WHERE id > 100 ORDER BY id;"), [["101", "one"], ["102", "two"]])
    ask(f"\\copy (SELECT id, name FROM {ITEMS} WHERE id > 100 ORDER BY id) TO '{home}/out.csv' CSV")
    with open(f"{home}/out.csv") as f:
        same(f.read(), "101,one\n102,two\n")


def metadata():
    listed = rows("\\dt")
    for name in (KINDS, ITEMS, PAIRS, TAIL):
        same([r[:3] for r in listed if r[1] == name], [["public", name, "table"]])
    out = ask(f"\\d {PAIRS}")
    same([l for l in out if l.startswith('"') and "_pkey" not in l and ("area" in l or "note" in l)], ['"area","text"," not null"', '"note","character varying(40)",""'], "\n".join(out))
    same([l for l in out if "PRIMARY KEY" in l], [f'"{PAIRS}_pkey" PRIMARY KEY, btree (area, n)'], "\n".join(out))
    for command in ("\\d", "\\l", "\\dn", "\\du", "\\df", "\\di", "\\dv", "\\dm", "\\ds", "\\dT", "\\dx", "\\ddp", "\\dD", "\\dE", "\\dF", "\\dp", f"\\d+ {KINDS}", "\\db"):
        same([l for l in ask(command) if "SQLSTATE" in l or "Message:" in l], [], command)
    completion_queries()


def completion_queries():
    """What pgcli asks in the background for its completion."""
    from pgcli.pgexecute import PGExecute
    e = PGExecute(DATABASE, USER, "", HOST, PORT, None)
    same(e.search_path()[-1], "public")
    same("public" in e.schemata(), True)
    same(("public", KINDS) in list(e.tables()), True)
    cols = [c for c in e.table_columns() if c[1] == PAIRS]
    same(cols, [("public", PAIRS, "area", "text", False, None), ("public", PAIRS, "n", "integer", False, None), ("public", PAIRS, "note", "character varying", False, None)])
    for name in ("views", "view_columns", "databases", "foreignkeys", "functions", "datatypes"):
        same(isinstance(list(getattr(e, name)()), list), True)
    same("leat" in e.databases(), True)


def tails():
    say("open", "FETCH 1")
    t.type(f"BEGIN;\nDECLARE follow CURSOR FOR {TAIL_SQL};\n")
    t.type("FETCH 1 FROM follow;\n")
    for line in t.lines():
        if row := re.fullmatch(r'"(\d+)","(row|last)"', line):
            say("row", row[1], row[2])
            t.type("FETCH 1 FROM follow;\n")
            if row[2] == "last":
                later(1.0, lambda: (say("cancel"), t.interrupt()))
        elif line == "cancelled query" or "57014" in line:
            say("stopped", "57014")  # pgcli says so instead of showing the error
            break
    ask("ROLLBACK;")
    same(rows("SELECT 40 + 2;"), [["42"]])
    say("again")


def errors():
    for sql, code in (("SELECT * FROM no_such_table;", "42P01"), (f"SELECT nope FROM {ITEMS};", "42703"), ("SELEC 1;", "42601"), ("SELECT 1 / 0;", "22012")):
        out = ask(sql)
        same(f"SQLSTATE code: {code}" in out, True, "\n".join(out))
    same(rows("SELECT 1;"), [["1"]])


def transactions():
    ask("BEGIN;", f"INSERT INTO {ITEMS} (id) VALUES (301);", "ROLLBACK;")
    ask("BEGIN;", f"INSERT INTO {ITEMS} (id) VALUES (302);", "SAVEPOINT here;", f"INSERT INTO {ITEMS} (id) VALUES (303);", "ROLLBACK TO here;", "COMMIT;")
    same(rows(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id;"), [["302"]])


say("version", version("pgcli"))
try:
    cell("connect", connects)
    cell("text", text)
    cell("prepared", prepared)
    cell("copy", copies)
    cell("metadata", metadata)
    cell("errors", errors)
    cell("transactions", transactions)
    tails()
finally:
    t.close()
    shutil.rmtree(home)
