package server

import "testing"

// The text of the system tables is read whole, with known types and defaults.
func TestSystemTables(t *testing.T) {
	if len(systemNames) < 90 {
		t.Errorf("%d system tables", len(systemNames))
	}
	class := systemTables["pg_catalog.pg_class"]
	if class == nil || class.oid != 1259 || len(class.schema) != 33 {
		t.Fatalf("pg_class: %+v", class)
	}
	row := class.row(record{"relname": "t"})
	if row[class.index["relname"]] != "t" || row[class.index["relhasindex"]] != false || row[class.index["relacl"]] != nil {
		t.Errorf("row %v", row)
	}
	seen := map[uint32]string{}
	for _, n := range systemNames {
		if other := seen[systemTables[n].oid]; other != "" {
			t.Errorf("%s and %s have one OID", n, other)
		}
		seen[systemTables[n].oid] = n
	}
}
