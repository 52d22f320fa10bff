package task

// An entry costs the log what it costs however much is in it: some writes, a
// sync, and half a dozen goroutines to wake. So a task with a backlog lets its
// next step into the entry while the entry is small and young.
const (
	holdBytes = 1500 << 10 // of output, from which an entry takes no other step
	holdSteps = 4
	holdMs    = 5 // how much older than its last step its first one may be
)

// holds tells whether the outputs of the last step wait for those of the next
// one, whose rows are there already. A careful task commits row by row: those
// before the one at fault count.
func (t *task) holds() bool {
	return !t.careful && !t.core.more() && t.core.ahead() && len(t.pending) < holdSteps &&
		t.lastTime-t.pending[0].time < holdMs && t.out.bytes() < holdBytes
}

// ahead tells whether rows are known to be there for another step.
func (c *core) ahead() bool {
	for _, f := range c.feeds {
		if f.left() > 0 || f.cursor.ahead() {
			return true
		}
	}
	return false
}

// ahead tells whether records are known to follow those given.
func (c *cursor) ahead() bool { return c.reading || len(c.batches) > 0 || c.next < c.end }
