package planner

import (
	"sort"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/types"
)

// fakeCatalog is a catalog of fixed relations.
type fakeCatalog struct {
	relations map[string]*catalog.Relation
	virtual   map[string]types.Schema
	custom    map[string]types.Type
	registry  fakeRegistry
}

func (c *fakeCatalog) Relation(schema, name string) (*catalog.Relation, bool) {
	if schema != "" && schema != "public" {
		return nil, false
	}
	r, ok := c.relations[name]
	return r, ok
}

func (c *fakeCatalog) Virtual(schema, name string) (string, types.Schema, bool) {
	if schema == "" {
		schema = "pg_catalog"
	}
	full := schema + "." + name
	s, ok := c.virtual[full]
	return full, s, ok
}

func (c *fakeCatalog) CustomType(name string) (types.Type, bool) {
	t, ok := c.custom[name]
	return t, ok
}

func (c *fakeCatalog) Names() []string {
	var out []string
	for n := range c.relations {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// define runs a declaration and puts the relation into the catalog.
func (c *fakeCatalog) define(text string, opt Options) *catalog.Relation {
	stmt, err := sql.ParseOne(text)
	if err != nil {
		panic(text + ": " + err.Error())
	}
	cs := stmt.(*sql.CreateSource)
	var r *catalog.Relation
	if cs.As != nil && cs.Kind != sql.View {
		_, r, err = BuildPersistent(cs.Kind, cs.Name.Last().Fold(opt.Ksql), nil, cs.With, cs.As, c, opt)
	} else {
		r, err = BindCreate(cs, c, opt)
	}
	if err != nil {
		panic(text + ": " + err.Error())
	}
	if cs.Kind == sql.View {
		r.Query = text[cs.As.Pos:]
	}
	c.relations[r.Name] = r
	return r
}

// declarations are what most tests plan over.
var declarations = []string{
	`CREATE STREAM clicks (page TEXT KEY, user_id INT, n INT, cost NUMERIC(10,2), tags TEXT[], info STRUCT<city TEXT, zip INT>, at TIMESTAMP)`,
	`CREATE STREAM orders (id BIGINT KEY, user_id INT, total DOUBLE PRECISION, note TEXT) WITH (partitions = 4)`,
	`CREATE STREAM ships (order_id BIGINT KEY, carrier TEXT) WITH (partitions = 4)`,
	`CREATE STREAM raw (line TEXT)`,
	`CREATE TABLE users (id INT PRIMARY KEY, name TEXT, city_id INT, created TIMESTAMP, doc JSONB, ok BOOLEAN, props MAP<TEXT, INT>)`,
	`CREATE TABLE cities (id INT PRIMARY KEY, name TEXT NOT NULL)`,
	`CREATE TABLE stock (shop TEXT, item TEXT, qty INT DEFAULT 0, PRIMARY KEY (shop, item))`,
	`CREATE TABLE profiles (id INT PRIMARY KEY, bio TEXT)`,
	`CREATE MATERIALIZED VIEW per_page AS SELECT page, count(*) AS hits FROM clicks GROUP BY page`,
	`CREATE MATERIALIZED VIEW per_minute AS SELECT page, count(*) AS hits FROM clicks WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY page`,
	`CREATE VIEW big_users AS SELECT id, upper(name) AS big, city_id FROM users WHERE id > 10`,
}

func testCatalog() *fakeCatalog {
	c := &fakeCatalog{relations: map[string]*catalog.Relation{}, virtual: map[string]types.Schema{}, custom: map[string]types.Type{}}
	for _, d := range declarations {
		c.define(d, Options{})
	}
	return c
}

// ksqlDeclarations are the same in ksqlDB's meaning.
var ksqlDeclarations = []string{
	`CREATE STREAM PAGEVIEWS (ID STRING KEY, USERID BIGINT, COST DECIMAL(4,2), TAGS ARRAY<STRING>, S STRUCT<A INT, B STRING>, M MAP<STRING, INT>) WITH (KAFKA_TOPIC='pv', VALUE_FORMAT='JSON', PARTITIONS=1)`,
	`CREATE STREAM LEFT_S (ID BIGINT KEY, NAME STRING) WITH (KAFKA_TOPIC='l', VALUE_FORMAT='JSON', PARTITIONS=1)`,
	`CREATE STREAM RIGHT_S (ID BIGINT KEY, AMOUNT INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON', PARTITIONS=1)`,
	`CREATE TABLE USERS (ID BIGINT PRIMARY KEY, NAME STRING, CITY BIGINT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON', PARTITIONS=1)`,
	`CREATE TABLE CITIES (ID BIGINT PRIMARY KEY, NAME STRING) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON', PARTITIONS=1)`,
	`CREATE TABLE PER_USER AS SELECT USERID, COUNT(*) AS N FROM PAGEVIEWS GROUP BY USERID`,
	`CREATE TABLE PER_HOUR AS SELECT USERID, COUNT(*) AS N FROM PAGEVIEWS WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY USERID`,
}

func ksqlCatalog() *fakeCatalog {
	c := &fakeCatalog{relations: map[string]*catalog.Relation{}, virtual: map[string]types.Schema{}, custom: map[string]types.Type{}}
	for _, d := range ksqlDeclarations {
		c.define(d, Options{Ksql: true})
	}
	return c
}
