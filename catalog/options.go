package catalog

import (
	"slices"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
)

func errLevel(level string) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "invalid compatibility level: \"%s\"", level).
		WithHint("Levels are NONE, BACKWARD, FORWARD, FULL, and the last three with _TRANSITIVE.")
}

// SetCompatibility sets the level of a relation, or with Name "" the default.
// Level "" takes a relation's own level away.
type SetCompatibility struct {
	Name  string
	Level string
}

func (*SetCompatibility) op() string { return "set_level" }

func (c *SetCompatibility) apply(t *tx) Result {
	level, ok := schema.ParseLevel(c.Level)
	if !ok && (c.Level != "" || c.Name == "") {
		return failed(errLevel(c.Level))
	}
	if c.Name == "" {
		t.s.Level = level
		return Result{}
	}
	return t.update(c.Name, func(r *Relation) *sqlerr.Error {
		r.Compatibility = string(level)
		return nil
	})
}

// update replaces a visible relation by a changed copy.
func (t *tx) update(name string, change func(r *Relation) *sqlerr.Error) Result {
	r, ok := t.s.Relations[name]
	if !ok || r.State != Active {
		return failed(errMissing("", "", name))
	}
	u := *r
	if err := change(&u); err != nil {
		return failed(err)
	}
	t.s.Relations[name] = &u
	return Result{OID: u.OID, Replaced: r}
}

// SetOptions changes what a relation may change in place; nil leaves as it is.
type SetOptions struct {
	Name        string
	OnError     *string `json:",omitempty"` // 'dlq' | 'skip' | 'stop'
	RetentionMs *int64  `json:",omitempty"`
	// WebhookSecret names the secret that signs webhooks for it, "" none.
	WebhookSecret *string `json:",omitempty"`
}

func (*SetOptions) op() string { return "set_options" }

func (c *SetOptions) apply(t *tx) Result {
	return t.update(c.Name, func(r *Relation) *sqlerr.Error {
		if c.OnError != nil {
			if !slices.Contains([]string{"dlq", "skip", "stop"}, *c.OnError) {
				return sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for on_error: \"%s\"", *c.OnError).
					WithHint("Values are dlq, skip and stop.")
			}
			r.OnError = *c.OnError
		}
		if c.RetentionMs != nil {
			if *c.RetentionMs < -1 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "invalid retention: %d ms", *c.RetentionMs)
			}
			r.RetentionMs = *c.RetentionMs
		}
		if c.WebhookSecret != nil {
			if _, ok := t.s.Secrets[*c.WebhookSecret]; !ok && *c.WebhookSecret != "" {
				return errNoSecret(*c.WebhookSecret)
			}
			r.WebhookSecret = *c.WebhookSecret
		}
		return nil
	})
}

// RenameRelation gives a relation another name. What reads it names it in its
// query, so a relation that is read is refused.
type RenameRelation struct {
	Name string
	To   string
}

func (*RenameRelation) op() string { return "rename_relation" }

func (c *RenameRelation) apply(t *tx) Result {
	r, ok := t.s.Relations[c.Name]
	if !ok || r.State != Active {
		return failed(errMissing("", "", c.Name))
	}
	if err := checkName(c.To); err != nil {
		return failed(err)
	}
	if other, taken := t.s.Relations[c.To]; taken {
		return failed(errExists("", r.Kind, other))
	}
	if d := t.dependentsOf(r); !d.none() {
		return failed(errDependents("", "rename", r, d))
	}
	u := *r
	u.Name = c.To
	delete(t.s.Relations, c.Name)
	t.s.Relations[c.To] = &u
	if j, ok := t.s.Jobs[r.JobID]; ok {
		k := *j
		k.Sink = c.To
		t.s.Jobs[k.ID] = &k
	}
	for _, j := range t.pendingOf(c.Name) {
		k := *j
		k.Sink = c.To
		t.s.Jobs[k.ID] = &k
	}
	return Result{OID: u.OID, Replaced: r}
}

// SetSetting sets, or with Reset takes away, a setting of ALTER SYSTEM.
type SetSetting struct {
	Name  string
	Value string
	Reset bool `json:",omitempty"`
	// Owner owns a setting that is new and belongs to somebody: a dashboard.
	Owner string `json:",omitempty"`
}

func (*SetSetting) op() string { return "set_setting" }

func (c *SetSetting) apply(t *tx) Result {
	if err := checkName(c.Name); err != nil {
		return failed(err)
	}
	o := SettingOf(c.Name)
	if c.Reset {
		delete(t.s.Settings, c.Name)
		delete(t.s.Owners, o.key())
		return Result{}
	}
	if _, there := t.s.Settings[c.Name]; !there && c.Owner != "" {
		t.s.Owners[o.key()] = c.Owner
	}
	t.s.Settings[c.Name] = c.Value
	return Result{}
}
