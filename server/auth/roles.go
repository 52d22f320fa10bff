package auth

// Roles is what a door asks of the catalog. Calls come from many goroutines.
type Roles interface {
	// Verifier is what is known of a role: the text of its password's Verifier
	// ("" without a password), whether it may log in, whether it is a superuser,
	// and how many connections it may have at once (-1: any number). The others
	// mean nothing when exists is false.
	Verifier(name string) (verifier string, login, superuser bool, connLimit int, exists bool)
}
