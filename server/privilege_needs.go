package server

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// needs lists what a statement must have besides SELECT on what it reads. A name
// that is not there needs nothing: the statement says so itself. The error is a
// refusal that is no matter of one object.
func (ss *Session) needs(rq *request, ast sql.Statement) ([]need, error) {
	l := &needList{rq: rq}
	switch x := ast.(type) {
	case *sql.Insert:
		p := catalog.PrivInsert
		if x.OnConflict != nil && x.OnConflict.Update {
			p |= catalog.PrivUpdate
		}
		l.onTarget(x.Name, p, len(x.Returning) > 0 || x.OnConflict != nil)
	case *sql.Update:
		l.onTarget(x.Name, catalog.PrivUpdate, readsColumns(x))
	case *sql.Delete:
		l.onTarget(x.Name, catalog.PrivDelete, readsColumns(x))
	case *sql.Copy:
		if x.Query == nil {
			l.onTarget(x.Name, map[bool]catalog.Privilege{true: catalog.PrivInsert, false: catalog.PrivSelect}[x.From], false)
		}
	case *sql.Explain:
		if x.QueryID != nil {
			return nil, ss.mayWatchJob(rq, *x.QueryID)
		}
		return ss.needs(rq, x.Stmt)
	case *sql.Describe:
		l.sees(x.Name, 0)
	case *sql.ShowObjects:
		if x.What == "CREATE" {
			l.sees(x.Name, catalog.PrivSelect)
		} else if x.What == "COLUMNS" {
			l.sees(x.Name, 0)
		}
	case *sql.QueryAction:
		return nil, ss.mayEndJobs(rq, x)
	case *sql.WaitForJob:
		return nil, ss.mayWatchJob(rq, x.ID)
	default:
		return l.change(ast)
	}
	return l.list, nil
}

// needList gathers needs of the statement's role.
type needList struct {
	rq   *request
	list []need
}

func (l *needList) add(o catalog.Object, p catalog.Privilege) {
	l.list = append(l.list, need{l.rq.as, o, p})
}

// relation finds what a name of the statement means.
func (l *needList) relation(n sql.QName) (*catalog.Relation, bool) {
	if len(n) == 0 {
		return nil, false
	}
	schema := ""
	if len(n) > 1 {
		schema = n[len(n)-2].Fold(false)
	}
	return l.rq.snap.Relation(schema, n.Last().Fold(l.rq.ksql))
}

func (l *needList) onTarget(n sql.QName, p catalog.Privilege, reads bool) {
	if r, ok := l.relation(n); ok {
		if reads {
			p |= catalog.PrivSelect
		}
		l.add(catalog.ObjectOf(r), p)
	}
}

// owns asks to own the relation.
func (l *needList) owns(n sql.QName) {
	if r, ok := l.relation(n); ok {
		l.add(catalog.ObjectOf(r), 0)
	}
}

// sees asks for p on a relation, or with 0 for any privilege on it.
func (l *needList) sees(n sql.QName, p catalog.Privilege) {
	r, ok := l.relation(n)
	switch {
	case !ok:
	case p != 0:
		l.add(catalog.ObjectOf(r), p)
	case !l.rq.snap.Sees(l.rq.as, r):
		l.add(catalog.ObjectOf(r), catalog.PrivSelect)
	}
}

// change lists the needs of what changes the catalog.
func (l *needList) change(ast sql.Statement) ([]need, error) {
	switch x := ast.(type) {
	case *sql.CreateSource:
		l.add(catalog.Public, catalog.PrivCreate)
		if x.OrReplace {
			l.owns(x.Name)
		}
	case *sql.CreateType:
		l.add(catalog.Public, catalog.PrivCreate)
	case *sql.CreateConnector:
		return nil, onlySuperusers("create connectors")
	case *sql.CreateObject:
		l.add(catalog.Database, catalog.PrivCreate)
	case *sql.Drop:
		return l.drop(x)
	case *sql.AlterSource:
		l.owns(x.Name)
		for _, a := range x.Actions {
			if a.Op == "RENAME" {
				l.add(catalog.Public, catalog.PrivCreate)
			}
		}
	case *sql.AlterSystem:
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to set parameter %q", x.Name)
	case *sql.Comment:
		if r, _ := x.Relation(); len(r) > 0 {
			l.owns(r)
		}
	case *sql.Maintenance:
		if x.Verb == "CHECKPOINT" {
			return nil, onlySuperusers("do CHECKPOINT")
		}
		for _, n := range x.Names {
			l.owns(n)
		}
	case *sql.CreateSecret:
		return nil, onlySuperusers("create or change secrets")
	}
	return l.list, nil
}

