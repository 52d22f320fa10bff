package task

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// pushOf makes a push query of a persistent plan.
func pushOf(p *planner.StreamPlan) *planner.Plan {
	p.Sink = nil
	return &planner.Plan{Mode: planner.Push, Stream: p, Limit: -1, Schema: p.Schema}
}

func tablePush() *planner.Plan {
	rel := users(2)
	return pushOf(&planner.StreamPlan{
		Kind: planner.TableResult, Schema: rel.Schema, KeyColumns: []int{0}, Hash: "users",
		Stages: []*planner.Stage{{
			Partitions: 2, Inputs: []*planner.Input{inputOf(rel)},
			Root: &planner.InputNode{Base: planner.Base{Schema: rel.Schema, Result: planner.TableResult, Key: []int{0}}},
		}},
	})
}

func (n *node) subscribe(p *planner.Plan, opt SubscribeOptions) *Subscription {
	n.t.Helper()
	s, err := n.rt.Subscribe(n.ctx(), p, opt)
	n.must(err)
	return s
}

// drain reads what is there.
func (n *node) drain(s *Subscription) (out []string) {
	n.t.Helper()
	for s.Ready() {
		b, err := s.Next(n.ctx())
		if errors.Is(err, io.EOF) {
			return append(out, "EOF")
		}
		n.must(err)
		out = append(out, rowsOf(b)...)
	}
	return out
}

func TestPushOverAStreamStartsAtItsEnd(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	rel := clicks(1)
	n.insert(rel, []int64{1}, types.Row{int64(1), "/old", int64(1)})
	s := n.subscribe(pushOf(filterPlan(1)), SubscribeOptions{})
	if s.Ready() {
		t.Error("rows from before the query")
	}
	rows := make(chan []string)
	go func() {
		b, err := s.Next(n.ctx())
		if err != nil {
			rows <- []string{err.Error()}
			return
		}
		rows <- rowsOf(b)
	}()
	n.insert(rel, []int64{2, 3}, types.Row{int64(2), "/a", int64(0)}, types.Row{int64(3), "/b", int64(3)})
	equalLines(t, <-rows, "@3 3 /b 3")
	early := filterPlan(1)
	early.Start = planner.Start{Kind: planner.StartEarliest}
	equalLines(t, n.drain(n.subscribe(pushOf(early), SubscribeOptions{})), "@1 1 /old 1", "@3 3 /b 3")
	at := filterPlan(1)
	at.Start = planner.Start{Kind: planner.StartOffsets, Offsets: map[int32]int64{0: 2}}
	equalLines(t, n.drain(n.subscribe(pushOf(at), SubscribeOptions{})), "@3 3 /b 3")
}

func TestPushOverATableSendsRowsThenChanges(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("users", 2)
	rel := users(2)
	n.insert(rel, []int64{1, 2, 3}, user(4, "a"), user(4, "b"), user(4, "c"))
	s := n.subscribe(tablePush(), SubscribeOptions{})
	equalLines(t, n.drain(s), "@3 4 c")
	n.insert(rel, []int64{5}, user(4, "d"))
	equalLines(t, n.drain(s), "@5 4 d")
	n.raw("users", batch.PartitionFor([]byte("4"), 2, 0), batch.Record{Key: []byte("4"), Timestamp: 6})
	equalLines(t, n.drain(s), "-@6 4 <nil>")
}

func TestPushLimitAndClose(t *testing.T) {
	n := newNode(t, 2)
	defer n.close()
	n.topic("clicks", 1)
	n.insert(clicks(1), []int64{1, 2, 3, 4}, types.Row{int64(1), "/a", int64(1)}, types.Row{int64(2), "/a", int64(1)},
		types.Row{int64(3), "/a", int64(1)}, types.Row{int64(4), "/a", int64(1)})
	plan := filterPlan(1)
	plan.Start.Kind = planner.StartEarliest
	p := pushOf(plan)
	p.Limit = 3
	s := n.subscribe(p, SubscribeOptions{})
	equalLines(t, n.drain(s), "@1 1 /a 1", "@2 2 /a 1", "@3 3 /a 1", "EOF")
	p.Limit = 0
	equalLines(t, n.drain(n.subscribe(p, SubscribeOptions{})), "EOF")
	p.Limit = -1
	s = n.subscribe(p, SubscribeOptions{})
	n.drain(s)
	done := make(chan error)
	go func() {
		_, err := s.Next(n.ctx())
		done <- err
	}()
	ended, cancel := context.WithCancel(n.ctx())
	cancel()
	if _, err := s.Next(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Next of a cancelled statement: %v", err)
	}
	n.must(s.Close())
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Errorf("Next after Close: %v", err)
	}
}

func TestTokenResumesExactly(t *testing.T) {
	n := newNode(t, 1)
	defer n.close()
	n.topic("clicks", 2)
	rel := clicks(2)
	plan := filterPlan(2)
	plan.Start.Kind = planner.StartEarliest
	p := pushOf(plan)
	var want []string
	for i := range int64(20) {
		n.insert(rel, []int64{i}, types.Row{i, "/a", i % 3})
	}
	want = n.drain(n.subscribe(p, SubscribeOptions{}))
	var got []string
	token := ""
	for len(got) < len(want) { // a new subscription for every batch
		s := n.subscribe(p, SubscribeOptions{Token: token})
		b, err := s.Next(n.ctx())
		n.must(err)
		got = append(got, rowsOf(b)...)
		token = s.Token()
		n.must(s.Close())
	}
	slices.Sort(got)
	slices.Sort(want)
	equalLines(t, got, want...)
	if _, err := n.rt.Subscribe(n.ctx(), p, SubscribeOptions{Token: "x"}); !sqlerr.Is(err, sqlerr.InvalidParameterValue) {
		t.Errorf("a bad token gave %v", err)
	}
	counting := pushOf(countPlan(t, 1, 1, nil))
	if _, err := n.rt.Subscribe(n.ctx(), counting, SubscribeOptions{Token: token}); !sqlerr.Is(err, sqlerr.FeatureNotSupported) {
		t.Errorf("a stateful query took a token: %v", err)
	}
}

// TestPushOfSeveralStages compares an ephemeral repartitioned aggregate with
// the job of the same plan.
func TestPushOfSeveralStages(t *testing.T) {
	for _, size := range []int{1, 64} {
		n := newNode(t, size)
		n.topic("clicks", 1)
		n.topic("counts", 1)
		n.start(JobSpec{ID: "c", Plan: countPlan(t, 1, 1, nil)})
		s := n.subscribe(pushOf(countPlan(t, 1, 1, nil)), SubscribeOptions{})
		n.insert(clicks(1), []int64{5, 1, 3}, types.Row{int64(1), "/a", int64(2)}, types.Row{int64(2), "/b", nil},
			types.Row{int64(3), "/a", int64(5)})
		n.idle()
		equalLines(t, n.drain(s), "@5 /a 1 2", "@1 /b 0 <nil>", "@5 /a 2 7")
		equalLines(t, n.records("counts"), `0/0 @5 "/a"={"count":1,"sum":2}`,
			`0/1 @1 "/b"={"count":0,"sum":null}`, `0/2 @5 "/a"={"count":2,"sum":7}`)
		nodes, err := n.rt.Nodes("c")
		n.must(err)
		if len(nodes) < 2 || nodes[0].Name != "Aggregate" || nodes[0].Stats.RowsIn != 3 {
			t.Errorf("nodes %+v", nodes)
		}
		n.close()
	}
}
