package catalog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/sql/types"
)

// The intent is invisible, takes the name, and becomes visible or goes.
func TestLifeOfARelation(t *testing.T) {
	w := newWorld(t)
	c := stream("s", "k bigint key, a text")
	c.Ready = false
	made := w.ok(c)
	if made.OID != catalog.FirstOID {
		t.Errorf("first OID is %d", made.OID)
	}
	if _, ok := w.c.Current().Relation("", "s"); ok {
		t.Error("a relation being created is visible")
	}
	w.no(c, "42P07", `relation "s" already exists`)
	w.no(&catalog.Activate{Name: "s", OID: 1}, "55000")
	w.no(&catalog.DropRelation{Name: "s"}, "55006")
	w.ok(&catalog.Abort{Name: "s", OID: made.OID})
	made = w.ok(c)
	w.ok(&catalog.Activate{Name: "s", OID: made.OID})
	w.no(&catalog.Abort{Name: "s", OID: made.OID}, "55000")
	r, ok := w.c.Current().Relation("public", "s")
	if !ok || r.OID != catalog.FirstOID+1 || r.CreatedAt == 0 || len(r.Versions) != 1 {
		t.Errorf("%+v", r)
	}
	if _, ok := w.c.Current().Relation("other", "s"); ok {
		t.Error("found in another schema")
	}
	w.ok(&catalog.DropRelation{Name: "s"})
	w.no(c, "55006", "being dropped")
	w.no(&catalog.ForgetRelation{Name: "s", OID: 7}, "55000")
	w.ok(&catalog.ForgetRelation{Name: "s", OID: made.OID})
	w.ok(c)
}

func TestJobsOfDerivedRelations(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "a text"))
	c := derived("d", "a text", "s")
	c.Ready = false
	res := w.ok(c)
	if res.JobID != "CSAS_d_0" {
		t.Errorf("job is %q", res.JobID)
	}
	job, _ := w.c.Current().Job("CSAS_d_0")
	if job.Status != catalog.Starting || job.Sink != "d" {
		t.Errorf("%+v", job)
	}
	w.ok(&catalog.Activate{Name: "d", OID: res.OID})
	if job, _ = w.c.Current().Job("CSAS_d_0"); job.Status != catalog.Running {
		t.Errorf("%+v", job)
	}
	insert := w.ok(&catalog.CreateJob{Job: catalog.Job{Sink: "s", Reads: []string{"d"}}})
	if insert.JobID != "INSERTQUERY_1" {
		t.Errorf("job is %q", insert.JobID)
	}
	w.no(&catalog.CreateJob{Job: catalog.Job{ID: "INSERTQUERY_1", Sink: "s"}}, "42710")
	w.no(&catalog.CreateJob{Job: catalog.Job{Sink: "s", Reads: []string{"x"}}}, "42P01", `relation "x" does not exist`)
	w.no(&catalog.CreateJob{Job: catalog.Job{Sink: "x"}}, "42P01")
	w.no(&catalog.SetJobStatus{ID: "nope", Status: catalog.Paused}, "42704")
	w.no(&catalog.SetJobStatus{ID: "CSAS_d_0", Status: "HAPPY"}, "XX001")
	w.ok(&catalog.SetJobStatus{ID: "CSAS_d_0", Status: catalog.Failed, Error: "boom", Epoch: 4, Version: 1})
	w.ok(derived2(derived("d", "a text, b int", "s")))
	if job, _ = w.c.Current().Job("CSAS_d_0"); job.Version != 2 || job.Status != catalog.Running {
		t.Errorf("%+v", job)
	}
	w.no(&catalog.SetJobStatus{ID: "CSAS_d_0", Status: catalog.Failed, Version: 1}, "55000", "was replaced")
	w.ok(&catalog.DropJob{ID: "CSAS_d_0"})
	if r, _ := w.c.Current().Relation("", "d"); r.JobID != "" {
		t.Error("a terminated job is still the relation's")
	}
	w.no(&catalog.DropJob{ID: "CSAS_d_0"}, "42704")
	w.ok(&catalog.SetJobStatus{ID: "INSERTQUERY_1", Status: catalog.Terminated})
	w.no(&catalog.SetJobStatus{ID: "INSERTQUERY_1", Status: catalog.Running}, "55000", "is terminated")
}