func onlySuperusers(do string) error {
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to %s", do)
}

// drop asks to own what goes, with CASCADE also what hangs on it: nobody drops
// what belongs to others by dropping what it is made of.
func (l *needList) drop(x *sql.Drop) ([]need, error) {
	for _, n := range x.Names {
		switch x.Kind {
		case sql.Stream, sql.TableKind, sql.View, sql.MaterializedView:
			r, ok := l.relation(n)
			if !ok {
				continue
			}
			l.add(catalog.ObjectOf(r), 0)
			if x.Cascade {
				if err := l.cascade(r); err != nil {
					return nil, err
				}
			}
		case sql.TypeKind:
			if d, ok := l.rq.snap.Type(n.Last().Fold(l.rq.ksql)); ok && !l.rq.owns(d.Owner) {
				return nil, mustOwn("type " + d.Name)
			}
		case "SECRET":
			if s, ok := l.rq.snap.Secret(n.Last().Fold(false)); ok && !l.rq.owns(s.Owner) {
				return nil, mustOwn("secret " + s.Name)
			}
		}
	}
	return l.list, nil
}

func (l *needList) cascade(r *catalog.Relation) error {
	relations, jobs := l.rq.snap.Downstream(r)
	for _, d := range relations {
		l.add(catalog.ObjectOf(d), 0)
	}
	for _, j := range jobs {
		if !l.rq.owns(j.Owner) {
			return mustOwn("query " + j.ID)
		}
	}
	return nil
}

// readsColumns tells whether UPDATE or DELETE reads columns of its target.
func readsColumns(ast sql.Statement) bool {
	var parts []sql.Node
	add := func(e sql.Expr) {
		if e != nil {
			parts = append(parts, e)
		}
	}
	switch x := ast.(type) {
	case *sql.Update:
		if len(x.Returning) > 0 || x.From != nil {
			return true
		}
		add(x.Where)
		for _, a := range x.Set {
			add(a.Value)
		}
	case *sql.Delete:
		if len(x.Returning) > 0 || x.Using != nil {
			return true
		}
		add(x.Where)
	}
	found := false
	for _, n := range parts {
		sql.Walk(n, func(n sql.Node) bool {
			switch n.(type) {
			case *sql.ColumnRef, *sql.Star, *sql.StarOf, *sql.Table:
				found = true
			}
			return !found
		})
	}
	return found
}

// mayWatchJob refuses to look at a query of others without MONITOR.
func (ss *Session) mayWatchJob(rq *request, id sql.Name) error {
	j, err := ss.jobNamed(rq, id)
	if err != nil || rq.owns(j.Owner) || rq.snap.May(rq.as, catalog.Database, catalog.PrivMonitor) {
		return nil // the statement says itself what is not there
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for query %s", j.ID).
		WithHint("It takes its owner's rights, or MONITOR on the database.")
}

// mayEndJobs refuses to end, pause or resume queries of others without CANCEL.
func (ss *Session) mayEndJobs(rq *request, x *sql.QueryAction) error {
	jobs := rq.snap.Jobs()
	if !x.All {
		j, err := ss.jobNamed(rq, x.ID)
		if err != nil {
			return nil // the statement says itself what is not there
		}
		jobs = []*catalog.Job{j}
	}
	for _, j := range jobs {
		if !rq.owns(j.Owner) && !rq.snap.May(rq.as, catalog.Database, catalog.PrivCancel) {
			return mustOwn("query " + j.ID).WithHint("CANCEL on the database lets others end it too.")
		}
	}
	return nil
}
