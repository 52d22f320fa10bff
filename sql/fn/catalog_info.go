package fn

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// serverVersion is the PostgreSQL version clients are told; tools choose their
// catalog queries by it.
const serverVersion = "15.0"

// Schema names of the catalog functions.
const publicSchema = "public"

// constant is a row form that always answers x.
func constant(x types.Value) RowFunc {
	return func(*Env, []types.Value) (types.Value, error) { return x, nil }
}

// addCatalogInfo registers what clients ask about session and server.
func addCatalogInfo(a *adder) {
	user := func(e *Env, _ []types.Value) (types.Value, error) { return e.User, nil }
	for _, name := range []string{"current_user", "user", "current_role"} {
		a.row(name+"() name", stable, user, "The role whose rights count.")
	}
	for _, name := range []string{"session_user", "system_user"} {
		a.row(name+"() name", stable, func(e *Env, _ []types.Value) (types.Value, error) {
			return cmp.Or(e.SessionUser, e.User), nil
		}, "The session's user.")
	}
	db := func(e *Env, _ []types.Value) (types.Value, error) { return e.Database, nil }
	a.row("current_database() name", stable, db, "The session's database.")
	a.row("current_catalog() name", stable, db, "The session's database.")
	a.row("current_schema() name", stable, constant(publicSchema), "The schema new objects go to.")
	a.row("current_schemas(implicit bool) name[]", stable, func(_ *Env, v []types.Value) (types.Value, error) {
		if v[0].(bool) {
			return []types.Value{"pg_catalog", publicSchema}, nil
		}
		return []types.Value{publicSchema}, nil
	}, "The schemas of the search path.")
	a.row("version() text", stable, constant("PostgreSQL "+serverVersion+" (Leat)"), "The server's version.")
	addSettings(a)
	addServerInfo(a)
	addBackends(a)
	addLocks(a)
	addSizes(a)
	a.row("format_type(type oid, typmod int) text", stable|nulls, formatType, "The SQL name of a type.")
	a.row("getdatabaseencoding() name", 0, func(*Env, []types.Value) (types.Value, error) { return "UTF8", nil }, "The database's encoding: UTF8.")
	a.row("pg_encoding_to_char(encoding int) name", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		switch v[0].(int64) {
		case 6:
			return "UTF8", nil
		case 0:
			return "SQL_ASCII", nil
		}
		return "", nil
	}, "The name of an encoding.")
	a.row("pg_char_to_encoding(name text) int", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		if strings.EqualFold(v[0].(string), "utf8") || strings.EqualFold(v[0].(string), "unicode") {
			return int64(6), nil
		}
		return int64(-1), nil
	}, "The number of an encoding.")
	a.row("pg_client_encoding() name", stable, constant("UTF8"), "The client's encoding.")
	a.row("pg_size_pretty(n bigint) text", 0, func(_ *Env, v []types.Value) (types.Value, error) { return prettySize(v[0].(int64)), nil }, "A size in bytes for people.")
	a.row("pg_size_pretty(n numeric) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		n, ok := types.DecimalToInt(v[0].(types.Dec))
		if !ok {
			return textOf(types.TNumeric, v[0]) + " bytes", nil
		}
		return prettySize(n), nil
	}, "A size in bytes for people.")
	a.call("pg_typeof(x any) text", nil, nulls, func(c *Call, _ []types.Value, _ int) (types.Value, error) {
		return c.Args[0].Type.String(), nil
	}, "The type of x.")
	addRegistered(a)
}

// addSession registers what people ask their own session.
func addSession(a *adder) {
	a.row("last_token() text", volatile, func(e *Env, _ []types.Value) (types.Value, error) {
		s, ok := settingOf(e, "leat.last_token")
		if !ok || s == "" {
			return nil, nil
		}
		return s, nil
	}, "The position token of this session's writes, NULL before the first: SET wait_for takes it.")
}

func settingOf(e *Env, name string) (string, bool) {
	if e.Setting == nil {
		return "", false
	}
	return e.Setting(strings.ToLower(name))
}

// addSettings registers current_setting and set_config.
func addSettings(a *adder) {
	get := settingOf
	a.row("current_setting(name text, missing_ok bool?) text", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if s, ok := get(e, v[0].(string)); ok {
			return s, nil
		}
		if len(v) > 1 && v[1].(bool) {
			return nil, nil
		}
		return nil, sqlerr.New(sqlerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", v[0])
	}, "The value of a setting.")
	a.row("set_config(name text, value text, is_local bool) text", volatile|nulls, func(e *Env, v []types.Value) (types.Value, error) {
		name, ok := v[0].(string)
		if !ok {
			return nil, sqlerr.New(sqlerr.NullNotAllowed, "SET requires parameter name")
		}
		if e.Catalog == nil {
			return nil, sqlerr.Unsupported("set_config here")
		}
		value, _ := v[1].(string)
		local, _ := v[2].(bool)
		s, err := e.Catalog.SetConfig(name, value, local)
		return s, err
	}, "Changes a setting and gives its value.")
}

