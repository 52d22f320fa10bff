package planner

import (
	"os"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// systemTables are the relations Postgres clients ask, with the columns they
// name. Types: o oid, n name, t text, c "char", b bool, i int, s smallint,
// a text[], v int2vector, w oidvector, r regproc, l bigint, f real, z timestamptz.
var systemTables = map[string]string{
	"pg_catalog.pg_namespace":   "oid:o nspname:n nspowner:o nspacl:a",
	"pg_catalog.pg_class":       "oid:o relname:n relnamespace:o reltype:o reloftype:o relowner:o relam:o relfilenode:o reltablespace:o relpages:i reltuples:f reltoastrelid:o relhasindex:b relisshared:b relpersistence:c relkind:c relnatts:s relchecks:s relhasrules:b relhastriggers:b relhassubclass:b relrowsecurity:b relforcerowsecurity:b relreplident:c relispartition:b relispopulated:b relacl:a reloptions:a relpartbound:t",
	"pg_catalog.pg_attribute":   "attrelid:o attname:n atttypid:o attstattarget:i attlen:s attnum:s attndims:i atttypmod:i attbyval:b attalign:c attstorage:c attcompression:c attnotnull:b atthasdef:b atthasmissing:b attidentity:c attgenerated:c attisdropped:b attislocal:b attinhcount:i attcollation:o attacl:a attoptions:a attfdwoptions:a",
	"pg_catalog.pg_type":        "oid:o typname:n typnamespace:o typowner:o typlen:s typbyval:b typtype:c typcategory:c typispreferred:b typisdefined:b typdelim:c typrelid:o typsubscript:r typelem:o typarray:o typinput:r typoutput:r typreceive:r typsend:r typmodin:r typmodout:r typalign:c typstorage:c typnotnull:b typbasetype:o typtypmod:i typndims:i typcollation:o typdefault:t typacl:a",
	"pg_catalog.pg_proc":        "oid:o proname:n pronamespace:o proowner:o prolang:o procost:f prorows:f provariadic:o prokind:c prosecdef:b proleakproof:b proisstrict:b proretset:b provolatile:c proparallel:c pronargs:s pronargdefaults:s proargdefaults:t prorettype:o proargtypes:w proallargtypes:w proargmodes:a proargnames:a prosrc:t probin:t proconfig:a proacl:a",
	"pg_catalog.pg_index":       "indexrelid:o indrelid:o indnatts:s indnkeyatts:s indisunique:b indisprimary:b indisexclusion:b indimmediate:b indisclustered:b indisvalid:b indcheckxmin:b indisready:b indislive:b indisreplident:b indnullsnotdistinct:b indkey:v indcollation:w indclass:w indoption:v indexprs:t indpred:t",
	"pg_catalog.pg_constraint":  "oid:o conname:n connamespace:o contype:c condeferrable:b condeferred:b convalidated:b conrelid:o contypid:o conindid:o conparentid:o confrelid:o confupdtype:c confdeltype:c confmatchtype:c conislocal:b coninhcount:i connoinherit:b conkey:v confkey:v conpfeqop:w conbin:t",
	"pg_catalog.pg_attrdef":     "oid:o adrelid:o adnum:s adbin:t",
	"pg_catalog.pg_description": "objoid:o classoid:o objsubid:i description:t", "pg_catalog.pg_shdescription": "objoid:o classoid:o description:t",
	"pg_catalog.pg_am": "oid:o amname:n amhandler:r amtype:c", "pg_catalog.pg_collation": "oid:o collname:n collnamespace:o collprovider:c collisdeterministic:b collencoding:i collcollate:t collctype:t colliculocale:t",
	"pg_catalog.pg_database":     "oid:o datname:n datdba:o encoding:i datlocprovider:c datistemplate:b datallowconn:b datconnlimit:i dattablespace:o datcollate:t datctype:t daticulocale:t datacl:a",
	"pg_catalog.pg_roles":        "rolname:n rolsuper:b rolinherit:b rolcreaterole:b rolcreatedb:b rolcanlogin:b rolreplication:b rolconnlimit:i rolpassword:t rolvaliduntil:z rolbypassrls:b rolconfig:a oid:o",
	"pg_catalog.pg_auth_members": "roleid:o member:o grantor:o admin_option:b", "pg_catalog.pg_settings": "name:t setting:t unit:t category:t short_desc:t extra_desc:t context:t vartype:t source:t min_val:t max_val:t enumvals:a boot_val:t reset_val:t sourcefile:t sourceline:i pending_restart:b",
	"pg_catalog.pg_inherits": "inhrelid:o inhparent:o inhseqno:i inhdetachpending:b", "pg_catalog.pg_enum": "oid:o enumtypid:o enumsortorder:f enumlabel:n",
	"pg_catalog.pg_range": "rngtypid:o rngsubtype:o rngmultitypid:o rngcollation:o rngsubopc:o rngcanonical:r rngsubdiff:r", "pg_catalog.pg_tablespace": "oid:o spcname:n spcowner:o spcacl:a spcoptions:a",
	"pg_catalog.pg_extension": "oid:o extname:n extowner:o extnamespace:o extrelocatable:b extversion:t", "pg_catalog.pg_depend": "classid:o objid:o objsubid:i refclassid:o refobjid:o refobjsubid:i deptype:c",
	"pg_catalog.pg_sequence": "seqrelid:o seqtypid:o seqstart:l seqincrement:l seqmax:l seqmin:l seqcache:l seqcycle:b", "pg_catalog.pg_cast": "oid:o castsource:o casttarget:o castfunc:o castcontext:c castmethod:c",
	"pg_catalog.pg_policy": "oid:o polname:n polrelid:o polcmd:c polpermissive:b polroles:w polqual:t polwithcheck:t", "pg_catalog.pg_publication": "oid:o pubname:n pubowner:o puballtables:b pubinsert:b pubupdate:b pubdelete:b pubtruncate:b pubviaroot:b",
	"pg_catalog.pg_publication_rel": "oid:o prpubid:o prrelid:o prqual:t prattrs:v", "pg_catalog.pg_publication_namespace": "oid:o pnpubid:o pnnspid:o", "pg_catalog.pg_publication_tables": "pubname:n schemaname:n tablename:n",
	"pg_catalog.pg_statistic_ext": "oid:o stxrelid:o stxname:n stxnamespace:o stxowner:o stxstattarget:i stxkeys:v stxkind:a stxexprs:t", "pg_catalog.pg_foreign_table": "ftrelid:o ftserver:o ftoptions:a",
	"pg_catalog.pg_foreign_server": "oid:o srvname:n srvowner:o srvfdw:o srvtype:t srvversion:t srvacl:a srvoptions:a", "pg_catalog.pg_foreign_data_wrapper": "oid:o fdwname:n fdwowner:o fdwhandler:o fdwvalidator:o fdwacl:a fdwoptions:a",
	"pg_catalog.pg_event_trigger": "oid:o evtname:n evtevent:n evtowner:o evtfoid:o evtenabled:c evttags:a", "pg_catalog.pg_db_role_setting": "setdatabase:o setrole:o setconfig:a",
	"pg_catalog.pg_statio_all_tables": "relid:o schemaname:n relname:n", "pg_catalog.pg_trigger": "oid:o tgrelid:o tgparentid:o tgname:n tgfoid:o tgtype:s tgenabled:c tgisinternal:b tgconstraint:o tgdeferrable:b tginitdeferred:b",
	"pg_catalog.pg_rewrite": "oid:o rulename:n ev_class:o ev_type:c ev_enabled:c is_instead:b ev_qual:t ev_action:t", "pg_catalog.pg_language": "oid:o lanname:n lanowner:o", "pg_catalog.pg_user": "usename:n usesysid:o usecreatedb:b usesuper:b",
	"pg_catalog.pg_opclass": "oid:o opcmethod:o opcname:n opcnamespace:o opcintype:o opcdefault:b", "pg_catalog.pg_operator": "oid:o oprname:n oprnamespace:o oprleft:o oprright:o oprresult:o",
	"pg_catalog.pg_stat_activity": "datid:o datname:n pid:i usename:n application_name:t state:t query:t", "pg_catalog.pg_matviews": "schemaname:n matviewname:n", "pg_catalog.pg_views": "schemaname:n viewname:n definition:t", "pg_catalog.pg_tables": "schemaname:n tablename:n",
	"information_schema.tables":   "table_catalog:n table_schema:n table_name:n table_type:t",
	"information_schema.columns":  "table_catalog:n table_schema:n table_name:n column_name:n ordinal_position:i column_default:t is_nullable:t data_type:t character_maximum_length:i numeric_precision:i numeric_scale:i datetime_precision:i udt_schema:n udt_name:n is_identity:t identity_generation:t is_generated:t",
	"information_schema.schemata": "catalog_name:n schema_name:n schema_owner:n", "information_schema.views": "table_catalog:n table_schema:n table_name:n view_definition:t",
	"information_schema.table_constraints": "constraint_name:n table_schema:n table_name:n constraint_type:t", "information_schema.key_column_usage": "constraint_name:n table_schema:n table_name:n column_name:n ordinal_position:i",
	"information_schema.sequences": "sequence_schema:n sequence_name:n",
}

var systemTypes = map[string]types.Type{
	"o": types.TOID, "n": types.TName, "t": types.TString, "c": types.TChar, "b": types.TBoolean, "i": types.TInt, "s": types.TSmallInt,
	"a": types.TArray(types.TString), "v": types.TArray(types.TSmallInt), "w": types.TArray(types.TOID), "r": {Kind: types.RegProc},
	"l": types.TBigInt, "f": types.TReal, "z": types.TTimestamp,
}

func withSystemTables(c *fakeCatalog) *fakeCatalog {
	for name, cols := range systemTables {
		var s types.Schema
		for _, col := range strings.Fields(cols) {
			n, t, _ := strings.Cut(col, ":")
			s = append(s, types.Column{Name: n, Type: systemTypes[t]})
		}
		c.virtual[name] = s
	}
	return c
}

// TestClientQueries binds what Postgres clients were recorded to send. The
// count of queries that bind may only grow.
func TestClientQueries(t *testing.T) {
	raw, err := os.ReadFile(shared(t, "spec/postgres-client-queries.txt"))
	if err != nil {
		t.Fatal(err)
	}
	cat := withSystemTables(testCatalog())
	delete(cat.relations, "orders")
	cat.define(`CREATE TABLE orders (id INT PRIMARY KEY, customer TEXT, amount NUMERIC(10,2), f8 DOUBLE PRECISION, ts TIMESTAMPTZ, tags TEXT[], doc JSONB, ok BOOLEAN, u UUID, d DATE, b BYTEA)`, Options{})
	bound, all := 0, 0
	for _, q := range strings.Split(string(raw), "\n\n") {
		q = strings.TrimSpace(q)
		for strings.HasPrefix(q, "--") {
			_, q, _ = strings.Cut(q, "\n")
		}
		stmt, err := sql.ParseOne(q)
		if err != nil {
			continue
		}
		query, ok := stmt.(*sql.QueryStmt)
		if !ok {
			continue
		}
		all++
		p, err := Build(query.Query, cat, Options{Text: q})
		if err == nil {
			if broken := checkPlan(p); broken != nil {
				t.Errorf("%v\n    %.600s", broken, q)
			}
		}
		if err != nil {
			e := sqlerr.From(err)
			t.Logf("%s %s (at %d: %.20s)\n    %.300s", e.Code, e.Message, e.Pos, q[min(len(q), max(0, e.Pos-1)):], q)
			continue
		}
		bound++
	}
	if bound < 165 {
		t.Errorf("%d of %d bind, 165 did before", bound, all)
	}
}
