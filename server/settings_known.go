package server

import (
	"strings"

	"github.com/leatdb/leat/server/auth"
)

// settingKind is how a setting's text is checked.
type settingKind uint8

const (
	insertPartition             = "leat.insert_partition"
	textSetting     settingKind = iota
	boolSetting
	intSetting
	durationSetting // milliseconds, with PostgreSQL's units
	enumSetting
	timeZoneSetting
	encodingSetting
	dateStyleSetting
	readOnlySetting // a fact of the server: 55P02 when set
)

// setting is one known parameter.
type setting struct {
	name     string // as SHOW ALL prints it
	value    string // default
	kind     settingKind
	report   bool     // told to the client by ParameterStatus
	words    []string // of an enum
	min, max int64    // of an int
	unit     string
	doc      string
}

const (
	maxInt      = 2147483647
	serverMajor = "15.0"
	pgVersion   = serverMajor + " (Leat 0.1)"
)

func enum(words string) []string { return strings.Fields(words) }

// knownSettings is every parameter that can be shown, in SHOW ALL's order: by
// name without regard to case.
var knownSettings = []setting{
	{name: "application_name", report: true, doc: "Sets the application name to be reported in statistics and logs."},
	{name: "audit", value: "on", kind: readOnlySetting, doc: "How the audit log is kept: on, sync or off."},
	{name: "authentication_timeout", value: startupTimeout, kind: readOnlySetting, unit: "ms", doc: "How long a client may take to introduce itself and to prove who it is."},
	{name: "auto.offset.reset", kind: enumSetting, words: enum("earliest latest"), doc: "Where a query over a stream starts when it does not say (ksqldb)."},
	{name: "background_ddl", value: "off", kind: boolSetting, doc: "CREATE ... AS returns at once instead of waiting for the backfill."},
	{name: "backslash_quote", value: "safe_encoding", kind: enumSetting, words: enum("safe_encoding on off"), doc: "Accepted for clients; has no effect."},
	{name: "block_size", value: "8192", kind: readOnlySetting, doc: "Shows the size of a disk block."},
	{name: "bytea_output", value: "hex", kind: enumSetting, words: enum("hex"), doc: "Sets the output format for bytea."},
	{name: "check_function_bodies", value: "on", kind: boolSetting, doc: "Accepted for clients; has no effect."},
	{name: "client_encoding", value: "UTF8", kind: encodingSetting, report: true, doc: "Sets the client's character set encoding."},
	{name: "client_min_messages", value: "notice", kind: enumSetting, words: enum("debug5 debug4 debug3 debug2 debug1 debug log notice info warning error"), doc: "Sets the message levels that are sent to the client."},
	{name: "compatibility", value: "leat", kind: enumSetting, words: enum("leat ksqldb"), doc: "Whose meaning new statements have; captured with every object."},
	{name: "DateStyle", value: "ISO, MDY", kind: dateStyleSetting, report: true, doc: "Sets the display format for date and time values."},
	{name: "default_table_access_method", value: "heap", doc: "Accepted for clients; has no effect."},
	{name: "default_tablespace", doc: "Accepted for clients; has no effect."},
	{name: "default_text_search_config", value: "pg_catalog.simple", doc: "Accepted for clients; has no effect."},
	{name: "default_transaction_deferrable", value: "off", kind: boolSetting, doc: "Sets the default deferrable status of new transactions."},
	{name: "default_transaction_isolation", value: "read committed", kind: enumSetting, words: isolations, doc: "Sets the transaction isolation level of each new transaction."},
	{name: "default_transaction_read_only", value: "off", kind: boolSetting, report: true, doc: "Sets the default read-only status of new transactions."},
	{name: "durability", value: "fsync", kind: readOnlySetting, doc: "When a write is acknowledged: fsync, or relaxed (before it is on disk)."},
	{name: "enable_seqscan", value: "on", kind: boolSetting, doc: "Accepted for clients; has no effect."},
	{name: "escape_string_warning", value: "on", kind: boolSetting, doc: "Accepted for clients; has no effect."},
	{name: "extra_float_digits", value: "1", kind: intSetting, min: -15, max: 3, doc: "Sets the number of digits displayed for floating-point values."},
	{name: "geqo", value: "on", kind: boolSetting, doc: "Accepted for clients; has no effect."},
	{name: "http_idle_timeout", value: formatInt(httpIdleTime.Milliseconds()), kind: readOnlySetting, unit: "ms", doc: "How long an HTTP connection may stay open between requests."},
	{name: "http_max_body", value: "10485760", kind: readOnlySetting, unit: "B", doc: "The largest body of an HTTP request."},
	{name: "http_max_header", value: formatInt(httpHeaderBytes), kind: readOnlySetting, unit: "B", doc: "The largest header of an HTTP request."},
	{name: "idle_in_transaction_session_timeout", value: "0", kind: durationSetting, unit: "ms", doc: "Sets the maximum allowed idle time between queries, when in a transaction."},
	{name: "idle_session_timeout", value: "0", kind: durationSetting, unit: "ms", doc: "Sets the maximum allowed idle time between queries."},
	{name: "idle_timeout", value: "0", kind: durationSetting, unit: "ms", doc: "Wall-clock time after which new queries close windows without data; 0 never."},
	{name: "in_hot_standby", value: "off", kind: readOnlySetting, report: true, doc: "Shows whether hot standby is currently active."},
	{name: "integer_datetimes", value: "on", kind: readOnlySetting, report: true, doc: "Shows whether datetimes are integer based."},
	{name: "IntervalStyle", value: "postgres", kind: enumSetting, words: enum("postgres"), report: true, doc: "Sets the display format for interval values."},
	{name: "is_superuser", value: "on", kind: readOnlySetting, report: true, doc: "Shows whether the current user is a superuser."},
	{name: "jit", value: "off", kind: boolSetting, doc: "Accepted for clients; has no effect."},
	{name: "lc_collate", value: "C", kind: readOnlySetting, doc: "Shows the collation order locale."},
	{name: "lc_ctype", value: "C", kind: readOnlySetting, doc: "Shows the character classification and case conversion locale."},
	{name: "lc_messages", value: "C", doc: "Sets the language in which messages are displayed."},
	{name: "lc_monetary", value: "C", doc: "Sets the locale for formatting monetary amounts."},
	{name: "lc_numeric", value: "C", doc: "Sets the locale for formatting numbers."},
	{name: "lc_time", value: "C", doc: "Sets the locale for formatting date and time values."},
	{name: insertPartition, value: "-1", kind: intSetting, min: -1, max: maxInt, doc: "The partition that rows inserted into streams go to; -1 lets the key decide."},
	{name: "lock_timeout", value: "0", kind: durationSetting, unit: "ms", doc: "Sets the maximum allowed duration of any wait for a lock."},
	{name: "login_failures", value: formatInt(auth.FreeFailures), kind: readOnlySetting, doc: "Failed logins of a role from an address before the first pause."},
	{name: "login_failures_per_address", value: formatInt(auth.AddressFailures), kind: readOnlySetting, doc: "Failed logins from an address in a minute."},
	{name: "login_longest_pause", value: formatInt(auth.LongestPause.Milliseconds()), kind: readOnlySetting, unit: "ms", doc: "The longest pause after failed logins; the first is 1 s, each doubles."},
	{name: "max_connections", value: "500", kind: readOnlySetting, doc: "Sets the maximum number of concurrent connections."},
	{name: "max_decoded", value: "33554432", kind: readOnlySetting, unit: "B", doc: "What decoded rows may take in memory that wait for other queries on the same partition."},
	{name: "max_identifier_length", value: "63", kind: readOnlySetting, doc: "Shows the maximum identifier length."},
	{name: "max_in_list", value: maxInList, kind: readOnlySetting, doc: "Items that IN may list."},
	{name: "max_index_keys", value: "32", kind: readOnlySetting, doc: "Shows the maximum number of index keys."},
	{name: "max_message_size", value: maxMessageBytes, kind: readOnlySetting, unit: "B", doc: "The largest message of a client."},
	{name: "max_portals", value: maxPrepared, kind: readOnlySetting, doc: "Portals that a session may have open."},
	{name: "max_prepared_statements", value: maxPrepared, kind: readOnlySetting, doc: "Prepared statements that a session may have."},
	{name: "max_push_queries", value: "1000", kind: readOnlySetting, doc: "Distinct push queries that HTTP clients may run at once."},
	{name: "max_startup_packet", value: "10000", kind: readOnlySetting, unit: "B", doc: "The largest message of a client that has not come in yet."},
	{name: "max_state", value: "8589934592", kind: readOnlySetting, unit: "B", doc: "What a task of a continuous query may keep in memory; beyond it state goes to disk, or the query fails."},
	{name: "max_statement_depth", value: maxStatementDepth, kind: readOnlySetting, doc: "Levels of parentheses and subqueries in a statement."},
	{name: "max_statement_size", value: maxStatementBytes, kind: readOnlySetting, unit: "B", doc: "The longest text of statements."},
	{name: "max_uncommitted", value: "67108864", kind: readOnlySetting, unit: "B", doc: "What results of continuous queries may take in memory that wait for the log."},
	{name: "on_error", value: "dlq", kind: enumSetting, words: enum("dlq skip stop"), doc: "What new queries do with a row that they cannot process."},
	{name: "password_encryption", value: "scram-sha-256", kind: enumSetting, words: enum("scram-sha-256"), doc: "Chooses the algorithm for encrypting passwords."},
	{name: "position_notices", value: "off", kind: boolSetting, doc: "Sends the position token of every write as a notice."},
	{name: "pull_timeout", value: "30000", kind: durationSetting, unit: "ms", doc: "Sets the maximum duration of a pull query where statement_timeout is 0."},
	{name: "query_memory", value: "268435456", kind: intSetting, min: 1 << 16, max: 1 << 40, unit: "B", doc: "Bytes that one pull query may hold."},
	{name: "require_tls", value: "off", kind: readOnlySetting, doc: "Shows whether connections without TLS are refused."},
	{name: "role", value: "none", doc: "Sets the current role."},
	{name: "row_security", value: "on", kind: boolSetting, doc: "Accepted for clients; has no effect."},
	{name: "scram_iterations", value: formatInt(auth.Iterations), kind: readOnlySetting, doc: "Shows the iteration count of new password hashes."},
	{name: "search_path", value: `"$user", public`, doc: "Sets the schema search order for names that are not schema-qualified."},
	{name: "server_encoding", value: "UTF8", kind: readOnlySetting, report: true, doc: "Shows the server (database) character set encoding."},
	{name: "server_version", value: pgVersion, kind: readOnlySetting, report: true, doc: "Shows the server version."},
	{name: "server_version_num", value: "150000", kind: readOnlySetting, doc: "Shows the server version as an integer."},
	{name: "session_authorization", kind: textSetting, report: true, doc: "Sets the session user name."},
	{name: "ssl", value: "off", kind: readOnlySetting, doc: "Shows whether SSL connections are accepted."},
	{name: "ssl_min_protocol_version", value: "TLSv1.2", kind: readOnlySetting, doc: "Shows the oldest version of TLS that is spoken."},
	{name: "standard_conforming_strings", value: "on", kind: enumSetting, words: enum("on"), report: true, doc: "Causes '...' strings to treat backslashes literally."},
	{name: "statement_timeout", value: "0", kind: durationSetting, unit: "ms", doc: "Sets the maximum allowed duration of any statement."},
	{name: "superuser_reserved_connections", value: "5", kind: readOnlySetting, doc: "Sets the number of connections kept for superusers, on top of max_connections."},
	{name: "synchronous_commit", value: "on", kind: enumSetting, words: enum("on off local remote_write remote_apply"), doc: "Accepted for clients; every commit is synced."},
	{name: "tcp_keepalives_idle", value: "30", kind: readOnlySetting, unit: "s", doc: "Time between issuing TCP keepalives."},
	{name: "TimeZone", value: "UTC", kind: timeZoneSetting, report: true, doc: "Sets the time zone for displaying and interpreting time stamps."},
	{name: "transaction_deferrable", value: "off", kind: boolSetting, doc: "Sets the current transaction's deferrable status."},
	{name: "transaction_isolation", value: "read committed", kind: enumSetting, words: isolations, doc: "Sets the current transaction's isolation level."},
	{name: "transaction_read_only", value: "off", kind: boolSetting, doc: "Sets the current transaction's read-only status."},
	{name: "wait_for", doc: "A position token: reads of this session see at least what it stands for."},
	{name: "work_mem", value: "4096", kind: intSetting, min: 64, max: maxInt, unit: "kB", doc: "Accepted for clients; see query_memory."},
	{name: "xmloption", value: "content", kind: enumSetting, words: enum("content document"), doc: "Accepted for clients; has no effect."},
}

