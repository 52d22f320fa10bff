package catalog

import (
	"fmt"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Secret is a value that only the server reads, sealed under a key that the
// catalog does not hold. Values are immutable once in a Snapshot.
type Secret struct {
	Name   string
	OID    uint32
	Owner  string
	Sealed []byte
}

// CreateSecret keeps a sealed value; OID is left empty.
type CreateSecret struct {
	Secret      Secret
	IfNotExists bool `json:",omitempty"`
	Replace     bool `json:",omitempty"` // ALTER SECRET
}

func (*CreateSecret) op() string { return "create_secret" }

func (c *CreateSecret) apply(t *tx) Result {
	s := c.Secret
	if err := checkName(s.Name); err != nil {
		return failed(err)
	}
	old, there := t.s.Secrets[s.Name]
	switch {
	case c.Replace && !there:
		return failed(errNoSecret(s.Name))
	case c.Replace:
		s.OID, s.Owner = old.OID, old.Owner
	case there && c.IfNotExists:
		return Result{Skipped: true, OID: old.OID, Notice: fmt.Sprintf("secret \"%s\" already exists, skipping", s.Name)}
	case there:
		return failed(sqlerr.New(sqlerr.DuplicateObject, "secret \"%s\" already exists", s.Name))
	default:
		s.OID = t.oid()
	}
	t.s.Secrets[s.Name] = &s
	return Result{OID: s.OID}
}

func errNoSecret(name string) *sqlerr.Error {
	return sqlerr.New(sqlerr.UndefinedObject, "secret \"%s\" does not exist", name)
}

// DropSecret removes a secret that no relation uses.
type DropSecret struct {
	Name     string
	IfExists bool `json:",omitempty"`
}

func (*DropSecret) op() string { return "drop_secret" }

func (c *DropSecret) apply(t *tx) Result {
	s, ok := t.s.Secrets[c.Name]
	if !ok {
		if c.IfExists {
			return Result{Skipped: true, Notice: fmt.Sprintf("secret \"%s\" does not exist, skipping", c.Name)}
		}
		return failed(errNoSecret(c.Name))
	}
	for _, r := range sorted(t.s.Relations) {
		if r.WebhookSecret == c.Name && r.State != Dropping {
			return failed(sqlerr.New(sqlerr.DependentObjects, "cannot drop secret %s because other objects depend on it", c.Name).
				WithDetail("%s %s depends on secret %s", KindWord(r), r.Name, c.Name))
		}
	}
	delete(t.s.Secrets, c.Name)
	return Result{OID: s.OID}
}

// Secret finds a secret by name.
func (s *Snapshot) Secret(name string) (*Secret, bool) {
	x, ok := s.state.Secrets[name]
	return x, ok
}

// Secrets lists the secrets by name.
func (s *Snapshot) Secrets() []*Secret { return sorted(s.state.Secrets) }
