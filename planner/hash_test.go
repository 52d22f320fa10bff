package planner

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/sql"
)

func streamPlan(t *testing.T, text string) *Plan {
	t.Helper()
	stmt, err := sql.ParseOne(text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(stmt.(*sql.QueryStmt).Query, testCatalog(), Options{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHash: the hash of a plan says what it computes, not how it is written or
// in which process it was built.
func TestHash(t *testing.T) {
	const base = `SELECT page, sum(abs(n)) AS s FROM clicks WHERE upper(page) = 'A' GROUP BY page EMIT CHANGES`
	p := streamPlan(t, base)
	for _, same := range []string{
		`SELECT c.page, sum(abs(c.n)) AS s FROM clicks c WHERE 'A' = 'A' AND upper(c.page) = 'A' GROUP BY c.page EMIT CHANGES`,
		`select  page, SUM(ABS(n)) as s from clicks where upper(page) = 'A' group by 1 emit changes`,
	} {
		if q := streamPlan(t, same); q.Stream.Hash != p.Stream.Hash {
			t.Errorf("%s\nhashes unlike\n%s", same, base)
		}
	}
	for _, other := range []string{
		`SELECT page, sum(abs(n)) AS s FROM clicks WHERE upper(page) = 'B' GROUP BY page EMIT CHANGES`,
		`SELECT page, sum(abs(user_id)) AS s FROM clicks WHERE upper(page) = 'A' GROUP BY page EMIT CHANGES`,
		`SELECT page, sum(n) AS s FROM clicks WHERE upper(page) = 'A' GROUP BY page EMIT CHANGES`,
		`SELECT page, sum(abs(n)) AS s FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) WHERE upper(page) = 'A' GROUP BY page EMIT CHANGES`,
	} {
		if q := streamPlan(t, other); q.Stream.Hash == p.Stream.Hash {
			t.Errorf("%s\nhashes like\n%s", other, base)
		}
	}
	if text := (explainer{physical: true, canonical: true}).text(p); strings.Contains(text, "0x") {
		t.Errorf("an address is part of the plan's hash:\n%s", text)
	}
}