func derived2(c *catalog.CreateRelation) *catalog.CreateRelation {
	c.OrReplace = true
	return c
}

func TestInsertSinks(t *testing.T) {
	w := newWorld(t)
	readOnly := stream("ro", "a text")
	readOnly.Relation.ReadOnly = true
	w.ok(readOnly)
	headers := stream("h", "a text")
	headers.Relation.Headers = map[int]string{0: ""}
	w.ok(headers)
	w.ok(view("v", "a text"))
	table := stream("t", "k int key, a text")
	table.Relation.Kind = catalog.Table
	w.ok(table)
	for sink, want := range map[string]string{"ro": "0A000", "h": "0A000", "v": "42809"} {
		w.no(&catalog.CreateJob{Job: catalog.Job{Sink: sink}}, want, sink)
	}
	w.no(&catalog.CreateJob{Job: catalog.Job{Sink: "t", Meaning: "ksqldb"}}, "42809", "INSERT INTO can only be used to insert into a stream. t is a table.")
	w.ok(&catalog.CreateJob{Job: catalog.Job{Sink: "t"}})
}

func TestDependents(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "a text"))
	w.ok(derived("d", "a text", "s"))
	w.ok(view("v", "a text", "d", "s"))
	w.ok(&catalog.CreateJob{Job: catalog.Job{Sink: "s", Reads: []string{"d"}}})
	w.no(&catalog.DropRelation{Name: "s"}, "2BP01", "cannot drop stream s because other objects depend on it",
		"stream d depends on stream s\nview v depends on stream s\nquery INSERTQUERY_1 depends on stream s")
	w.no(&catalog.DropRelation{Name: "s", Meaning: "ksqldb"}, "2BP01", "The following queries read from this source: [CSAS_d_0]",
		"write into this source: [INSERTQUERY_1]", "The following streams and/or tables read from this source: [d, v].")
	w.no(&catalog.RenameRelation{Name: "s", To: "z"}, "2BP01")
	res := w.ok(&catalog.DropRelation{Name: "s", Cascade: true})
	var names []string
	for _, r := range res.Dropped {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, " "); got != "v d s" || len(res.Ended) != 2 || res.Notice != "drop cascades to 2 other objects" {
		t.Errorf("dropped %s, ended %v, %q", got, res.Ended, res.Notice)
	}
	if len(w.c.Current().Relations()) != 0 || len(w.c.Current().Jobs()) != 0 {
		t.Error("something is left")
	}
}

func TestDropRefusals(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "a text"))
	w.no(&catalog.DropRelation{Name: "x"}, "42P01", `stream "x" does not exist`)
	w.no(&catalog.DropRelation{Name: "X", Meaning: "ksqldb"}, "42P01", "Stream X does not exist.")
	w.no(&catalog.DropRelation{Name: "s", Kind: catalog.Table}, "42809", `"s" is not a table`)
	w.no(&catalog.DropRelation{Name: "s", Kind: catalog.Table, Meaning: "ksqldb"}, "Incompatible data source type is STREAM, but statement was DROP TABLE")
	w.no(&catalog.DropRelation{Name: "s", Kind: catalog.Table, Derived: true}, `"s" is not a materialized view`)
	readOnly := stream("ro", "a text")
	readOnly.Relation.ReadOnly = true
	w.ok(readOnly)
	w.no(&catalog.DropRelation{Name: "ro", DeleteTopic: true}, "0A000", "Cannot delete topic for read-only source: ro")
	if res := w.ok(&catalog.DropRelation{Name: "x", IfExists: true}); !res.Skipped || res.Notice != `stream "x" does not exist, skipping` {
		t.Errorf("%+v", res)
	}
}

