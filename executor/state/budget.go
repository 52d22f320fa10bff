package state

import "github.com/leatdb/leat/sql/sqlerr"

// Budget counts the bytes that the state of one task has allocated. A nil
// *Budget counts nothing and has no limit.
type Budget struct {
	Limit int64 // bytes; 0 none
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
// each batch, so a batch may pass the limit by what it adds itself.
func (b *Budget) Err() error {
	if b == nil || b.Limit <= 0 || b.used <= b.Limit {
		return nil
	}
	return sqlerr.New(sqlerr.OutOfMemory, "state of the query exceeds its limit of %d bytes", b.Limit).
		WithDetail("The state takes %d bytes.", b.used).
		WithHint("Shorten windows or grace periods, group by fewer keys, or raise the limit.")
}

func (b *Budget) add(n int64) {
	if b != nil {
		b.used += n
	}
}
