package auth

// Audit is the book of what happened. Calls come from many goroutines.
type Audit interface {
	// Record writes one event. An error means that it is not in the book and that
	// the book has to be whole: the caller refuses what it was about to do.
	Record(e Event) error
}

// Kinds of events.
const (
	EventLogin    = "login"     // somebody came in, or was refused
	EventRole     = "role"      // CREATE, ALTER, DROP ROLE, membership
	EventGrant    = "grant"     // GRANT, REVOKE, owners
	EventDDL      = "ddl"       // CREATE, ALTER, DROP of relations and others
	EventDenied   = "denied"    // 42501
	EventConfig   = "config"    // start, certificates read again, ALTER SYSTEM
	EventCancel   = "cancel"    // another session's statement or connection was ended
	EventAuditCut = "audit_cut" // the book begins anew behind a damaged end
)

// Event is one line of the book. Empty fields are left out.
type Event struct {
	Kind      string // one of the constants
	Role      string // who
	Remote    string // address of the client
	Session   uint32 // process id
	Statement string // as the client sent it: the book takes literals out
	Object    string // what it is about
	Result    string // "ok" or a SQLSTATE
	Detail    string // more, in words
}

// NoAudit keeps no book.
type NoAudit struct{}

// Record implements Audit.
func (NoAudit) Record(Event) error { return nil }