func TestCreateRefusals(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "a text"))
	w.no(stream("", "a text"), "42602")
	w.no(stream(strings.Repeat("n", 256), "a text"), "42622")
	w.no(stream("t", "a text, a int"), "42701")
	w.no(view("v", "a text", "gone"), "42P01")
	w.no(ksql(stream("s", "a text")), "42P07", "Cannot add stream 's': A stream with the same name already exists")
	bad := stream("t", "a text")
	bad.Relation.Compatibility = "SIDEWAYS"
	w.no(bad, "22023")
	wide := stream("t", "a text")
	wide.Relation.Schema = make(types.Schema, 1601)
	w.no(wide, "54000")
	again := stream("s", "a text")
	again.IfNotExists = true
	if res := w.ok(again); !res.Skipped || res.OID != catalog.FirstOID {
		t.Errorf("%+v", res)
	}
}

func TestReplace(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "k int key, a text"))
	replace := func(cols string) *catalog.CreateRelation {
		c := stream("s", cols)
		c.OrReplace = true
		return c
	}
	res := w.ok(replace("k int key, a text, b int"))
	if res.Replaced == nil || len(res.Replaced.Schema) != 2 || res.OID != catalog.FirstOID {
		t.Errorf("%+v", res)
	}
	w.no(replace("k int key, a int"), "42P16", "not BACKWARD compatible", `Column "a": type integer does not read values of type text.`)
	w.no(replace("k bigint key, a text"), "42P16", `Key column "k"`)
	other := replace("k int key, a text")
	other.Relation.Topic = "elsewhere"
	w.no(other, "42P16", `cannot change the topic of "s"`)
	other = view("s", "k int")
	other.OrReplace = true
	w.no(other, "42809")
	w.ok(&catalog.SetCompatibility{Name: "s", Level: "none"})
	w.ok(replace("k int key, a int"))
	if r, _ := w.c.Current().Relation("", "s"); len(r.Versions) != 3 || r.Versions[2].Version != 3 || r.Compatibility != "NONE" {
		t.Errorf("%+v", r)
	}
	w.ok(view("v", "k int, a int", "s"))
	v := view("v", "k int", "s")
	v.OrReplace = true
	w.no(v, "42P16", "cannot drop columns from view")
	v.Relation.Schema = columns("k int, z int")
	w.no(v, `cannot change name of view column "a" to "z"`)
	v.Relation.Schema = columns("k int, a text")
	w.no(v, `cannot change data type of view column "a" from integer to text`)
	v.Relation.Schema = columns("k int, a int")
	v.Relation.Reads = []string{"v"}
	w.no(v, "42P17", "would read itself")
}

func TestReplaceKsql(t *testing.T) {
	w := newWorld(t)
	w.ok(ksql(stream("S", "K int key, A text")))
	replace := func(cols string) *catalog.CreateRelation {
		c := ksql(stream("S", cols))
		c.OrReplace = true
		return c
	}
	w.no(replace("K int key, B int"), "DataSource '`S`' has schema = `K` INTEGER KEY, `A` STRING which is not upgradeable to `K` INTEGER KEY, `B` INTEGER",
		"(The following columns are changed, missing or reordered: [`A` STRING])")
	w.no(replace("K bigint key, A text"), "Key columns must be identical. The following key columns are changed, missing or reordered: [`K` INTEGER KEY]")
	other := replace("K int key, A text")
	other.Relation.Topic = "b"
	w.no(other, "has topic = S which is not upgradeable to b")
	source := replace("K int key, A text")
	source.Relation.ReadOnly = true
	w.no(source, "CREATE OR REPLACE is not supported on source streams.")
	w.ok(replace("K int key, A text, B int"))
}