var isolations = []string{"read committed", "read uncommitted", "repeatable read", "serializable"}

// ksqlSettings are ksqlDB's properties that are stored and shown; only those
// that also stand above have an effect.
var ksqlSettings = enum(`commit.interval.ms cache.max.bytes.buffering processing.guarantee num.stream.threads
ksql.streams.auto.offset.reset ksql.streams.commit.interval.ms ksql.streams.cache.max.bytes.buffering
ksql.streams.num.stream.threads ksql.streams.processing.guarantee ksql.streams.topology.optimization
ksql.streams.default.timestamp.extractor ksql.streams.__emit.interval.ms.kstreams.windowed.aggregation__
ksql.query.pull.table.scan.enabled ksql.query.pull.range.scan.enabled ksql.query.pull.limit.clause.enabled
ksql.query.pull.stream.enabled ksql.query.push.v2.enabled ksql.new.query.planner.enabled
ksql.persistence.default.format.value ksql.persistence.default.format.key ksql.persistence.wrap.single.values
ksql.functions.substring.legacy.args ksql.functions.collect_list.limit ksql.functions.collect_set.limit
ksql.output.topic.name.prefix ksql.sink.partitions ksql.sink.replicas ksql.timestamp.throw.on.invalid
ksql.windowed.session.key.legacy ksql.create.or.replace.enabled ksql.cast.strings.preserve.nulls
ksql.nested.error.set.null ksql.variable.substitution.enable ksql.query.persistent.active.limit
ksql.logging.processing.rows.include ksql.joins.foreign.key.enable ksql.suppress.enabled
ksql.rowpartition.rowoffset.enabled ksql.headers.columns.enabled ksql.lambdas.enabled
use.exact.numeric.comparison`)

// settingByName finds settings by lower-case name.
var settingByName = func() map[string]*setting {
	m := map[string]*setting{}
	for i := range knownSettings {
		m[strings.ToLower(knownSettings[i].name)] = &knownSettings[i]
	}
	for _, n := range ksqlSettings {
		m[n] = &setting{name: n, doc: "A property of ksqlDB, kept for scripts."}
	}
	return m
}()
