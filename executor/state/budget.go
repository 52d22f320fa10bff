package state

import "github.com/leatdb/leat/sql/sqlerr"

// Budget counts the bytes that the state of one task has allocated. A nil
// *Budget counts nothing and has no limit.
type Budget struct {
	Limit int64  // bytes; 0 none
	Spill *Spill // moves rows out when the limit is reached; nil: none
	used  int64
}

// Used is the number of bytes allocated now.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used
}

// Err is nil while the state fits; otherwise a 53200 error. Operators ask after
// each batch, so a batch may pass the limit by what it adds itself. State that may
// spill fits until Relieve says otherwise, or until rows outside of memory cannot
// be read or written: what was computed since is not to be used.
func (b *Budget) Err() error {
	switch {
	case b == nil || b.Limit <= 0:
		return nil
	case b.Spill != nil && len(b.Spill.tables) > 0:
		return b.Spill.failed()
	case b.used <= b.Limit:
		return nil
	}
	return b.full()
}

func (b *Budget) full() error {
	return sqlerr.New(sqlerr.OutOfMemory, "state of the query exceeds its limit of %d bytes", b.Limit).
		WithDetail("The state takes %d bytes.", b.used).
		WithHint("Shorten windows or grace periods, group by fewer keys, or raise the limit.")
}

func (b *Budget) add(n int64) {
	if b != nil {
		b.used += n
	}
}
