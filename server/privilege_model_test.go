package server_test

import (
	"slices"
	"strings"
)

// The model of rights that the matrix is judged by: what each role was given, in
// words, and what each statement needs, in words. It knows nothing of the code.

// grantee is a role of the matrix and what it has on every object.
type grantee struct {
	role   string
	rights string   // words: SELECT, OWN, CREATE, MONITOR, SUPER, ...
	setup  []string // statements that give them; $T is the list of relations
}

var grantees = []grantee{
	{"m_none", "", nil},
	{"m_select", "SELECT", []string{"GRANT SELECT ON $T TO m_select"}},
	{"m_insert", "INSERT", []string{"GRANT INSERT ON $T TO m_insert"}},
	{"m_update", "UPDATE", []string{"GRANT UPDATE ON $T TO m_update"}},
	{"m_delete", "DELETE", []string{"GRANT DELETE ON $T TO m_delete"}},
	{"m_write", "INSERT UPDATE DELETE", []string{"GRANT INSERT, UPDATE, DELETE ON $T TO m_write"}},
	{"m_all", "SELECT INSERT UPDATE DELETE OTHER", []string{"GRANT ALL ON $T TO m_all"}},
	{"m_own", "OWN", nil},
	{"m_member", "OWN", []string{"GRANT m_own TO m_member"}},
	{"m_noinherit", "", []string{"ALTER ROLE m_noinherit NOINHERIT", "GRANT m_own TO m_noinherit", "GRANT m_select TO m_noinherit"}},
	{"m_group", "SELECT", []string{"GRANT m_select TO m_mid", "GRANT m_mid TO m_group"}},
	{"m_revoked", "", []string{"GRANT ALL ON $T TO m_revoked", "REVOKE ALL ON $T FROM m_revoked"}},
	{"m_left", "", []string{"GRANT m_select TO m_left", "REVOKE m_select FROM m_left"}},
	{"m_create", "CREATE", []string{"GRANT CREATE ON SCHEMA public TO m_create"}},
	{"m_maker", "SELECT CREATE", []string{"GRANT SELECT ON $T TO m_maker", "GRANT CREATE ON SCHEMA public TO m_maker"}},
	{"m_monitor", "MONITOR", []string{"GRANT MONITOR ON DATABASE leat TO m_monitor"}},
	{"m_cancel", "CANCEL", []string{"GRANT CANCEL ON DATABASE leat TO m_cancel"}},
	{"m_roles", "CREATEROLE", []string{"ALTER ROLE m_roles CREATEROLE"}},
	{"m_super", "SUPER", []string{"ALTER ROLE m_super SUPERUSER"}},
}

// object is one relation of the matrix.
type object struct {
	kind  string // as statements call it
	name  string
	topic string
	job   string
}

var objects = []object{
	{"STREAM", "o_stream", "o_stream", ""},
	{"TABLE", "o_table", "o_table", ""},
	{"VIEW", "o_view", "", ""},
	{"STREAM", "o_derived", "o_derived", "csas_o_derived_0"},
	{"MATERIALIZED VIEW", "o_matview", "o_matview", "ctas_o_matview_1"},
}

// check is one statement of the matrix and what it needs: words that are all
// needed, alternatives between bars, and FREE. ANY is any privilege on the object.
type check struct {
	text  string
	need  string
	kinds string // of objects; "" all
	// rows says that the statement is never refused and gives rows only with the need.
	rows bool
	// denied says that it is only run by who lacks the need: it would destroy.
	denied bool
}

