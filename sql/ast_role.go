package sql

// Grant is GRANT and REVOKE. Privileges are upper case ("ALL" alone for ALL
// PRIVILEGES); for membership (GRANT role TO role) Kind is RoleKind, Names holds the
// granted roles and Privileges is nil. Inside ALTER DEFAULT PRIVILEGES there are no Names.
type Grant struct {
	Revoke     bool
	Privileges []string
	Kind       string // "TABLE", "ALL TABLES IN SCHEMA", "SCHEMA", "DATABASE", "ROLE", "STREAM", "TOPIC", ...
	Names      []QName
	To         []Name // grantees; PUBLIC is a name
	Option     bool   // WITH GRANT OPTION, GRANT OPTION FOR, WITH ADMIN OPTION
	Cascade    bool
	Pos        int
}

// CreateRole is CREATE and ALTER {ROLE|USER|GROUP}. Option names are upper case:
// "LOGIN", "NOLOGIN", "SUPERUSER", "PASSWORD" (Value), "VALID UNTIL", "CONNECTION LIMIT", "IN ROLE" (Roles) ...
type CreateRole struct {
	Alter   bool
	User    bool // CREATE USER: implies LOGIN
	Name    Name
	Options []RoleOption
	Rename  *Name   // ALTER ROLE a RENAME TO b
	Set     *SetVar // ALTER ROLE a SET x = y
	Reset   *ResetVar
	Pos     int
}

// RoleOption is an attribute of a role.
type RoleOption struct {
	Name  string
	Value Expr // nil, String, Number or Null (PASSWORD NULL)
	Roles []Name
}

// AlterDefaults is ALTER DEFAULT PRIVILEGES. Roles and Schemas may be empty. Of
// Grant, Kind is "TABLES", "STREAMS", "SEQUENCES", "FUNCTIONS", "TYPES" or "SCHEMAS".
type AlterDefaults struct {
	Roles   []Name
	Schemas []Name
	Grant   *Grant
	Pos     int
}

// Owned is REASSIGN OWNED BY roles TO role, and DROP OWNED BY roles.
type Owned struct {
	Drop    bool
	Roles   []Name
	To      Name
	Cascade bool
	Pos     int
}

// AlterOwner is ALTER kind name OWNER TO role of what is no relation.
type AlterOwner struct {
	Kind SourceKind // DatabaseKind, SchemaKind, TypeKind, ...
	Name QName
	To   Name
	Pos  int
}

// CreateSecret is CREATE SECRET name AS 'value', and ALTER SECRET.
type CreateSecret struct {
	Alter       bool
	IfNotExists bool
	Name        QName
	Value       string
	Pos         int
}

func (*Grant) statement()         {}
func (*CreateRole) statement()    {}
func (*AlterDefaults) statement() {}
func (*Owned) statement()         {}
func (*AlterOwner) statement()    {}
func (*CreateSecret) statement()  {}

// Position is the byte offset in the text.
func (n *Grant) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CreateRole) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AlterDefaults) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Owned) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AlterOwner) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CreateSecret) Position() int { return n.Pos }
