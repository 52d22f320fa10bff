package sql

import "strings"

func (p *printer) grant(s *Grant) {
	p.granting(s)
	if s.Privileges != nil {
		p.w(strings.Join(s.Privileges, ", "), " ON ", s.Kind, " ")
	}
	p.qnames(s.Names)
	p.grantees(s)
}

// granting writes from the verb to the privileges.
func (p *printer) granting(s *Grant) {
	if s.Revoke {
		p.w("REVOKE ")
		p.opt(s.Option && s.Privileges != nil, "GRANT OPTION FOR ")
		p.opt(s.Option && s.Privileges == nil, "ADMIN OPTION FOR ")
	} else {
		p.w("GRANT ")
	}
}

// grantees writes from TO or FROM on.
func (p *printer) grantees(s *Grant) {
	p.w(map[bool]string{true: " FROM ", false: " TO "}[s.Revoke])
	p.roles(s.To)
	if !s.Revoke && s.Option {
		p.w(map[bool]string{true: " WITH ADMIN OPTION", false: " WITH GRANT OPTION"}[s.Privileges == nil])
	}
	p.opt(s.Cascade, " CASCADE")
}

func (p *printer) roles(list []Name) {
	for i, n := range list {
		p.opt(i > 0, ", ")
		p.w(n.label())
	}
}

func (p *printer) createRole(s *CreateRole) {
	p.w(map[bool]string{true: "ALTER ", false: "CREATE "}[s.Alter], map[bool]string{true: "USER ", false: "ROLE "}[s.User], s.Name.label())
	switch {
	case s.Rename != nil:
		p.w(" RENAME TO ", s.Rename.String())
	case s.Set != nil:
		p.w(" ")
		p.setVar(s.Set)
	case s.Reset != nil:
		p.w(" ")
		p.resetVar(s.Reset)
	}
	for _, o := range s.Options {
		p.w(" ", o.Name)
		if o.Value != nil {
			p.w(" ")
			p.expr(o.Value, 0)
		}
		if o.Roles != nil {
			p.w(" ")
			p.roles(o.Roles)
		}
	}
}

func (p *printer) alterDefaults(s *AlterDefaults) {
	p.w("ALTER DEFAULT PRIVILEGES ")
	if len(s.Roles) > 0 {
		p.w("FOR ROLE ")
		p.roles(s.Roles)
		p.w(" ")
	}
	if len(s.Schemas) > 0 {
		p.w("IN SCHEMA ")
		for i, n := range s.Schemas {
			p.opt(i > 0, ", ")
			p.w(n.String())
		}
		p.w(" ")
	}
	p.granting(s.Grant)
	p.w(strings.Join(s.Grant.Privileges, ", "), " ON ", s.Grant.Kind)
	p.grantees(s.Grant)
}

func (p *printer) owned(s *Owned) {
	if s.Drop {
		p.w("DROP OWNED BY ")
		p.roles(s.Roles)
		p.opt(s.Cascade, " CASCADE")
		return
	}
	p.w("REASSIGN OWNED BY ")
	p.roles(s.Roles)
	p.w(" TO ", s.To.label())
}

// people writes the statements about roles, rights and owners; false for others.
func (p *printer) people(s Statement) bool {
	switch s := s.(type) {
	case *Grant:
		p.grant(s)
	case *CreateRole:
		p.createRole(s)
	case *AlterDefaults:
		p.alterDefaults(s)
	case *Owned:
		p.owned(s)
	case *AlterOwner:
		p.w("ALTER ", string(s.Kind), " ", s.Name.String(), " OWNER TO ", s.To.label())
	case *CreateSecret:
		p.w(map[bool]string{true: "ALTER", false: "CREATE"}[s.Alter], " SECRET ")
		p.opt(s.IfNotExists, "IF NOT EXISTS ")
		p.qnames([]QName{s.Name})
		p.w(" AS ", quoteString(s.Value))
	default:
		return false
	}
	return true
}
