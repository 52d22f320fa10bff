package schema

import "github.com/leatdb/leat/sql/types"

// Upgrade is what ksqlDB's CREATE OR REPLACE finds wrong with newer in place of
// old: key columns must be identical, and the old value columns must be the
// first of the new ones. Keys and Values list the old columns that are changed,
// missing or reordered (added key columns too).
type Upgrade struct {
	Keys, Values types.Schema
}

// OK tells that newer may replace old.
func (u Upgrade) OK() bool { return len(u.Keys) == 0 && len(u.Values) == 0 }

// CheckUpgrade compares newer with old by ksqlDB's rule.
func CheckUpgrade(newer, old types.Schema) Upgrade {
	nk, ok := keys(newer), keys(old)
	u := Upgrade{Keys: moved(nk, ok), Values: moved(values(newer), values(old))}
	if len(nk) > len(ok) {
		u.Keys = append(u.Keys, nk[len(ok):]...)
	}
	return u
}

func keys(s types.Schema) types.Schema {
	var out types.Schema
	for _, i := range s.KeyColumns() {
		out = append(out, s[i])
	}
	return out
}

// moved lists the columns of old that newer does not have at their place.
func moved(newer, old types.Schema) types.Schema {
	var out types.Schema
	for i, c := range old {
		if i >= len(newer) || newer[i].Name != c.Name || !newer[i].Type.Equal(c.Type) {
			out = append(out, c)
		}
	}
	return out
}