func TestAlterColumns(t *testing.T) {
	w := newWorld(t)
	s := stream("s", "k int key, a text, b int")
	s.Relation.Defaults = map[int]string{2: "7"}
	w.ok(s)
	alter := func(changes ...catalog.ColumnChange) *catalog.AlterColumns {
		return &catalog.AlterColumns{Name: "s", Changes: changes}
	}
	add := func(col string) catalog.ColumnChange {
		return catalog.ColumnChange{Op: catalog.AddColumn, Column: columns(col)[0]}
	}
	on := func(op, name string) catalog.ColumnChange {
		return catalog.ColumnChange{Op: op, Column: types.Column{Name: name}}
	}
	w.ok(alter(add("c date"), add("d text")))
	w.no(alter(add("e date"), add("c date")), "42701", `column "c" of relation "s" already exists`)
	w.no(alter(add("e int not null")), "42P16", `Column "e" is NOT NULL and the records do not have it.`)
	w.no(alter(add("e int key")), "42P16", "cannot add key column")
	w.no(alter(on(catalog.DropColumn, "zz")), "42703")
	w.no(alter(on(catalog.DropColumn, "k")), "42P16", "cannot alter key column")
	w.no(alter(catalog.ColumnChange{Op: catalog.RenameColumn, Column: types.Column{Name: "a"}, To: "z"}), "42P16", "A renamed column is not found")
	w.no(alter(catalog.ColumnChange{Op: catalog.RetypeColumn, Column: types.Column{Name: "a", Type: types.TInt}}), "42P16")
	w.no(alter(on("wish", "a")), "XX001")
	w.ok(alter(catalog.ColumnChange{Op: catalog.RetypeColumn, Column: types.Column{Name: "b", Type: types.TBigInt}}))
	w.ok(alter(on(catalog.DropColumn, "a")))
	r, _ := w.c.Current().Relation("", "s")
	if r.Schema.Names() != "k, b, c, d" || r.Defaults[1] != "7" || len(r.Versions) != 4 {
		t.Errorf("%s %v %d", r.Schema.Names(), r.Defaults, len(r.Versions))
	}
	w.ok(view("v", "b bigint", "s"))
	w.no(alter(on(catalog.DropColumn, "b")), "2BP01", "view v depends on stream s")
	w.ok(alter(add("e int")))
	w.ok(&catalog.DropRelation{Name: "v", Kind: catalog.View})
	w.ok(&catalog.SetCompatibility{Name: "s", Level: "NONE"})
	w.ok(alter(catalog.ColumnChange{Op: catalog.RenameColumn, Column: types.Column{Name: "b"}, To: "z"}))

	w.no(&catalog.AlterColumns{Name: "s", Kind: catalog.Table}, "42809")
	w.no(&catalog.AlterColumns{Name: "X", Meaning: "ksqldb"}, "42P01", "Source X does not exist.")
	w.no(&catalog.AlterColumns{Name: "s", Meaning: "ksqldb", Changes: []catalog.ColumnChange{add("z int")}},
		"Cannot add column `z` to schema. A column with the same name already exists.")
	w.ok(derived("d", "a text", "s"))
	w.no(&catalog.AlterColumns{Name: "d", Changes: []catalog.ColumnChange{add("z int")}}, "42809")
	w.no(&catalog.AlterColumns{Name: "d", Meaning: "ksqldb"}, "ALTER command is not supported for CREATE ... AS statements.")
	w.ok(&catalog.AlterColumns{Name: "gone", IfExists: true})
}

func TestTypesRolesSettings(t *testing.T) {
	w := newWorld(t)
	w.ok(&catalog.CreateType{Name: "address", Type: types.TStruct(types.Field{Name: "zip", Type: types.TInt})})
	w.no(&catalog.CreateType{Name: "address", Type: types.TInt}, "42710", `type "address" already exists`)
	w.no(&catalog.CreateType{Name: "address", Meaning: "ksqldb"},
		"Cannot register custom type 'address' since it is already registered with type: STRUCT<`zip` INTEGER>")
	w.no(&catalog.DropType{Name: "T", Meaning: "ksqldb"}, "42704", "Type T does not exist")
	w.no(&catalog.DropType{Name: "t"}, "42704")
	if typ, ok := w.c.Current().CustomType("address"); !ok || typ.String() != "STRUCT<zip integer>" {
		t.Error(typ, ok)
	}
	w.ok(&catalog.DropType{Name: "address"})

	w.ok(&catalog.SetSetting{Name: "on_error", Value: "skip"})
	if v, ok := w.c.Current().Setting("on_error"); !ok || v != "skip" {
		t.Error(v, ok)
	}
	w.ok(&catalog.SetSetting{Name: "on_error", Reset: true})
	w.no(&catalog.SetCompatibility{Level: "x"}, "22023")
	w.no(&catalog.SetCompatibility{}, "22023")
	w.ok(&catalog.SetCompatibility{Level: "full"})
	if w.c.Current().Level() != "FULL" {
		t.Error(w.c.Current().Level())
	}
	bad := "sometimes"
	w.ok(stream("s", "a text"))
	w.no(&catalog.SetOptions{Name: "s", OnError: &bad}, "22023")
	w.no(&catalog.Comment{Name: "x"}, "42P01")
	w.ok(&catalog.Comment{Name: "s", Text: "hello"})
	w.no(&catalog.Comment{Name: "s", Column: "zz", Text: "hello"}, "42703")
}

