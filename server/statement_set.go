package server

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// runSet is SET in all its forms.
func (ss *Session) runSet(rq *request, x *sql.SetVar) (*pgwire.Result, error) {
	name := strings.ToLower(x.Name)
	if x.Scope == "LOCAL" && !ss.inTx() {
		ss.tell("WARNING", sqlerr.New(sqlerr.NoActiveTransaction, "SET LOCAL can only be used in transaction blocks"))
	}
	if x.Default || len(x.Values) == 0 {
		if done, err := ss.resetRole(name); done {
			return tag("SET"), at(err, x.Pos)
		}
		return tag("SET"), at(ss.settings.reset(name, ss.inTx()), x.Pos)
	}
	words := make([]string, len(x.Values))
	for i, v := range x.Values {
		w, err := settingText(v)
		if err != nil {
			return nil, err
		}
		words[i] = w
	}
	value := strings.Join(words, ", ")
	if name == "timezone" && len(x.Values) == 1 {
		if t, ok := x.Values[0].(*sql.TypedLiteral); ok {
			span, err := types.ParseSpanFields(t.Value, t.Fields)
			if err != nil {
				return nil, at(err, t.Pos)
			}
			value = "UTC"
			if span.Micros != 0 {
				value = offsetZone(span.Micros)
			}
		}
	}
	if name == "auto.offset.reset" || name == "ksql.streams.auto.offset.reset" {
		name, value = "auto.offset.reset", strings.ToLower(value)
	}
	if done, err := ss.setRole(name, value, x.Scope == "LOCAL"); done {
		return tag("SET"), at(err, x.Pos)
	}
	if name == "wait_for" {
		if err := ss.WaitFor(value); err != nil {
			return nil, at(err, x.Values[0].Position())
		}
	}
	err := ss.settings.set(name, value, x.Scope == "LOCAL", ss.inTx())
	if sqlerr.Is(err, sqlerr.InvalidParameterValue) {
		return tag("SET"), at(err, x.Values[0].Position())
	}
	return tag("SET"), at(err, x.Pos)
}

// at gives an error a position if it has none.
func at(err error, pos int) error {
	if err == nil {
		return nil
	}
	return sqlerr.From(err).At(pos)
}

// offsetZone names a fixed offset, with POSIX's sign.
func offsetZone(us int64) string {
	sign := "-"
	if us < 0 {
		sign, us = "+", -us
	}
	minutes := us / 60_000_000
	two := func(n int64) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
	return "UTC" + sign + two(minutes/60) + ":" + two(minutes%60)
}

// settingText is a value of SET as text.
func settingText(e sql.Expr) (string, error) {
	switch v := e.(type) {
	case *sql.String:
		return v.Value, nil
	case *sql.Number:
		return v.Text, nil
	case *sql.Bool:
		return map[bool]string{true: "on", false: "off"}[v.Value], nil
	case *sql.ColumnRef:
		parts := make([]string, len(v.Parts))
		for i, p := range v.Parts {
			parts[i] = p.Fold(false)
		}
		return strings.Join(parts, "."), nil
	case *sql.TypedLiteral:
		return v.Value, nil
	case *sql.Unary:
		if n, ok := v.X.(*sql.Number); ok && v.Op == "-" {
			return "-" + n.Text, nil
		}
	}
	return "", sqlerr.New(sqlerr.SyntaxError, "the value of a setting must be a literal").At(e.Position())
}

func (ss *Session) runSetTransaction(x *sql.SetTransaction) (*pgwire.Result, error) {
	prefix := "transaction_"
	if x.Session {
		prefix = "default_transaction_"
	}
	if x.Modes.Isolation != "" {
		if err := ss.settings.set(prefix+"isolation", strings.ToLower(x.Modes.Isolation), !x.Session, ss.inTx()); err != nil {
			return nil, err
		}
	}
	if x.Modes.ReadOnly != nil {
		word := map[bool]string{true: "on", false: "off"}[*x.Modes.ReadOnly]
		if err := ss.settings.set(prefix+"read_only", word, !x.Session, ss.inTx()); err != nil {
			return nil, err
		}
		if !x.Session && ss.inTx() {
			ss.tx.readOnly = *x.Modes.ReadOnly
		}
	}
	return tag("SET"), nil
}

// runShowVar is SHOW name and SHOW ALL.
func (ss *Session) runShowVar(x *sql.ShowVar) (*pgwire.Result, error) {
	if !x.All {
		name := x.Name
		v, ok := ss.settings.lookup(name)
		if !ok && settingByName[name] == nil {
			return nil, at(unknownSetting(name), x.Pos)
		}
		column := name
		if known := settingByName[name]; known != nil {
			column, v = known.name, ss.shown(known)
		}
		return textRows(column, []string{v}, "SHOW"), nil
	}
	var rows []types.Row
	for i := range knownSettings {
		k := &knownSettings[i]
		rows = append(rows, types.Row{k.name, ss.shown(k), k.doc})
	}
	s := types.Schema{{Name: "name", Type: types.TString}, {Name: "setting", Type: types.TString}, {Name: "description", Type: types.TString}}
	return fixedRows(s, rows, "SHOW"), nil
}

// shown is a setting as SHOW prints it: durations with a unit.
func (ss *Session) shown(k *setting) string {
	v := ss.settings.get(strings.ToLower(k.name))
	if k.kind != durationSetting || v == "0" {
		return v
	}
	ms := ss.settings.millis(strings.ToLower(k.name))
	for _, u := range []struct {
		ms   int64
		name string
	}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "min"}, {1000, "s"}} {
		if ms%u.ms == 0 {
			return formatInt(ms/u.ms) + u.name
		}
	}
	return v + "ms"
}

func (ss *Session) runDiscard(x *sql.Discard) (*pgwire.Result, error) {
	if x.What != "ALL" {
		return tag("DISCARD " + x.What), nil
	}
	if ss.inTx() {
		return nil, sqlerr.New(sqlerr.ActiveTransaction, "DISCARD ALL cannot run inside a transaction block").At(x.Pos)
	}
	ss.closeCursors()
	clear(ss.prepared)
	ss.client.Deallocate("")
	ss.srv.unlisten(ss, "")
	if _, err := ss.resetRole("session_authorization"); err != nil {
		return nil, err
	}
	return tag("DISCARD ALL"), ss.settings.reset("", false)
}

// runAlterSystem belongs to DDL: the setting holds for new sessions.
func systemSetting(x *sql.AlterSystem) (name, value string, err error) {
	name = strings.ToLower(x.Name)
	if x.Reset || x.Value == nil {
		return name, "", nil
	}
	if value, err = settingText(x.Value); err != nil {
		return "", "", err
	}
	if name == "role" || name == "session_authorization" {
		return "", "", sqlerr.New(sqlerr.CantChangeParam, "parameter %q cannot be changed", name).At(x.Pos)
	}
	value, err = checkSetting(name, value)
	return name, value, at(err, x.Pos)
}

// capturedSettings are those that a job keeps from the session that made it.
func (ss *Session) capturedSettings() []string {
	names := make([]string, 0, len(ss.settings.values))
	for n := range ss.settings.values {
		if strings.Contains(n, ".") || n == "on_error" || n == "idle_timeout" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}
