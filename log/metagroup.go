package log

import "fmt"

// metaGroup is the state machine of group 0: it hands commands to the StateMachine it was given.
type metaGroup struct {
	user StateMachine
}

// metaResult is where a catalog command was applied and what it gave.
type metaResult struct {
	index uint64
	value any
}

func (m *metaGroup) begin(int) {}

func (m *metaGroup) end() {}

func (m *metaGroup) announce() {}

func (m *metaGroup) apply(at place, c command) outcome {
	cmd, ok := c.(metaCommand)
	if !ok {
		return outcome{err: fmt.Errorf("command of kind %d does not belong to group 0", c.kind())}
	}
	return outcome{value: metaResult{index: at.index, value: m.user.Apply(at.index, at.time, cmd.cmd)}}
}

func (m *metaGroup) capture(int64) *capture {
	b, err := m.user.Snapshot()
	return &capture{manifest: b, failed: err}
}

func (m *metaGroup) restore(manifest []byte) error { return m.user.Restore(manifest) }
