// Package auth is the lock of the doors: who may come in, how they show it, how
// often they may try, and the book of what they did.
//
//	guard.go        Guard: who comes in, by which method
//	rule.go         the rules: which method for which client
//	scram.go        SCRAM-SHA-256 and -PLUS on the Postgres wire
//	password.go     HashPassword, Verifier: what is kept of a password
//	token.go        tokens of HTTP clients, seals of what clients bring back
//	request.go      who sends a request of HTTP
//	limit.go        how often one may guess
//	certificate.go  TLS: files, reading them again
//	secret.go       the key of tokens and seals, in the data directory
//	roles.go        Roles: what a door asks of the catalog
//	audit.go        Audit, Event: what the server tells the book
//	book.go         Book: the audit log, a chain of JSON lines; redact.go: statements in it
//
// Invariants:
//
//	A1  Nothing that is kept lets anybody log in: a Verifier holds StoredKey and
//	    ServerKey, never the password or the client's key.
//	A2  An unknown role and a wrong password look alike: same messages, same
//	    salt for the same name, same error.
//	A3  A guess is judged and counted under one lock: no number of connections
//	    gets more guesses than the limit.
//	A4  Nothing from a client that is not in yet is kept beyond a bound.
//
// The package knows no SQL, no catalog and no wire: pgwire and HTTP bring what
// clients sent, Roles brings what is known of them.
package auth
