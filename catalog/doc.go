// Package catalog is the pure state machine of names: relations, types, jobs,
// settings, roles and grants. Raft group 0 applies its commands; readers take an
// immutable Snapshot.
//
//	relation.go      Relation and its parts
//	objects.go       Job, TypeDef
//	snapshot.go      Snapshot and its lookups
//	catalog.go       Catalog: Apply, Snapshot, Restore, Current
//	command.go       commands as bytes
//	create.go        CreateRelation, Activate, Abort
//	replace.go       CREATE OR REPLACE of an existing relation
//	beside.go        the same by a query that is built beside the old one
//	drop.go          DropRelation, ForgetRelation
//	alter.go         AlterColumns
//	options.go       SetCompatibility, SetOptions, RenameRelation, SetSetting; comment.go Comment
//	depend.go        what depends on a relation
//	cycle.go         CheckCycle: queries that would feed themselves
//	job.go           CreateJob, SetJobStatus, DropJob
//	type_def.go      CreateType, DropType
//	role.go          CreateRole, AlterRole, RenameRole, DropRole; membership.go: GrantRole
//	privilege.go     Privilege, Object; acl.go: Right, ACL; grant.go: GrantOn
//	default_rights.go AlterDefaults: what new relations begin with
//	owner.go         SetOwner, ReassignOwned, DropOwned
//	rights.go        what a role may do, and the catalog as it sees it
//	secret.go        CreateSecret, DropSecret
//	registry.go      schema registry: subjects, versions, IDs, lookups
//	registry_register.go RegisterSchema, DeleteSubject, SetSubjectLevel
//	registry_relation.go the schemas of a relation's columns
//	message.go       error messages in the words of the statement's dialect
//	schema/          schemas: languages, columns, compatibility
//
// Invariants:
//
//	C1  Apply depends on its arguments and the state before it, on nothing else:
//	    same commands, same state, byte for byte
//	C2  every check but CheckCycle and what a role may change is made in Apply, so all of
//	    them are decided in one order; what a GRANT gives is decided there too
//	C3  a command that answers an error changes nothing
//	C4  a Snapshot and everything in it never changes
//	C5  OIDs begin at 16384 and are never used again
//
// The life of a relation that needs topics or tasks: CreateRelation records the
// intent (Creating, invisible to queries, the name is taken); the server makes
// topics and tasks; Activate makes it visible, Abort removes it. DropRelation
// makes it invisible (Dropping, the name still taken); the server removes topics
// and state; ForgetRelation frees the name. After a crash the server finds what
// is Creating or Dropping in the snapshot and goes on.
//
// Names arrive folded. The package knows no syntax, no log and no clock.
package catalog
