package task

import (
	"github.com/leatdb/leat/executor/spill"
	"github.com/leatdb/leat/executor/state"
)

// spillReserve is the disk space that spilled state leaves alone, in bytes: the
// log stops at less, so a query goes to error before INSERT does.
const spillReserve = 256 << 20

// cold is where a core's rows go that its memory has no room for: a store that
// is opened when the first one comes and lives no longer than the core.
type cold struct {
	cfg   *Config
	dir   string // "": none
	store *spill.Store
}

func (c *cold) open() (state.Cold, error) {
	s, err := spill.Open(spill.Options{FS: c.cfg.FS, Dir: c.dir, Budget: c.cfg.MaxState, Flush: c.cfg.SpillFlush, Reserve: spillReserve})
	if err != nil {
		return nil, err
	}
	c.store = s
	return s, nil
}

// failed tells whether rows were lost, so that what is in memory is not to be
// gone on with.
func (c *cold) failed() bool { return c.store != nil && c.store.Err() != nil }

// close forgets the rows. The core takes no further step.
func (c *cold) close() error {
	if c.store == nil {
		return nil
	}
	s := c.store
	c.store = nil
	return s.Close()
}

// spillDir is the folder of a task's spilled rows.
func (t *task) spillDir() string { return t.cfg.FS.PathJoin(t.files.dir, "spill") }

// forget closes what the task's memory keeps on disk, and shares no more rows.
func (t *task) forget() {
	t.writer.Wait()
	if t.core == nil {
		return
	}
	t.core.leaveTails()
	if err := t.core.cold.close(); err != nil {
		t.cfg.Logger.Warn("spilled state stays behind until the next start", "task", t.name, "error", err)
	}
}