var checks = []check{
	{text: "SELECT * FROM $O", need: "SELECT"},
	{text: "SELECT count(*) FROM $O", need: "SELECT"},
	{text: "SELECT nosuch FROM $O", need: "SELECT"},
	{text: "SELECT canary + 1 FROM $O", need: "SELECT"},
	{text: "SELECT 1 FROM (SELECT * FROM $O) x", need: "SELECT"},
	{text: "SELECT * FROM public.$O", need: "SELECT"},
	{text: "WITH $O AS (SELECT * FROM $O) SELECT * FROM $O", need: "SELECT"},
	{text: "WITH c AS (SELECT * FROM $O) SELECT 1", need: "SELECT"},
	{text: "SELECT (SELECT max(canary) FROM $O)", need: "SELECT"},
	{text: "SELECT 1 WHERE EXISTS (SELECT 1 FROM $O)", need: "SELECT"},
	{text: "SELECT 1 WHERE 'x' IN (SELECT canary FROM $O)", need: "SELECT"},
	{text: "SELECT 1 FROM o_open a JOIN $O b ON a.canary = b.canary", need: "SELECT"},
	{text: "SELECT canary FROM o_open UNION ALL SELECT canary FROM $O", need: "SELECT"},
	{text: "TABLE $O", need: "SELECT"},
	{text: "EXPLAIN SELECT * FROM $O EMIT CHANGES", need: "SELECT"},
	{text: "EXPLAIN SELECT * FROM $O", need: "SELECT"},
	{text: "EXPLAIN (FORMAT JSON) SELECT * FROM $O", need: "SELECT"},
	{text: "EXPLAIN (LOGICAL) SELECT * FROM $O", need: "SELECT"},
	{text: "EXPLAIN ANALYZE SELECT * FROM $O", need: "SELECT"},
	{text: "EXPLAIN INSERT INTO $O SELECT * FROM o_open", need: "INSERT"},
	{text: "EXPLAIN DELETE FROM $O WHERE canary = 'x'", need: "DELETE SELECT"},
	{text: "DESCRIBE $O", need: "ANY"},
	{text: "DESCRIBE $O EXTENDED", need: "ANY"},
	{text: "SHOW COLUMNS FROM $O", need: "ANY"},
	{text: "SHOW CREATE $K $O", need: "SELECT"},
	{text: "PREPARE p AS SELECT * FROM $O; DEALLOCATE p", need: "SELECT"},
	{text: "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM $O; CLOSE c", need: "SELECT"},
	{text: "INSERT INTO $O (canary) VALUES (1, 2)", need: "INSERT"},
	{text: "INSERT INTO $O (nosuch) VALUES (1)", need: "INSERT"},
	{text: "INSERT INTO $O (nosuch) SELECT 1 FROM $O", need: "INSERT SELECT", kinds: "WRITABLE"},
	{text: "INSERT INTO $O SELECT nosuch FROM $O", need: "INSERT SELECT", kinds: "WRITABLE"},
	{text: "INSERT INTO $O (nosuch) VALUES (1) RETURNING canary", need: "INSERT SELECT"},
	{text: "INSERT INTO o_open (nosuch) SELECT canary FROM $O", need: "SELECT"},
	{text: "INSERT INTO o_open SELECT nosuch FROM $O", need: "SELECT"},
	{text: "UPDATE $O SET nosuch = 'x'", need: "UPDATE"},
	{text: "UPDATE $O SET nosuch = 'x' WHERE canary = 'y'", need: "UPDATE SELECT"},
	{text: "UPDATE $O SET nosuch = canary", need: "UPDATE SELECT"},
	{text: "UPDATE o_table SET canary = 'x' WHERE id IN (SELECT nosuch FROM $O)", need: "TABLE_UPDATE SELECT", kinds: "VIEW"},
	{text: "DELETE FROM $O WHERE nosuch = 1", need: "DELETE SELECT"},
	{text: "DELETE FROM $O RETURNING nosuch", need: "DELETE SELECT"},
	{text: "COPY (SELECT canary FROM $O) TO STDOUT (FORMAT nosuch)", need: "FREE"},
	{text: "COPY $O (nosuch) FROM STDIN", need: "INSERT"},
	{text: "COPY $O (nosuch) TO STDOUT", need: "SELECT"},
	{text: "COPY (SELECT nosuch FROM $O) TO STDOUT", need: "SELECT"},
	{text: "PRINT '$P' FROM BEGINNING LIMIT 0", need: "SELECT", kinds: "TOPIC"},
	{text: "ASSERT TOPIC '$P' WITH (partitions = 77) TIMEOUT 1 MILLISECONDS", need: "SELECT", kinds: "TOPIC"},
	{text: "CREATE VIEW o_open AS SELECT * FROM $O", need: "CREATE SELECT"},
	{text: "CREATE STREAM o_open AS SELECT canary FROM $O EMIT CHANGES", need: "CREATE SELECT", kinds: "STREAM"},
	{text: "CREATE MATERIALIZED VIEW o_open AS SELECT canary, count(*) AS n FROM $O GROUP BY canary", need: "CREATE SELECT", kinds: "STREAM"},
	{text: "CREATE STREAM o_open (v INT) WITH (topic = '$P')", need: "CREATE OWN", kinds: "TOPIC"},
	{text: "CREATE OR REPLACE VIEW $O AS SELECT 1 AS one", need: "CREATE OWN"},
	{text: "CREATE $K $O (nosuch INT PRIMARY KEY)", need: "CREATE", kinds: "TABLE"},
	{text: "DROP $K $O", need: "OWN"},
	{text: "DROP $K IF EXISTS $O", need: "OWN"},
	{text: "DROP $K $O CASCADE", need: "OWN", denied: true},
	{text: "ALTER $K $O ADD COLUMN canary TEXT", need: "OWN"},
	{text: "ALTER $K $O DROP COLUMN nosuch", need: "OWN"},
	{text: "ALTER $K $O RENAME TO o_open", need: "OWN CREATE"},
	{text: "ALTER $K $O OWNER TO nobody", need: "OWN"},
	{text: "ALTER $K $O SET (on_error = 'nosuch')", need: "OWN"},
	{text: "COMMENT ON $K $O IS 'a comment'", need: "OWN"},
	{text: "VACUUM $O", need: "OWN"},
	{text: "REFRESH MATERIALIZED VIEW $O", need: "OWN"},
	{text: "GRANT SELECT ON $O TO m_zed", need: "ANY"},
	{text: "REVOKE INSERT ON $O FROM m_zed", need: "ANY"},
	{text: "PAUSE $J; RESUME $J", need: "OWN|CANCEL", kinds: "JOB"},
	{text: "WAIT FOR JOB $J", need: "OWN|MONITOR", kinds: "JOB"},
	{text: "EXPLAIN $J", need: "OWN|MONITOR", kinds: "JOB"},
	{text: "TERMINATE $J", need: "OWN|CANCEL", kinds: "JOB", denied: true},
	{text: "SELECT 1 FROM leat.streams WHERE name = '$O'", need: "ANY", rows: true},
	{text: "SELECT 1 FROM leat.streams WHERE name = '$O' AND statement LIKE '%canary%'", need: "SELECT", rows: true},
	{text: "SELECT 1 FROM leat.topics WHERE name = '$P'", need: "ANY|MONITOR", kinds: "TOPIC", rows: true},
	{text: "SELECT 1 FROM leat.partitions WHERE topic = '$P'", need: "ANY|MONITOR", kinds: "TOPIC", rows: true},
	{text: "SELECT 1 FROM leat.jobs WHERE id ILIKE '$J'", need: "SELECT|OWN|MONITOR", kinds: "JOB", rows: true},
	{text: "SELECT 1 FROM leat.jobs WHERE id ILIKE '$J' AND statement LIKE '%canary%'", need: "OWN|MONITOR", kinds: "JOB", rows: true},
	{text: "SELECT 1 FROM leat.tasks WHERE job ILIKE '$J'", need: "OWN|MONITOR", kinds: "JOB", rows: true},
	{text: "SELECT 1 FROM leat.lag WHERE job ILIKE '$J'", need: "OWN|MONITOR", kinds: "JOB", rows: true},
	{text: "SELECT 1 FROM leat.jobs WHERE id ILIKE '$J' AND rows_in IS NOT NULL", need: "OWN|MONITOR", kinds: "JOB", rows: true},
	{text: "SELECT 1 FROM information_schema.tables WHERE table_name = '$O'", need: "ANY", rows: true},
	{text: "SELECT 1 FROM information_schema.columns WHERE table_name = '$O'", need: "ANY", rows: true},
	{text: "SELECT 1 FROM information_schema.views WHERE table_name = '$O' AND view_definition LIKE '%canary%'", need: "OWN", kinds: "VIEW", rows: true},
	{text: "SELECT 1 FROM pg_class WHERE relname = '$O'", need: "ANY", rows: true},
	{text: "SELECT 1 FROM pg_attribute WHERE attrelid = '$O'::regclass AND attname = 'canary'", need: "ANY", rows: true},
	{text: "SELECT 1 FROM pg_tables WHERE tablename = '$O'", need: "ANY", kinds: "TABLE", rows: true},
	{text: "SELECT 1 FROM pg_views WHERE viewname = '$O' AND definition LIKE '%canary%'", need: "SELECT", kinds: "VIEW", rows: true},
	{text: "SELECT 1 WHERE pg_get_viewdef('$O') LIKE '%canary%'", need: "SELECT", kinds: "VIEW", rows: true},
	{text: "SELECT 1 WHERE has_table_privilege('$O', 'SELECT')", need: "SELECT", rows: true},
	{text: "SELECT 1 WHERE has_table_privilege('$O', 'INSERT')", need: "INSERT", rows: true},
	{text: "SELECT 1 WHERE has_column_privilege('$O', 'canary', 'UPDATE')", need: "UPDATE", rows: true},
	{text: "SELECT 1 WHERE has_table_privilege('$O', 'SELECT WITH GRANT OPTION')", need: "OWN", rows: true},
	{text: "LISTEN $O; UNLISTEN $O", need: "FREE"},
}

