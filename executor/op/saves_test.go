package op

import (
	"bytes"
	"testing"

	"github.com/leatdb/leat/executor/state"
)

// saves are the checkpoints of a tree: two chains in turns, as a task has them.
type saves struct {
	n      int
	chains [2][][]byte
	alone  [2]bool // the chain's last one is followed by no changes
	full   []byte  // the last one's state, whole
}

// save freezes the tree and adds to the chain whose turn it is: all of the state,
// or the changes since the save before the last.
func (p *pair) save() {
	frozen := p.tree.Freeze()
	p.n++
	chain := &p.chains[p.n%2]
	if len(*chain) > 4 || frozen.Spilled() || p.alone[p.n%2] {
		*chain = nil
	}
	p.alone[p.n%2] = frozen.Spilled()
	*chain = append(*chain, savedTree(p.t, frozen, len(*chain) == 0))
	p.full = savedTree(p.t, frozen, true)
	frozen.Release()
	p.since = nil
}

// load replaces the tree by one of the last save. The other chain ends there.
func (p *pair) load() {
	p.tree = p.build()
	for _, b := range p.chains[p.n%2] {
		in := state.NewReader(b)
		if err := p.tree.Load(in); err != nil {
			p.t.Fatalf("seed %d: load: %v", p.seed, err)
		}
		p.alone[p.n%2] = in.Spilled()
	}
	if err := p.tree.Loaded(); err != nil {
		p.t.Fatalf("seed %d: load: %v", p.seed, err)
	}
	p.chains[(p.n+1)%2] = nil
}

// reload saves, loads and compares. Rows outside of memory have no numbers by
// which both states would be written alike.
func (p *pair) reload() {
	p.save()
	p.load()
	want := p.full
	if p.save(); p.ctx.Spill == nil && !bytes.Equal(p.full, want) {
		p.t.Fatalf("seed %d: E3: a loaded tree saves other bytes", p.seed)
	}
}

// savedTree is what a frozen tree writes.
func savedTree(t *testing.T, f *Frozen, whole bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w := state.NewWriter(&b)
	f.Write(w, whole)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
