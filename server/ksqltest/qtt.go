package ksqltest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
)

// errDiffers is a case whose outcome is not the expected one.
type errDiffers struct{ text string }

func (e errDiffers) Error() string { return e.text }

func differ(format string, args ...any) error { return errDiffers{fmt.Sprintf(format, args...)} }

// runCase gives nil when everything the case states holds.
func runCase(ctx context.Context, c *Case, mode Mode) (err error) {
	n, err := startNode(ctx, mode)
	if err != nil {
		return err
	}
	defer func() {
		n.close()
		if r := recover(); r != nil {
			err = differ("the node panicked: %v", r)
		}
	}()
	for _, p := range c.properties() {
		if err := n.property(ctx, p[0], p[1]); err != nil {
			return differ("property %s: %s", p[0], message(err))
		}
	}
	if err := n.defineTopics(ctx, c); err != nil {
		return err
	}
	if c.REST {
		return n.runREST(ctx, c)
	}
	return n.runQuery(ctx, c)
}

// runQuery is a query validation case.
func (n *node) runQuery(ctx context.Context, c *Case) error {
	if done, err := n.runStatements(ctx, statements(c.texts()...), c.def.Exception); done || err != nil {
		return err
	}
	if err := n.feed(ctx, c.def.Inputs); err != nil {
		return err
	}
	if err := n.settle(ctx); err != nil {
		return err
	}
	stopped := n.failed()
	if c.def.Exception != nil {
		if stopped == nil {
			return differ("nothing fails, but %s is expected: %s", c.def.Exception.Type, c.def.Exception.Message)
		}
		return c.def.Exception.check(stopped, runtimeFault)
	}
	if stopped != nil {
		return differ("a query has stopped: %s", message(stopped))
	}
	if err := n.checkOutputs(c); err != nil {
		return err
	}
	return n.checkPost(c)
}