// global are the checks that are about no relation.
var global = []check{
	{text: "CREATE STREAM o_open (v INT)", need: "CREATE"},
	{text: "CREATE TYPE o_type AS INT", need: "CREATE"},
	{text: "CREATE SCHEMA nowhere", need: "SUPER"},
	{text: "CREATE SINK CONNECTOR c WITH (a = 'b')", need: "SUPER"},
	{text: "CREATE SECRET nosuch AS 'hush'", need: "SUPER"},
	{text: "DROP TYPE o_type", need: "SUPER", denied: true},
	{text: "ALTER TYPE o_type OWNER TO nobody", need: "SUPER"},
	{text: "ALTER SCHEMA public OWNER TO nobody", need: "SUPER"},
	{text: "ALTER DATABASE leat OWNER TO nobody", need: "SUPER"},
	{text: "CHECKPOINT", need: "SUPER"},
	{text: "ALTER SYSTEM SET on_error = 'dlq'", need: "SUPER"},
	{text: "CREATE ROLE m_none", need: "SUPER|CREATEROLE"},
	{text: "CREATE ROLE m_none SUPERUSER", need: "SUPER"},
	{text: "ALTER ROLE m_zed CREATEDB", need: "SUPER|CREATEROLE"},
	{text: "ALTER ROLE m_super NOSUPERUSER", need: "SUPER", denied: true},
	{text: "DROP ROLE nobody", need: "SUPER|CREATEROLE"},
	{text: "GRANT m_zed TO m_zed", need: "SUPER|CREATEROLE"},
	{text: "GRANT m_super TO m_zed", need: "SUPER", denied: true},
	{text: "GRANT CREATE ON SCHEMA public TO nobody", need: "FREE"},
	{text: "REASSIGN OWNED BY m_own TO m_own", need: "OWN"},
	{text: "DROP OWNED BY m_own", need: "OWN", denied: true},
	{text: "ALTER DEFAULT PRIVILEGES FOR ROLE m_own GRANT SELECT ON TABLES TO nobody", need: "OWN"},
	{text: "SELECT 1 FROM pg_authid WHERE rolpassword IS NOT NULL AND rolname <> current_user", need: "NOBODY", rows: true},
	{text: "SELECT 1 FROM pg_stat_activity WHERE usename = 'm_super' AND query <> '<insufficient privilege>'", need: "MONITOR", rows: true},
	{text: "SELECT 1 FROM leat.sessions WHERE \"user\" = 'm_super' AND query <> '<insufficient privilege>'", need: "MONITOR", rows: true},
	{text: "COPY o_open FROM '/etc/passwd'", need: "NOBODY"},
	{text: "TERMINATE ALL", need: "OWN|CANCEL", denied: true},
	{text: "SELECT 1", need: "FREE"},
	{text: "SHOW ALL", need: "FREE"},
	{text: "SELECT * FROM o_open", need: "FREE"},
}

