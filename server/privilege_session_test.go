package server

import "testing"

// A password is worth nothing from VALID UNTIL on: doors are told of none.
func TestPasswordThatIsNoLongerValid(t *testing.T) {
	f := open(t)
	f.is("CREATE ROLE past PASSWORD 'x' LOGIN VALID UNTIL '2001-01-01'", "CREATE ROLE")
	f.is("CREATE ROLE future PASSWORD 'x' LOGIN VALID UNTIL '2999-01-01'", "CREATE ROLE")
	for name, want := range map[string]bool{"past": false, "future": true} {
		verifier, login, _, _, exists := f.srv.roles().Verifier(name)
		if !login || !exists || (verifier != "") != want {
			t.Errorf("%s: verifier %q, login %t, exists %t", name, verifier, login, exists)
		}
	}
}

// Warnings and notices of GRANT and REVOKE, in PostgreSQL's words.
func TestGrantTellsWhatHadNoEffect(t *testing.T) {
	f := open(t)
	for _, text := range []string{"CREATE ROLE ann", "CREATE ROLE bob", "CREATE ROLE grp", "CREATE STREAM s (v INT)", "GRANT SELECT, INSERT ON s TO ann",
		"GRANT UPDATE ON s TO ann WITH GRANT OPTION", "GRANT grp TO ann"} {
		if _, err := f.try(text); err != nil {
			t.Fatal(text, err)
		}
	}
	f.heard()
	for _, c := range []struct{ text, want string }{
		{"GRANT grp TO ann", "NOTICE: role \"ann\" is already a member of role \"grp\""},
		{"REVOKE grp FROM bob", "WARNING: role \"bob\" is not a member of role \"grp\""},
		{"SET SESSION AUTHORIZATION ann", ""},
		{"GRANT SELECT ON s TO bob", "WARNING: no privileges were granted for stream s"},
		{"GRANT SELECT, UPDATE ON s TO bob", "WARNING: not all privileges were granted for stream s"},
		{"GRANT ALL ON s TO bob", ""},
		{"REVOKE SELECT ON s FROM bob", "WARNING: no privileges could be revoked for stream s"},
		{"REVOKE SELECT, UPDATE ON s FROM bob", "WARNING: not all privileges could be revoked for stream s"},
	} {
		if _, err := f.try(c.text); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		if got := f.heard(); got != c.want {
			t.Errorf("%s tells %q, want %q", c.text, got, c.want)
		}
	}
}