// C1, C4: the same commands give the same bytes; a snapshot restored goes on as
// the original would; readers' snapshots do not change.
func TestDeterminismAndRestore(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "k int key, a text"))
	held := w.c.Current()
	w.ok(derived("d", "a text", "s"))
	w.ok(view("v", "a text", "d"))
	w.ok(&catalog.CreateRole{Role: catalog.Role{Name: "ann"}})
	w.ok(&catalog.CreateType{Name: "t", Type: types.TMap(types.TString, types.TDecimal(4, 2))})
	half, err := w.c.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	at := len(w.log)
	w.no(&catalog.DropRelation{Name: "s"}, "2BP01")
	w.ok(&catalog.AlterColumns{Name: "s", Changes: []catalog.ColumnChange{{Op: catalog.AddColumn, Column: columns("z int")[0]}}})
	w.ok(&catalog.DropRelation{Name: "d", Cascade: true})
	want, _ := w.c.Snapshot()

	replayed, restored := catalog.New(), catalog.New()
	if err := restored.Restore(half); err != nil {
		t.Fatal(err)
	}
	for i, cmd := range w.log {
		replayed.Apply(uint64(i+1), int64(i+1)*1000, cmd)
		if i >= at {
			restored.Apply(uint64(i+1), int64(i+1)*1000, cmd)
		}
	}
	for what, c := range map[string]*catalog.Catalog{"replayed": replayed, "restored": restored} {
		if got, _ := c.Snapshot(); !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
	}
	if r, _ := held.Relation("", "s"); len(r.Schema) != 2 || len(held.Relations()) != 1 || held.Version != 1 {
		t.Error("a held snapshot changed")
	}
	for _, b := range [][]byte{nil, {2}, []byte("\x01{}x"), []byte("\x01{\"State\":{\"Relations\":{\"a\":null}}}"), half[:len(half)-3]} {
		if err := restored.Restore(b); err == nil {
			t.Errorf("%q was restored", b)
		}
	}
	if got, _ := restored.Snapshot(); !bytes.Equal(got, want) {
		t.Error("a refused restore changed the catalog")
	}
}

// Any bytes are answered, and leave a catalog that stores and restores.
func FuzzApply(tf *testing.F) {
	f := fuzzing.On(tf)
	w := &world{c: catalog.New()}
	for _, cmd := range []catalog.Command{
		stream("s", "k int key, a text"), derived("d", "a text", "s"), &catalog.DropRelation{Name: "s", Cascade: true},
		&catalog.AlterColumns{Name: "s", Changes: []catalog.ColumnChange{{Op: catalog.AddColumn, Column: columns("z int")[0]}}},
		&catalog.CreateType{Name: "t", Type: types.TInt}, &catalog.GrantOn{Objects: []catalog.Object{{Kind: catalog.RelationObject, OID: 16384}}, To: []string{"public"}, Privileges: catalog.PrivSelect},
		&catalog.CreateRole{Role: catalog.Role{Name: "r"}}, &catalog.AlterDefaults{Role: "r", To: []string{"public"}},
		&catalog.SetJobStatus{ID: "CSAS_d_0", Status: catalog.Paused}, &catalog.DropJob{ID: "CSAS_d_0"},
	} {
		w.do(cmd)
	}
	for _, cmd := range w.log {
		f.Add(cmd)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := catalog.New()
		for i, cmd := range append(w.log[:2:2], b) {
			c.Apply(uint64(i+1), 1, cmd)
		}
		stored, err := c.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		again := catalog.New()
		if err := again.Restore(stored); err != nil {
			t.Fatalf("%s: %v", stored, err)
		}
		if got, _ := again.Snapshot(); !bytes.Equal(got, stored) {
			t.Fatalf("stored %s, restored %s", stored, got)
		}
	})
}