// may is the model's verdict.
func (g grantee) may(need string) bool {
	has := strings.Fields(g.rights)
	word := func(w string) bool {
		switch {
		case w == "FREE":
			return true
		case w == "NOBODY":
			return false
		case slices.Contains(has, "SUPER"), slices.Contains(has, w):
			return true
		case w == "ANY":
			return slices.ContainsFunc(has, func(h string) bool {
				return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "OTHER", "OWN"}, h)
			})
		case w == "TABLE_UPDATE":
			return slices.Contains(has, "OWN") || slices.Contains(has, "UPDATE") && slices.Contains(has, "SELECT")
		case slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, w):
			return slices.Contains(has, "OWN")
		}
		return false
	}
	for _, alternative := range strings.Split(need, "|") {
		all := true
		for _, w := range strings.Fields(alternative) {
			all = all && word(w)
		}
		if all {
			return true
		}
	}
	return false
}

// fits tells whether a check is for an object.
func (c check) fits(o object) bool {
	switch c.kinds {
	case "":
		return true
	case "TOPIC":
		return o.topic != ""
	case "WRITABLE":
		return o.kind == "STREAM" || o.kind == "TABLE"
	case "JOB":
		return o.job != ""
	case "STREAM":
		return strings.HasSuffix(o.kind, "STREAM")
	}
	return o.kind == c.kinds
}

func (c check) on(o object) string {
	return strings.NewReplacer("$O", o.name, "$K", o.kind, "$P", o.topic, "$J", o.job).Replace(c.text)
}
