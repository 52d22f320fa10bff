"""psql: scripts, \\d, \\copy, and a terminal to press Ctrl-C on."""

import os
import re
import subprocess
import tempfile

from cells import *
from terminal import Terminal, later

BASE = ["psql", "-X", "-q", "-P", "pager=off"]


def run(script, *args, ok=True):
    r = subprocess.run(BASE + ["-At", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", *args], input=script, capture_output=True, text=True, timeout=20)
    if ok and r.returncode != 0:
        raise RuntimeError(r.stderr)
    return (r.stdout if ok else r.stderr).rstrip("\n")


def failing(code, script):
    err = run(script, ok=False)
    same(re.findall(r"(?:ERROR|FATAL): +([0-9A-Z]{5}):", err), [code], err)
    return err


def connects():
    same(run("SELECT 1"), "1")
    same(run("\\conninfo").startswith(f'You are connected to database "leat" as user "{SLUG}"'), True)
    same(run("SELECT current_setting('server_version_num')::int / 10000"), "15")
    same("SSL" in run("\\conninfo"), False)


def text():
    for i in range(3):
        args = [a for n, (_, one, two) in enumerate(TEXTS) for a in ("-v", f"v{n}={(one, two, '')[i]}")]
        values = ", ".join("NULL" if i == 2 else f":'v{n}'" for n in range(len(TEXTS)))
        run(f"INSERT INTO {KINDS} ({', '.join(COLUMNS)}) VALUES ({1 + i}, {values});", *args)
    for i in range(3):
        got = run(f"SELECT * FROM {KINDS} WHERE id = {1 + i}", "-P", "null=(null)", "-F", "\x1f").split("\x1f")
        same(got[1:], [(one, two, "(null)")[i] for _, one, two in TEXTS])
    same(run("SELECT 1 AS a, 2 AS b \\gset\nSELECT :a + :b"), "3")


def prepared():
    out = run(f"""PREPARE put (int, text, numeric, bool) AS INSERT INTO {ITEMS} (id, name, price, ok) VALUES ($1, $2, $3, $4);
        {"".join(f"EXECUTE put ({i}, 'item {i}', {i}.25, {i % 2 == 0});" for i in range(1, 11))}
        PREPARE get AS SELECT name, price FROM {ITEMS} WHERE id = $1;
        {"".join(f"EXECUTE get ({i});" for i in range(1, 11))}
        SELECT name, parameter_types FROM pg_prepared_statements ORDER BY 1;
        DEALLOCATE ALL;""")
    same(out.split("\n"), [f"item {i}|{i}.25" for i in range(1, 11)] + ["get|{integer}", "put|{integer,text,numeric,boolean}"])
    same(run(f"SELECT id, c_numeric, c_varchar, c_ints FROM {KINDS} \\gdesc").split("\n"),
         ["id|integer", "c_numeric|numeric(20,5)", "c_varchar|character varying(20)", "c_ints|integer[]"])


def copies():
    data = "101,tab\there,1.50,t\n102,\"line\nbreak \\ back\",,\n103,\"\",3.25,f\n"
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/in.csv", "w") as f:
            f.write(data)
        run(f"\\copy {ITEMS} (id, name, price, ok) FROM '{d}/in.csv' WITH (FORMAT csv)")
        run(f"\\copy (SELECT id, name, price, ok FROM {ITEMS} WHERE id > 100 ORDER BY id) TO '{d}/out.csv' WITH (FORMAT csv)")
        with open(f"{d}/out.csv") as f:
            same(f.read(), data)
    run(f"COPY {ITEMS} (id, name) FROM STDIN;\n111\ttab\\there\n112\t\\N\n\\.\n")
    same(run(f"COPY (SELECT id, name FROM {ITEMS} WHERE id > 110 ORDER BY id) TO STDOUT"), "111\ttab\\there\n112\t\\N")
    failing("22P02", f"COPY {ITEMS} (id) FROM STDIN;\nno\n\\.\n")


def metadata():
    listed = run("\\dt").split("\n")
    for t in (KINDS, ITEMS, PAIRS, TAIL):
        same([l.split("|")[:3] for l in listed if l.split("|")[1] == t], [["public", t, "table"]])
    same(run(f"\\d {PAIRS}", "-P", "tuples_only=off").split("\n")[2:], ["area|text||not null|", "n|integer||not null|", "note|character varying(40)|||",
                                           "Indexes:", f'    "{PAIRS}_pkey" PRIMARY KEY, btree (area, n)'])
    for command in ("\\d", "\\d+", f"\\d+ {KINDS}", "\\l", "\\dn+", "\\du", "\\df+ count", "\\di", "\\dv", "\\dm", "\\ds", "\\dT", "\\dp", "\\db", "\\dx",
                    "\\dC", "\\do", "\\da", "\\dD", "\\dE", "\\des", "\\dF", "\\dO", "\\dRp", "\\drds", "\\sf pg_catalog.count", "\\dconfig", "\\z", "\\dy", "\\dL", "\\dX"):
        err = subprocess.run(BASE + ["-c", command], capture_output=True, text=True, timeout=20).stderr
        if command.startswith("\\sf"):
            continue
        same([l for l in err.split("\n") if "ERROR" in l], [], command)


def at_terminal(how, *statements):
    t = Terminal(BASE + ["-n", "-t", "-v", "PROMPT1=", "-v", "PROMPT2=", "-v", "VERBOSITY=verbose"])
    t.type("\\echo ready\n")
    t.until("^ready$")
    say("open", how)
    for s in statements:
        t.type(s + "\n")
    for line in t.lines():
        if row := re.fullmatch(r"(\d+)[ |\t]+(row|last)", line):
            say("row", row[1], row[2])
            if row[2] == "last":
                later(0.2, lambda: (say("cancel"), t.interrupt()))
        elif stop := re.search(r"ERROR: +([0-9A-Z]{5}):", line):
            say("stopped", stop[1])
            break
    t.type("ROLLBACK;\nSELECT 40 + 2;\n")
    t.until("^42$")
    say("again")
    t.close()


def tails():
    at_terminal("COPY", f"COPY ({TAIL_SQL}) TO STDOUT;")
    at_terminal("FETCH_COUNT", "\\set FETCH_COUNT 1", TAIL_SQL + ";")
    at_terminal("a cursor", f"BEGIN; DECLARE follow CURSOR FOR {TAIL_SQL};", *["FETCH 1 FROM follow;"] * 40)


def errors():
    failing("42P01", "SELECT * FROM no_such_table;")
    err = failing("42703", f"SELECT id,\n  nope FROM {ITEMS};")
    same([l for l in err.split("\n") if l.startswith("LINE") or "^" in l], ["LINE 2:   nope FROM " + ITEMS + ";", " " * 10 + "^"])
    failing("42601", "SELEC 1;")
    failing("22012", "SELECT 1 / 0;")
    same("database \"no_such_database\" does not exist" in run("", "-d", "no_such_database", ok=False), True)
    same(subprocess.run(BASE + ["-At"], input="SELECT 1 / 0;\nSELECT 7;\n\\echo :LAST_ERROR_SQLSTATE\n", capture_output=True, text=True).stdout, "7\n22012\n")


def transactions():
    run(f"""BEGIN; INSERT INTO {ITEMS} (id) VALUES (301); ROLLBACK;
        BEGIN; INSERT INTO {ITEMS} (id) VALUES (302); SAVEPOINT here; INSERT INTO {ITEMS} (id) VALUES (303); ROLLBACK TO here; COMMIT;""")
    same(run(f"SELECT id FROM {ITEMS} WHERE id BETWEEN 300 AND 399 ORDER BY id"), "302")
    run(f"INSERT INTO {ITEMS} (id) VALUES (304); SELECT 1 / 0;", "-1", ok=False)
    same(run(f"SELECT count(*) FROM {ITEMS} WHERE id = 304"), "0")
    out = subprocess.run(BASE + ["-At", "-v", "ON_ERROR_ROLLBACK=on"], input=f"BEGIN; \nINSERT INTO {ITEMS} (id) VALUES (305);\nSELECT 1 / 0;\nCOMMIT;\nSELECT count(*) FROM {ITEMS} WHERE id = 305;",
                         capture_output=True, text=True)
    same(out.stdout, "1\n", out.stderr)


def pools():
    same(run("SELECT 1 \\; SELECT 2 \\; SELECT 3;").split("\n"), ["1", "2", "3"])
    same(run("DISCARD ALL; SELECT 4"), "4")
    same(run("\\c - - - -\nSELECT 5"), "5")
    same(run("SELECT format('SELECT %s', n) FROM generate_series(1, 3) AS n \\gexec").split("\n"), ["1", "2", "3"])


say("version", subprocess.run(["psql", "--version"], capture_output=True, text=True).stdout.split()[2])
cell("connect", connects)
cell("text", text)
cell("prepared", prepared)
cell("copy", copies)
cell("metadata", metadata)
tails()
cell("errors", errors)
cell("transactions", transactions)
cell("pool", pools)
