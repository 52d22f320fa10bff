package pgwire

import (
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// maxNotifications bounds what waits for a client that is slow or inside a long
// statement; the oldest go first, as LISTEN promises no replay.
const maxNotifications = 10000

// notes are the notifications on their way to one client. Who notifies never
// waits for a client: an idle one is sent to by a goroutine of its own, a busy
// one gets them before its next ReadyForQuery.
type notes struct {
	running sync.WaitGroup

	mu struct { // taken after output.mu
		sync.Mutex
		pending []*pgproto3.NotificationResponse
		sending bool // a goroutine runs
		closed  bool
	}
}

// Notify implements Client.
func (c *conn) Notify(pid uint32, channel, payload string) {
	c.out.notify(&pgproto3.NotificationResponse{PID: pid, Channel: channel, Payload: payload})
}

func (o *output) notify(n *pgproto3.NotificationResponse) {
	o.notes.mu.Lock()
	defer o.notes.mu.Unlock()
	if o.notes.mu.closed {
		return
	}
	if len(o.notes.mu.pending) == maxNotifications {
		o.notes.mu.pending = o.notes.mu.pending[1:]
	}
	o.notes.mu.pending = append(o.notes.mu.pending, n)
	if !o.notes.mu.sending {
		o.notes.mu.sending = true
		o.notes.running.Go(o.sendNotes)
	}
}

// sendNotes sends what there is while the client is idle.
func (o *output) sendNotes() {
	for {
		idle := o.sendIdle()
		o.notes.mu.Lock()
		if !idle || len(o.notes.mu.pending) == 0 {
			o.notes.mu.sending = false
			o.notes.mu.Unlock()
			return
		}
		o.notes.mu.Unlock()
	}
}

// sendIdle sends the notifications unless a statement is at work, which will.
func (o *output) sendIdle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.mu.idle {
		return false
	}
	if o.notificationsLocked() != nil || o.flushLocked() != nil {
		return false
	}
	o.mu.idle = true
	return true
}

// notificationsLocked appends the notifications to the output.
func (o *output) notificationsLocked() error {
	o.notes.mu.Lock()
	list := o.notes.mu.pending
	o.notes.mu.pending = nil
	o.notes.mu.Unlock()
	for _, n := range list {
		if err := o.sendLocked(n); err != nil {
			return err
		}
	}
	return nil
}

// closeNotes drops later notifications and waits for the goroutine; the
// connection is closed.
func (o *output) closeNotes() {
	o.notes.mu.Lock()
	o.notes.mu.closed = true
	o.notes.mu.Unlock()
	o.notes.running.Wait()
}
