package log

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// gate holds the disk's operations while it is shut.
type gate struct {
	shut    atomic.Bool
	reached chan struct{} // one value for each operation that is held
	open    chan struct{}
}

func (g *gate) tick() {
	if g.shut.Load() {
		g.reached <- struct{}{}
		<-g.open
	}
}

// openGated is a log whose disk can be held.
func openGated(t *testing.T) (*testLog, *gate) {
	g := &gate{reached: make(chan struct{}, 1000), open: make(chan struct{})}
	fs := vfs.NewMem()
	l := openTest(t, fs, func(c *Config) { c.FS = &tickFS{fs, g.tick} })
	l.topic("a", 1)
	return l, g
}

// TestOutcomeIsUnknownOnceProposed cancels a command that Raft has and the disk is holding: it may be applied, and it is.
func TestOutcomeIsUnknownOnceProposed(t *testing.T) {
	l, g := openGated(t)
	ctx, cancel := context.WithCancel(context.Background())
	g.shut.Store(true)
	failed := make(chan error)
	go func() {
		_, err := l.Append(ctx, []Append{{"a", 0, valueBatch(0, strings.Repeat("x", earlyBytes)), -1}})
		failed <- err
	}()
	<-g.reached
	cancel()
	err := <-failed
	wantErr(t, err, ErrUnknownOutcome)
	wantErr(t, err, context.Canceled)
	g.shut.Store(false)
	close(g.open)
	<-l.Wait("a", 0, 0)
	l.wantRead("a", 0, 0, "0 "+strings.Repeat("x", earlyBytes))
}

// TestCancelledOnItsWay cancels a command that its caller is writing: it is done, and the caller is told so.
func TestCancelledOnItsWay(t *testing.T) {
	l, g := openGated(t)
	ctx, cancel := context.WithCancel(context.Background())
	g.shut.Store(true)
	done := make(chan error)
	go func() {
		_, err := l.Append(ctx, []Append{{"a", 0, valueBatch(0, "x"), -1}})
		done <- err
	}()
	<-g.reached
	cancel()
	g.shut.Store(false)
	close(g.open)
	l.must(<-done)
	l.wantRead("a", 0, 0, "0 x")
}

// TestWithdrawn gives up a command that still waits behind one that the disk is holding: it is never applied.
func TestWithdrawn(t *testing.T) {
	l, g := openGated(t)
	g.shut.Store(true)
	first := make(chan error)
	go func() {
		_, err := l.Append(context.Background(), []Append{{"a", 0, valueBatch(0, "x"), -1}})
		first <- err
	}()
	<-g.reached
	q := &proposal{command: newProducerCommand{}, done: func(outcome) { t.Error("a withdrawn command was answered") }}
	if !q.state.CompareAndSwap(waiting, withdrawn) {
		t.Fatal("a new proposal does not wait")
	}
	l.nodes[0].proposer.enqueue(q)
	g.shut.Store(false)
	close(g.open)
	l.must(<-first)
	if id, _, err := l.NewProducer(context.Background()); err != nil || id != 1 {
		t.Fatalf("producer %d, error %v: the withdrawn command was applied", id, err)
	}
}

// TestWaitingCommandsShareAnEntry holds the disk until many commands wait: they are committed by a few entries, so
// by a few syncs, each with its own result.
func TestWaitingCommandsShareAnEntry(t *testing.T) {
	const commands = 200
	l, g := openGated(t)
	topic, _, err := l.data.topicFor("a", 0)
	l.must(err)
	before := l.Stats().Groups[1].AppliedIndex
	g.shut.Store(true)
	outcomes := make(chan outcome, commands)
	for i := range commands {
		expected := int64(-1)
		if i%10 == 9 {
			expected = 1 << 40 // rejected, alone
		}
		c := appendCommand{[]appendItem{{topic, 0, expected, valueBatch(0, fmt.Sprint(i))}}}
		l.nodes[0].proposer.enqueue(&proposal{command: c, done: func(o outcome) { outcomes <- o }})
	}
	<-g.reached
	g.shut.Store(false)
	close(g.open)
	next := int64(0)
	for i := range commands { // outcomes come in the order of the commands
		o := <-outcomes
		if i%10 == 9 {
			wantErr(t, o.err, ErrExpectedOffset)
			continue
		}
		l.must(o.err)
		if got := o.value.([]AppendResult)[0].BaseOffset; got != next {
			t.Fatalf("command %d landed at %d, want %d", i, got, next)
		}
		next++
	}
	if entries := l.Stats().Groups[1].AppliedIndex - before; entries > commands/4 {
		t.Errorf("%d entries for %d commands", entries, commands)
	}
	if got := int64(len(l.read("a", 0, 0))); got != next {
		t.Errorf("%d records, want %d", got, next)
	}
}
