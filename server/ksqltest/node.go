package ksqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// frozen is a wall clock that stands still.
type frozen struct{}

// Now is always the same day.
func (frozen) Now() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// node is a server in memory with one session in ksqlDB's meaning.
type node struct {
	srv  *server.Server
	ss   *server.Session
	mode Mode
	fs   *vfs.MemFS
	set  []string // settings, given again after a crash
	// spread: topics have several partitions; read keeps the order in which their
	// records came, as far as settling shows it.
	spread bool
	read   map[string][]batch.Record
	next   map[string][]int64 // offsets by partition
	// relations remembers whose records a topic holds, also after a DROP.
	relations map[string]*catalog.Relation
	later     []topicDef // whose schemas are registered after the declarations'
}

func startNode(ctx context.Context, mode Mode) (*node, error) {
	n := &node{mode: mode, fs: vfs.NewCrashableMem(), relations: map[string]*catalog.Relation{}, read: map[string][]batch.Record{}, next: map[string][]int64{}}
	return n, n.open(ctx)
}

func (n *node) open(ctx context.Context) error {
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = "data", "", ""
	cfg.FS, cfg.Clock, cfg.MaxBatch = n.fs, frozen{}, n.mode.MaxBatch
	cfg.Rand = rand.NewChaCha8([32]byte{})
	cfg.TickEvery, cfg.MaintainEvery, cfg.CheckpointEvery = 0, 0, time.Hour
	cfg.Functions = functions()
	cfg.TuneLog = func(c *log.Config) { c.WALSegmentBytes, c.SegmentBytes, c.ReserveBytes = 1<<20, 1<<20, 0 }
	var err error
	if n.srv, err = server.Open(ctx, cfg); err != nil {
		return fmt.Errorf("open node: %w", err)
	}
	if n.ss, err = n.srv.NewSession("ksqltest", "leat", nil, nil); err != nil {
		return err
	}
	for _, s := range append([]string{"SET compatibility = 'ksqldb'", "SET \"auto.offset.reset\" = 'earliest'"}, n.set...) {
		if err := n.exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// crash loses what was not synced and opens the node again.
func (n *node) crash(ctx context.Context) error {
	clone := n.fs.CrashClone(vfs.CrashCloneCfg{})
	_ = n.srv.Abandon()
	n.fs = clone
	return n.open(ctx)
}

func (n *node) close() { _ = n.srv.Abandon() }

// property sets a session property.
func (n *node) property(ctx context.Context, name, value string) error {
	s := "SET " + quote(name) + " = '" + strings.ReplaceAll(value, "'", "''") + "'"
	n.set = append(n.set, s)
	return n.exec(ctx, s)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// exec runs statements and drops their results.
func (n *node) exec(ctx context.Context, text string) error {
	err := n.ss.Simple(ctx, text, func(r *pgwire.Result) error {
		if r.Rows == nil {
			return nil
		}
		defer r.Rows.Close()
		for {
			if _, err := r.Rows.Next(ctx); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
	n.remember()
	return err
}

// remember keeps the relation of each topic: the one that a query writes, else
// the first that declares it.
func (n *node) remember() {
	for _, r := range n.srv.Snapshot().Relations() {
		old := n.relations[r.Topic]
		if r.Topic != "" && (old == nil || old.Name == r.Name || r.Derived && !old.Derived) {
			n.relations[r.Topic] = r
		}
	}
}

// settle waits until all queries have processed what there is.
func (n *node) settle(ctx context.Context) error {
	if n.mode.Crash {
		if err := n.srv.WaitIdle(ctx); err != nil {
			return err
		}
		if err := n.crash(ctx); err != nil {
			return err
		}
	}
	if err := n.srv.WaitIdle(ctx); err != nil || !n.spread {
		return err
	}
	for _, t := range n.srv.Log().Topics() {
		if _, err := n.records(t.Name); err != nil {
			return err
		}
	}
	return nil
}

// append writes records of one topic at once.
func (n *node) append(ctx context.Context, topic string, recs []batch.Record) error {
	conf, ok := n.srv.Log().Topic(topic)
	if !ok {
		if err := n.srv.Log().CreateTopic(ctx, log.TopicConfig{Name: topic, Partitions: 1}); err != nil {
			return err
		}
	} else if conf.Cleanup == log.Compact {
		// A peer's topic may hold anything: records without a key too.
		conf.Cleanup = log.Delete
		if err := n.srv.Log().AlterTopic(ctx, conf); err != nil {
			return err
		}
	}
	var b batch.Builder
	b.Reset(batch.None, -1, -1, -1)
	for _, r := range recs {
		b.Append(r)
	}
	res, err := n.srv.Log().Append(ctx, []log.Append{{Topic: topic, Batch: b.Bytes(), ExpectedOffset: -1}})
	if err == nil {
		err = res[0].Err
	}
	return err
}

// records reads a topic to its end: what has come since the last call, partition
// by partition, stands behind what had come before.
func (n *node) records(topic string) ([]batch.Record, error) {
	t, ok := n.srv.Log().Topic(topic)
	if !ok {
		return nil, nil
	}
	out := n.read[topic]
	if n.next[topic] == nil {
		n.next[topic] = make([]int64, t.Partitions)
	}
	defer func() { n.read[topic] = out }()
	for p := range t.Partitions {
		at, end, err := n.srv.Log().Offsets(topic, p)
		if err != nil {
			return nil, err
		}
		at = max(at, n.next[topic][p])
		n.next[topic][p] = end
		for at < end {
			f, err := n.srv.Log().Fetch(topic, p, at, 1<<20)
			if err != nil {
				return nil, err
			}
			if out, err = appendRecords(out, f.Batches); err != nil {
				return nil, err
			}
			at = f.NextOffset
		}
	}
	return out, nil
}

func appendRecords(out []batch.Record, batches []log.FetchedBatch) ([]batch.Record, error) {
	for _, b := range batches {
		var r batch.Reader
		if err := r.Reset(b.Bytes, 0); err != nil {
			return nil, err
		}
		var rec batch.Record
		for r.Next(&rec) {
			kept := rec
			kept.Key, kept.Value = bytes.Clone(rec.Key), bytes.Clone(rec.Value)
			kept.Headers = append([]batch.Header(nil), rec.Headers...)
			out = append(out, kept)
		}
		if err := r.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// failed is the error of the first query that has stopped.
func (n *node) failed() error {
	for _, j := range n.srv.Jobs() {
		if j.Err != nil {
			return j.Err
		}
	}
	return nil
}

// message is all that a user is told of an error.
func message(err error) string {
	e := sqlerr.From(err)
	parts := []string{e.Message}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	if e.Hint != "" {
		parts = append(parts, "Hint: "+e.Hint)
	}
	return strings.Join(parts, "\n")
}

// statements cuts texts into statements. Each keeps its place in the whole, as
// blank lines before it, so that messages tell the line of the whole.
func statements(texts ...string) []string {
	whole := ""
	for _, t := range texts {
		whole += t
		if !strings.HasSuffix(strings.TrimSpace(t), ";") && len(texts) > 1 {
			whole += ";"
		}
		whole += "\n"
	}
	var out []string
	for _, p := range sql.Split(whole) {
		if strings.TrimSpace(p.Text) == "" {
			continue
		}
		before := whole[:p.Start]
		lines := strings.Count(before, "\n")
		column := len(before) - strings.LastIndexByte(before, '\n') - 1
		out = append(out, strings.Repeat("\n", lines)+strings.Repeat(" ", column)+whole[p.Start:p.End])
	}
	return out
}
