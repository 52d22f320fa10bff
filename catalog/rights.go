package catalog

import "slices"

// IsSuperuser tells whether a role may do anything. A name that is no role of
// the catalog is one: until roles are made, whoever is let in is the superuser.
func (s *state) IsSuperuser(role string) bool {
	r, ok := s.Roles[role]
	return !ok || r.Superuser
}

// Owner is the role that owns an object; "" is the server, which superusers
// stand for.
func (s *state) Owner(o Object) string {
	switch o.Kind {
	case RelationObject, LettersObject:
		if r, ok := s.relationOf(o); ok {
			return r.Owner
		}
	case SubjectObject:
		if r, ok := s.describedBy(o.Name); ok {
			return r.Owner
		}
	}
	return s.Owners[o.key()]
}

// describedBy finds the relation whose records a subject describes.
func (s *state) describedBy(subject string) (*Relation, bool) {
	for _, r := range sorted(s.Relations) {
		if r.Topic != "" && (KeySubject(r.Topic) == subject || ValueSubject(r.Topic) == subject) {
			return r, true
		}
	}
	return nil, false
}

// ofRelation tells whether a subject belongs to a relation, and so to its owner.
func (s *state) ofRelation(o Object) bool {
	if o.Kind != SubjectObject {
		return false
	}
	_, ok := s.describedBy(o.Name)
	return ok
}

// HasRole tells whether a role has the rights of another without SET ROLE: it
// is that role, inherits from it, or is a superuser.
func (s *state) HasRole(role, of string) bool {
	return s.IsSuperuser(role) || role == of || slices.Contains(s.closure(role, true), of)
}

// IsMember tells whether a role may SET ROLE to another.
func (s *state) IsMember(role, of string) bool {
	return s.IsSuperuser(role) || role == of || slices.Contains(s.closure(role, false), of)
}

// IsAdmin tells whether a role may make others members of another.
func (s *state) IsAdmin(role, of string) bool {
	if s.IsSuperuser(role) {
		return true
	}
	for _, name := range s.closure(role, false) {
		r, ok := s.Roles[name]
		if !ok {
			continue
		}
		for _, m := range r.MemberOf {
			if m.Role == of && m.Admin {
				return true
			}
		}
	}
	return false
}

// closure lists role and all that it is a member of, however far; with inherit
// only through roles that inherit.
func (s *state) closure(role string, inherit bool) []string {
	out := []string{role}
	for i := 0; i < len(out); i++ {
		r, ok := s.Roles[out[i]]
		if !ok || inherit && !r.Inherit {
			continue
		}
		for _, m := range r.MemberOf {
			if !slices.Contains(out, m.Role) {
				out = append(out, m.Role)
			}
		}
	}
	return out
}

// Groups lists the roles that a role is a member of, however far, itself first;
// with inherit only those whose rights it has at once.
func (s *state) Groups(role string, inherit bool) []string { return s.closure(role, inherit) }

// PrivilegesOf is what a role may do with an object, by itself, by its roles, and
// as everyone.
func (s *state) PrivilegesOf(role string, o Object) Privilege {
	if s.IsSuperuser(role) {
		return o.Kind.AllPrivileges()
	}
	return sum(s.closure(role, true), s.rightsOf(o), func(r Right) Privilege { return r.Privs })
}

// OptionsOf is what a role may pass on to others.
func (s *state) OptionsOf(role string, o Object) Privilege {
	if s.HasRole(role, s.Owner(o)) {
		return o.Kind.AllPrivileges()
	}
	return sum(s.closure(role, true), s.rightsOf(o), func(r Right) Privilege { return r.Options })
}

// sum adds up what the roles of names, and everyone, have.
func sum(names []string, rights []Right, of func(Right) Privilege) Privilege {
	var out Privilege
	for _, r := range rights {
		if r.Grantee == PublicRole || slices.Contains(names, r.Grantee) {
			out |= of(r)
		}
	}
	return out
}

// May tells whether a role has all of want on an object.
func (s *state) May(role string, o Object, want Privilege) bool {
	return s.PrivilegesOf(role, o)&want == want
}

