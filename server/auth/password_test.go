package auth

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
)

// fooVerifier is that of "foo", computed by Python's hashlib.
const fooVerifier = "SCRAM-SHA-256$4096:c2l4dGVlbiBvZiBzYWx0IQ==$DupUKou4YHWr48J+ylMFYWURILsMa6qa89770lu+Cwo=:+nJ/etRT6RjD0E4K6tvnusEFLQQRpXVVss72BwTW/VU="

func TestPasswords(t *testing.T) {
	for _, pw := range []string{"secret", "with space", "ﬁ", "I\u00adX", "\xff\xfe", "пароль", strings.Repeat("x", maxPassword)} {
		text, err := HashPassword(pw, rand.Reader)
		if err != nil {
			t.Fatalf("%q: %v", pw, err)
		}
		v, ok := ParseVerifier(text)
		if !ok || v.Iterations != Iterations || v.String() != text {
			t.Fatalf("%q: verifier %q", pw, text)
		}
		if !v.Matches(pw) || v.Matches(pw+"x") || v.Matches("") {
			t.Errorf("%q does not match itself alone", pw)
		}
	}
}

func TestHashedPasswordIsTakenAsItIs(t *testing.T) {
	text, err := HashPassword(fooVerifier, rand.Reader)
	if err != nil || text != fooVerifier {
		t.Fatalf("%q, %v", text, err)
	}
	v, ok := ParseVerifier(text)
	if !ok || !v.Matches("foo") || v.Matches("bar") {
		t.Errorf("the verifier of foo: %+v, %v", v, ok)
	}
}

func TestBadPasswords(t *testing.T) {
	for pw, code := range map[string]string{
		"":                                 sqlerr.InvalidParameterValue,
		strings.Repeat("x", maxPassword+1): sqlerr.InvalidParameterValue,
		"md5" + strings.Repeat("0123456789abcdef", 2): sqlerr.FeatureNotSupported,
	} {
		_, err := HashPassword(pw, rand.Reader)
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%.40q: %v, want %s", pw, err, code)
		}
	}
}

func TestTextsThatAreNoVerifiers(t *testing.T) {
	for _, text := range []string{
		"", "SCRAM-SHA-256", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:AA==$AA==:AA==", strings.Replace(fooVerifier, "4096", "9999999999", 1),
		strings.Replace(fooVerifier, "SHA-256", "SHA-1", 1), fooVerifier + "$", strings.Replace(fooVerifier, "DupU", "", 1),
		strings.Replace(fooVerifier, "+nJ/", "****", 1), strings.Replace(fooVerifier, "4096:c2l4dGVlbiBvZiBzYWx0IQ==", "4096:", 1),
	} {
		if _, ok := ParseVerifier(text); ok {
			t.Errorf("%q is taken for a verifier", text)
		}
	}
}
