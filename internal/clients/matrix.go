package clients

// Cells are the columns of the matrix, in order.
var Cells = []Cell{
	{"connect", "it connects, and knows the server's version"},
	{"text", "every type there and back as text: parameters and results"},
	{"binary", "the same in binary"},
	{"prepared", "prepared statements: many runs, types of parameters inferred"},
	{"copy", "COPY in and out"},
	{"metadata", "the client's own way to list tables, columns and keys"},
	{"tail", "a push query shows a row within a second of its INSERT; the slowest of the ways that the script tries, in ms"},
	{"cancel", "a push query that waits is cancelled within a second, and the connection is used again; in ms"},
	{"errors", "SQLSTATE reaches the program, and the connection is used again"},
	{"transactions", "commit, rollback, savepoints"},
	{"pool", "pools, batches, pipelines: what the client does on its own"}}

// Cell is one column: what is tried with each client.
type Cell struct{ Name, About string }

// Client is one row.
type Client struct {
	Name string
	Slug string // part of its tables' names, and its user
	Lang string // python, node, java, perl or go
	File string // the script, without its extension
	// Needs is what has to be installed: modules of the language, "debian:" and a
	// glob for what apt brings, "program:" and a command.
	Needs []string
	// NA is the reason for each cell that the client itself cannot do.
	NA map[string]string
}

const (
	noBinary = "asks for text only"
	noCopy   = "has no COPY"
)

// Matrix is all clients, in the order of the page.
var Matrix = []Client{
	{Name: "psql", Slug: "psql", Lang: "python", File: "with_psql", Needs: []string{"program:psql"}, NA: map[string]string{
		"binary": noBinary,
	}},
	{Name: "pgcli", Slug: "pgcli", Lang: "python", File: "with_pgcli", Needs: []string{"pgcli"}, NA: map[string]string{
		"binary": noBinary, "pool": "has no pool and no pipelines",
	}},
	{Name: "psycopg 3", Slug: "psycopg3", Lang: "python", File: "with_psycopg3", Needs: []string{"psycopg", "psycopg_binary", "psycopg_pool"}},
	{Name: "psycopg2", Slug: "psycopg2", Lang: "python", File: "with_psycopg2", Needs: []string{"psycopg2"}, NA: map[string]string{
		"binary": noBinary,
	}},
	{Name: "asyncpg", Slug: "asyncpg", Lang: "python", File: "with_asyncpg", Needs: []string{"asyncpg"}, NA: map[string]string{
		"text": "asks for binary only; its codecs in text are tried under binary",
	}},
	{Name: "pg8000", Slug: "pg8000", Lang: "python", File: "with_pg8000", Needs: []string{"pg8000"}, NA: map[string]string{
		"binary": noBinary, "pool": "has no pool and no pipelines",
	}},
	{Name: "SQLAlchemy", Slug: "sqlalchemy", Lang: "python", File: "with_sqlalchemy", Needs: []string{"sqlalchemy", "psycopg"}, NA: map[string]string{
		"binary": "leaves the format to its driver, which is psycopg 3 here", "copy": noCopy + " of its own",
	}}, {Name: "psqlODBC", Slug: "psqlodbc", Lang: "python", File: "with_psqlodbc", Needs: []string{"pyodbc", "debian:/usr/lib/*/odbc/psqlodbcw.so"}, NA: map[string]string{
		"binary": noBinary, "copy": "ODBC has no COPY", "pool": "leaves pools to the driver manager",
	}},
	{Name: "pgx", Slug: "pgx", Lang: "go", File: "pgx"},
	{Name: "lib/pq", Slug: "libpq", Lang: "go", File: "libpq"},
	{Name: "node-postgres", Slug: "pg", Lang: "node", File: "with_pg", Needs: []string{"pg", "pg-cursor", "pg-query-stream", "pg-copy-streams"}, NA: map[string]string{
		"binary": "reads results as UTF-8 text before it decodes them, which spoils binary ones",
	}},
	{Name: "postgres.js", Slug: "postgresjs", Lang: "node", File: "with_postgresjs", Needs: []string{"postgres"}, NA: map[string]string{
		"binary": noBinary,
	}},
	{Name: "Sequelize", Slug: "sequelize", Lang: "node", File: "with_sequelize", Needs: []string{"sequelize", "pg"}, NA: map[string]string{
		"binary": noBinary, "copy": noCopy,
	}},
	{Name: "TypeORM", Slug: "typeorm", Lang: "node", File: "with_typeorm", Needs: []string{"typeorm", "reflect-metadata", "pg", "pg-query-stream"}, NA: map[string]string{
		"binary": noBinary, "copy": noCopy,
	}},
	{Name: "Knex", Slug: "knex", Lang: "node", File: "with_knex", Needs: []string{"knex", "pg", "pg-query-stream"}, NA: map[string]string{
		"binary": noBinary, "copy": noCopy,
	}},
	{Name: "Kysely", Slug: "kysely", Lang: "node", File: "with_kysely", Needs: []string{"kysely", "pg", "pg-cursor"}, NA: map[string]string{
		"binary": noBinary, "copy": noCopy,
	}},
	{Name: "DBD::Pg", Slug: "dbdpg", Lang: "perl", File: "with_dbdpg", Needs: []string{"debian:/usr/lib/*/perl5/*/DBD/Pg.pm"}, NA: map[string]string{
		"binary": noBinary,
	}},
	{Name: "pgjdbc", Slug: "pgjdbc", Lang: "java", File: "Pgjdbc", Needs: []string{"postgresql.jar"}},
}