// addServerInfo registers what has one answer in a server like this.
func addServerInfo(a *adder) {
	for _, f := range []struct {
		sig string
		val types.Value
	}{
		{"inet_server_addr() text", nil}, {"inet_client_addr() text", nil},
		{"inet_server_port() int", nil}, {"inet_client_port() int", nil}, {"pg_is_in_recovery() bool", false},
		{"pg_is_wal_replay_paused() bool", false}, {"txid_current() bigint", int64(1)}, {"pg_current_xact_id() bigint", int64(1)},
		{"txid_current_snapshot() text", "1:1:"}, {"pg_my_temp_schema() oid", int64(0)}, {"pg_conf_load_time() timestamp", nil},
		{"pg_postmaster_start_time() timestamp", nil}, {"pg_last_wal_receive_lsn() text", nil}, {"pg_last_wal_replay_lsn() text", nil},
		{"pg_current_wal_lsn() text", "0/0"}, {"pg_last_xact_replay_timestamp() timestamp", nil}, {"pg_jit_available() bool", false},
		{"pg_current_logfile() text", nil}, {"pg_notification_queue_usage() double", 0.0}, {"pg_trigger_depth() int", int64(0)},
	} {
		a.row(f.sig, stable, constant(f.val), "Answers what clients ask of PostgreSQL.")
	}
	for _, f := range []struct {
		sig string
		val types.Value
	}{
		{"pg_is_other_temp_schema(schema oid) bool", false},
		{"pg_tablespace_location(space oid) text", ""}, {"pg_tablespace_size(space oid) bigint", int64(0)},
		{"pg_stat_get_numscans(rel oid) bigint", int64(0)}, {"pg_stat_get_tuples_returned(rel oid) bigint", int64(0)},
		{"pg_stat_get_live_tuples(rel oid) bigint", int64(0)}, {"pg_stat_get_dead_tuples(rel oid) bigint", int64(0)},
		{"pg_stat_get_last_vacuum_time(rel oid) timestamp", nil}, {"pg_stat_get_last_analyze_time(rel oid) timestamp", nil},
		{"pg_relation_filenode(rel regclass) oid", nil}, {"pg_relation_filepath(rel regclass) text", nil},
		{"pg_column_size(x any) int", int64(0)}, {"pg_index_column_has_property(i regclass, column int, property text) bool", nil},
		{"pg_indexam_has_property(am oid, property text) bool", nil}, {"pg_index_has_property(i regclass, property text) bool", nil},
		{"pg_sequence_last_value(seq oid) bigint", nil}, {"pg_get_serial_sequence(rel text, col text) text", nil},
		{"pg_collation_for(x any) text", "\"default\""}, {"pg_get_replica_identity_index(rel oid) oid", nil},
		{"pg_blocking_pids(pid int) int[]", []types.Value{}}, {"pg_stat_get_backend_idset(n int) int", nil},
		{"txid_status(x bigint) text", nil},
	} {
		a.row(f.sig, stable, constant(f.val), "Answers what clients ask of PostgreSQL.")
	}
}

func formatType(e *Env, v []types.Value) (types.Value, error) {
	oid, ok := v[0].(int64)
	if !ok {
		return nil, nil
	}
	if oid == 0 {
		return "-", nil
	}
	t, ok := types.FromOID(uint32(oid))
	if names, has := e.Catalog.(TypeNames); !ok && has {
		t, ok = names.TypeByOID(uint32(oid))
	}
	if !ok {
		if name, has := otherTypes[oid]; has {
			return name, nil
		}
		return "???", nil
	}
	if m, has := v[1].(int64); has && m >= 0 && m <= 1<<31-1 {
		t = types.WithTypmod(t, int32(m))
	}
	if oid == 1043 && t.Precision == 0 {
		return "character varying", nil
	}
	return t.String(), nil
}

// otherTypes are names of PostgreSQL types that exist only in its catalog.
var otherTypes = map[int64]string{
	22: "int2vector", 30: "oidvector", 114: "json", 1042: "character", 1114: "timestamp without time zone",
	1266: "time with time zone", 2276: "\"any\"", 2279: "trigger", 194: "pg_node_tree", 2281: "internal", 2283: "anyelement", 2277: "anyarray", 1034: "aclitem[]", 1033: "aclitem",
}

// prettySize is PostgreSQL's: the largest unit that keeps five digits, rounded
// half up.
func prettySize(n int64) string {
	size := float64(n)
	units := []string{"bytes", "kB", "MB", "GB", "TB", "PB"}
	u := 0
	for ; u+1 < len(units) && math.Abs(math.Round(size)) >= 10240; u++ {
		size /= 1024
	}
	return strconv.FormatInt(int64(math.Round(size)), 10) + " " + units[u]
}

// addRegistered registers to_regclass and its kin.
func addRegistered(a *adder) {
	a.row("to_regclass(name text) regclass", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if e.Catalog != nil {
			if oid := e.Catalog.RelationOID(v[0].(string)); oid != 0 {
				return int64(oid), nil
			}
		}
		return nil, nil
	}, "The relation of a name, NULL when there is none.")
	a.row("to_regtype(name text) regtype", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if names, ok := e.Catalog.(TypeNames); ok {
			if t, ok := names.TypeByName(v[0].(string)); ok {
				return int64(t.OID()), nil
			}
		}
		if t, ok := types.Lookup(strings.ToLower(v[0].(string)), nil); ok {
			return int64(t.OID()), nil
		}
		return nil, nil
	}, "The type of a name, NULL when there is none.")
	a.row("to_regproc(name text) regproc", stable, constant(nil), "The function of a name; NULL here.")
	a.row("to_regnamespace(name text) regnamespace", stable, constant(nil), "The schema of a name; NULL here.")
}