// Sees tells whether a role knows of a relation's columns: it owns it or has
// some privilege on it.
func (s *state) Sees(role string, r *Relation) bool {
	return s.IsSuperuser(role) || s.sees(s.closure(role, true), r)
}

func (s *state) sees(names []string, r *Relation) bool {
	return slices.Contains(names, r.Owner) || sum(names, s.rightsOn(r), func(r Right) Privilege { return r.Privs }) != 0
}

// For is the catalog as a role sees it: without relations it has no privilege
// on, and without queries of others, unless it may read what they write. Who has
// MONITOR sees all queries.
func (s *Snapshot) For(role string) *Snapshot {
	if s.IsSuperuser(role) {
		return s
	}
	out := &Snapshot{Version: s.Version, state: s.state}
	out.state.Relations = map[string]*Relation{}
	names := s.closure(role, true)
	for name, r := range s.state.Relations {
		if s.sees(names, r) {
			out.state.Relations[name] = r
		}
	}
	out.state.Jobs = map[string]*Job{}
	all := s.May(role, Database, PrivMonitor)
	for id, j := range s.state.Jobs {
		sink, ok := s.state.Relations[j.Sink]
		switch {
		case all || slices.Contains(names, j.Owner):
			out.state.Jobs[id] = j
		case ok && sum(names, s.rightsOn(sink), func(r Right) Privilege { return r.Privs })&PrivSelect != 0:
			hidden := *j
			hidden.SQL, hidden.Query, hidden.Error, hidden.Reads, hidden.Next = HiddenText, HiddenText, "", nil, nil
			out.state.Jobs[id] = &hidden
		}
	}
	return out
}

// HiddenText stands for a statement that its reader may not see.
const HiddenText = "<insufficient privilege>"

// Owns tells whether a name stands as the owner of anything, or as who granted it:
// a role that is made by that name owns it from then on.
func (s *state) Owns(name string) bool {
	for _, r := range s.Relations {
		if r.Owner == name {
			return true
		}
	}
	for _, j := range s.Jobs {
		if j.Owner == name {
			return true
		}
	}
	for _, d := range s.Types {
		if d.Owner == name {
			return true
		}
	}
	for _, x := range s.Secrets {
		if x.Owner == name {
			return true
		}
	}
	for _, owner := range s.Owners {
		if owner == name {
			return true
		}
	}
	return false
}

// Downstream lists what DROP ... CASCADE of a relation takes along: relations and
// INSERT queries, by name and ID.
func (s *Snapshot) Downstream(r *Relation) (relations []*Relation, jobs []*Job) {
	t := &tx{s: s.state}
	seen := map[string]bool{r.Name: true}
	for todo := []*Relation{r}; len(todo) > 0; todo = todo[1:] {
		d := t.dependentsOf(todo[0])
		jobs = append(jobs, d.jobs...)
		for _, x := range d.relations {
			if !seen[x.Name] {
				seen[x.Name] = true
				relations, todo = append(relations, x), append(todo, x)
			}
		}
	}
	return relations, jobs
}

// Exists tells whether there is such an object now.
func (s *state) Exists(o Object) bool { return s.exists(o) }

// SubjectsWith lists the subjects that a schema is a version of, by name.
func (s *Snapshot) SubjectsWith(id int32) []string {
	var out []string
	for _, sub := range sorted(s.state.Registry.Subjects) {
		if slices.ContainsFunc(sub.Versions, func(v SubjectVersion) bool { return v.ID == id }) {
			out = append(out, sub.Name)
		}
	}
	return out
}

// Verifier is what a door asks of a role: the verifier of its password, "" without
// one, whether it may log in, whether it is a superuser, and how many connections
// it may have, -1 any number.
func (s *Snapshot) Verifier(name string) (verifier string, login, superuser bool, connLimit int, exists bool) {
	r, ok := s.state.Roles[name]
	if !ok {
		return "", false, false, -1, false
	}
	return r.Verifier, r.Login, r.Superuser, r.ConnLimit, true
}
