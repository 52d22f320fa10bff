package ref

import "github.com/leatdb/leat/planner"

type changes struct {
	n *planner.ChangesNode
}

func (c *changes) tick(int64) []Rec { return nil }

func (c *changes) row(_ int, r Rec) []Rec {
	was := r.OldOK && r.Old != nil
	if r.Tomb && !was {
		return nil
	}
	width := len(c.n.In.Out())
	fresh, kind, old := r.Vals, "insert", nulls(width)
	if was {
		kind, old = "update", r.Old
	}
	if r.Tomb {
		kind, fresh = "delete", nulls(width)
		for _, k := range c.n.In.Keys() {
			fresh[k] = r.Vals[k]
		}
	}
	r.Vals = concat(append(append(nulls(0), fresh...), kind), old)
	r.Tomb, r.Old, r.OldOK = false, nil, false
	return []Rec{r}
}