// runStatements runs the statements; done when the last one was refused as
// expected.
func (n *node) runStatements(ctx context.Context, all []string, expect *refusal) (done bool, err error) {
	for i, s := range all {
		if derived.MatchString(s) {
			if err := n.registerLater(ctx); err != nil {
				return false, err
			}
		}
		err := n.exec(ctx, s)
		last := i == len(all)-1
		switch {
		case err == nil:
			err = n.srv.WaitIdle(ctx)
		case expect != nil && last:
			return true, expect.check(err, faultOf(s, err))
		default:
			return false, differ("statement fails: %s\n  %s", message(err), oneLine(s))
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// manyPartitions is how many partitions a topic has that a case does not define.
// It shows only where a case speaks of partitions; elsewhere there is one, since
// all records are in the first.
const manyPartitions = 4

var (
	saysPartitions = regexp.MustCompile(`(?i)\bpartitions\b`)
	declaredTopic  = regexp.MustCompile(`(?i)^\s*CREATE\s[^;]*\bKAFKA_TOPIC\s*=\s*'([^']+)'`)
	derived        = regexp.MustCompile(`(?i)\bAS\s+SELECT\b`)
)

// defineTopics makes the topics that the case defines, registers their schemas,
// and in cases with partitions makes the topics that are declared without.
func (n *node) defineTopics(ctx context.Context, c *Case) error {
	defs, err := c.topics()
	if err != nil {
		return err
	}
	for _, t := range defs {
		if t.Name == "" {
			return errors.New("a topic without a name")
		}
		n.spread = n.spread || t.Partitions != nil && *t.Partitions > 1
		if t.Partitions != nil {
			if err := n.createTopic(ctx, t.Name, *t.Partitions); err != nil {
				return err
			}
		}
		if !c.declares(t.Name) && t.KeyID == nil && t.ValueID == nil {
			n.later = append(n.later, t)
		} else if err := n.register(ctx, t); err != nil {
			return err
		}
	}
	if c.def.Post != nil {
		for _, t := range c.def.Post.Topics.Topics {
			n.spread = n.spread || t.Partitions != nil && *t.Partitions > 1
		}
	}
	for _, s := range c.texts() {
		n.spread = n.spread || saysPartitions.MatchString(s)
	}
	if !n.spread {
		return nil
	}
	for _, s := range statements(c.texts()...) {
		m := declaredTopic.FindStringSubmatch(s)
		if m == nil || saysPartitions.MatchString(s) || derived.MatchString(s) {
			continue
		}
		if err := n.createTopic(ctx, m[1], manyPartitions); err != nil {
			return err
		}
	}
	return nil
}

// declares tells whether a statement of the case declares a relation over a topic.
func (c *Case) declares(topic string) bool {
	for _, s := range statements(c.texts()...) {
		if m := declaredTopic.FindStringSubmatch(s); m != nil && m[1] == topic && !derived.MatchString(s) {
			return true
		}
	}
	return false
}

func (n *node) createTopic(ctx context.Context, name string, partitions int32) error {
	if _, there := n.srv.Log().Topic(name); there {
		return nil
	}
	if err := n.srv.Log().CreateTopic(ctx, log.TopicConfig{Name: name, Partitions: partitions}); err != nil {
		return fmt.Errorf("topic %s: %w", name, err)
	}
	return nil
}

// feed writes the inputs in the order of the file, a run of one topic at a time
// (T3), or in cases with partitions one by one.
func (n *node) feed(ctx context.Context, inputs []record) error {
	for i := 0; i < len(inputs); {
		topic := inputs[i].Topic
		var run []batch.Record
		for ; i < len(inputs) && inputs[i].Topic == topic && (len(run) == 0 || !n.spread); i++ {
			rec, err := n.encode(n.relations[topic], inputs[i])
			if err != nil {
				return differ("input %d cannot be written: %v", i, err)
			}
			run = append(run, rec)
		}
		if err := n.append(ctx, topic, run); err != nil {
			return err
		}
		if i < len(inputs) {
			if err := n.settle(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOutputs compares each topic that the outputs name.
func (n *node) checkOutputs(c *Case) error {
	var order []string
	want := map[string][]record{}
	for _, o := range c.def.Outputs {
		if want[o.Topic] == nil {
			order = append(order, o.Topic)
		}
		want[o.Topic] = append(want[o.Topic], o)
	}
	r := rules{}
	for _, p := range c.properties() {
		r.byValue = r.byValue || p[0] == "use.exact.numeric.comparison" && p[1] == "false"
	}
	for _, topic := range order {
		if err := n.checkTopic(topic, want[topic], r, len(c.def.Inputs) == 0); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) checkTopic(topic string, want []record, r rules, anyTime bool) error {
	recs, err := n.records(topic)
	if err != nil {
		return err
	}
	rel := n.relations[topic]
	if rel == nil {
		return differ("topic %s does not exist", topic)
	}
	for i, rec := range recs {
		got, err := n.decode(rel, rec)
		if err != nil {
			return differ("%s[%d] cannot be read: %v", topic, i, err)
		}
		if i >= len(want) {
			return differ("%s: want %d records, got %d; the first one more is %s", topic, len(want), len(recs), got)
		}
		if d := compareRecord(want[i], got, r, anyTime); d != "" {
			return differ("%s[%d] %s\n  whole record: %s", topic, i, d, got)
		}
	}
	if len(recs) < len(want) {
		return differ("%s: want %d records, got %d; the first one missing has key %s, value %s", topic, len(want), len(recs),
			want[len(recs)].Key, want[len(recs)].Value)
	}
	return nil
}

// String prints a record for a person.
func (a actual) String() string {
	s := fmt.Sprintf("key %s, value %s, timestamp %d", show(a.key), show(a.value), a.ts)
	if a.window != nil {
		s += fmt.Sprintf(", window [%d, %d]", a.window.Start, a.window.End)
	}
	return s
}
