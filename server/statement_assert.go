package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// runAssert is ASSERT TOPIC and ASSERT SCHEMA: it waits until what is asserted
// holds, for a second or as long as TIMEOUT says.
func (ss *Session) runAssert(ctx context.Context, rq *request) (*pgwire.Result, error) {
	switch x := rq.ast.(type) {
	case *sql.AssertTopic:
		return tag("ASSERT TOPIC"), until(ctx, x.Timeout, func() error { return ss.checkTopic(rq, x) })
	case *sql.AssertSchema:
		return tag("ASSERT SCHEMA"), until(ctx, x.Timeout, func() error { return ss.checkSchema(rq, x) })
	}
	panic(fmt.Sprintf("BUG: %T asserts nothing", rq.ast))
}

// until calls check until it gives nil or the time is over; the last error is told.
func until(ctx context.Context, timeout *sql.Duration, check func() error) error {
	limit := time.Second
	if timeout != nil {
		limit = time.Duration(timeout.Millis()) * time.Millisecond
	}
	tctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-retry.C:
		case <-tctx.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
}

// checkSchema looks for a subject, an ID, or an ID among a subject's versions. What
// the role may not see is not there.
func (ss *Session) checkSchema(rq *request, x *sql.AssertSchema) error {
	snap := ss.srv.catalog.Current()
	what, there := "Schema with", false
	var subjects []string
	switch {
	case x.Subject != nil && x.ID != nil:
		what += fmt.Sprintf(" subject name %s id %d", x.Subject.Text, *x.ID)
		if all := snap.SubjectsWith(int32(*x.ID)); slices.Contains(all, x.Subject.Text) {
			subjects = []string{x.Subject.Text}
		}
	case x.Subject != nil:
		what += " subject name " + x.Subject.Text
		if len(snap.SubjectVersions(x.Subject.Text)) > 0 {
			subjects = []string{x.Subject.Text}
		}
	default:
		what += fmt.Sprintf(" id %d", *x.ID)
		subjects = snap.SubjectsWith(int32(*x.ID))
	}
	for _, name := range subjects {
		there = there || rq.superuser() || mayUseSubject(snap, rq.as, name)
	}
	switch {
	case x.NotExists && there:
		return sqlerr.New(sqlerr.ObjectNotInState, "%s exists", what).At(x.Pos)
	case !x.NotExists && !there:
		return sqlerr.New(sqlerr.ObjectNotInState, "%s does not exist", what).At(x.Pos)
	}
	return nil
}

func (ss *Session) checkTopic(rq *request, x *sql.AssertTopic) error {
	name := x.Topic.Text
	if !x.Topic.Quoted {
		name = x.Topic.Fold(rq.ksql)
	}
	t, there := ss.srv.log.Topic(name)
	if !there {
		t, there = ss.srv.log.Topic(x.Topic.Text)
	}
	if there {
		if err := rq.mayReadTopic(t.Name); err != nil {
			return err
		}
	}
	fail := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.ObjectNotInState, format, args...).At(x.Pos)
	}
	switch {
	case x.NotExists && there:
		return fail("Topic %s exists", name)
	case x.NotExists:
		return nil
	case !there:
		return fail("Topic %s does not exist", name)
	}
	for _, p := range x.With {
		want, err := settingText(p.Value)
		if err != nil {
			return err
		}
		have := ""
		switch strings.ToLower(p.Name.Text) {
		case "partitions":
			have = formatInt(int64(t.Partitions))
		case "replicas":
			have = "1"
		default:
			return fail("Cannot assert unknown topic property: %s", p.Name.Text)
		}
		if have != want {
			return fail("Mismatched configuration for topic %s: For config %s, expected %s got %s", name, strings.ToLower(p.Name.Text), want, have)
		}
	}
	return nil
}
