// Package auth is the lock of the doors: who may come in, how they show it, how
// often they may try, and the book of what they did.
//
//	password.go  HashPassword, Verifier: what is kept of a password
//	roles.go     Roles: what a door asks of the catalog
//	audit.go     Audit, Event: what the server tells the book
//
// Invariants:
//
//	A1  Nothing that is kept lets anybody log in: a Verifier holds StoredKey and
//	    ServerKey, never the password or the client's key.
//	A2  An unknown role and a wrong password look alike: same messages, same
//	    salt for the same name, same error.
//
// The package knows no SQL, no catalog and no wire: pgwire and HTTP bring what
// clients sent, Roles brings what is known of them.
package auth
