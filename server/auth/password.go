package auth

import (
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"

	"github.com/leatdb/leat/sql/sqlerr"
)

const (
	// Iterations of PBKDF2 in new verifiers.
	Iterations = 15000
	// maxIterations bounds what a pre-hashed password may ask of the server.
	maxIterations = 1_000_000
	saltBytes     = 16
	keyBytes      = 32
	// maxPassword bounds a password in bytes.
	maxPassword = 1024
	scheme      = "SCRAM-SHA-256"
)

// Verifier is what is kept of a password: it proves a login and gives none (A1).
type Verifier struct {
	Iterations int
	Salt       []byte
	StoredKey  []byte // 32 bytes
	ServerKey  []byte // 32 bytes
}

// String is PostgreSQL's text: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey.
func (v Verifier) String() string {
	b := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", scheme, v.Iterations, b(v.Salt), b(v.StoredKey), b(v.ServerKey))
}

// ParseVerifier reads that text; false when it is none.
func ParseVerifier(text string) (Verifier, bool) {
	var v Verifier
	parts := strings.Split(text, "$")
	if len(parts) != 3 || parts[0] != scheme {
		return v, false
	}
	iterations, salt, ok1 := strings.Cut(parts[1], ":")
	stored, server, ok2 := strings.Cut(parts[2], ":")
	n, err := strconv.Atoi(iterations)
	if !ok1 || !ok2 || err != nil || n < 1 || n > maxIterations {
		return v, false
	}
	v.Iterations = n
	for _, f := range []struct {
		dst  *[]byte
		text string
		size int
	}{{&v.Salt, salt, 0}, {&v.StoredKey, stored, keyBytes}, {&v.ServerKey, server, keyBytes}} {
		if *f.dst, err = base64.StdEncoding.DecodeString(f.text); err != nil || len(*f.dst) == 0 || f.size > 0 && len(*f.dst) != f.size {
			return Verifier{}, false
		}
	}
	return v, true
}

// HashPassword gives the verifier of a password as text, with a salt drawn from
// rnd. A password that is a verifier already is taken as it is, so that hashed
// passwords can be moved here. Errors: 22023 for an empty or huge one, 0A000 for
// an MD5 hash, and those of rnd.
func HashPassword(password string, rnd io.Reader) (string, error) {
	switch {
	case password == "":
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "empty string is not a valid password")
	case isMD5(password):
		return "", sqlerr.Unsupported("an MD5 password")
	case len(password) > maxPassword:
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "password is longer than %d bytes", maxPassword)
	}
	if v, ok := ParseVerifier(password); ok {
		return v.String(), nil
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(rnd, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	v, err := derive(password, salt, Iterations)
	if err != nil {
		return "", err
	}
	return v.String(), nil
}

// Matches tells whether password is the one. It takes as long as hashing does.
func (v Verifier) Matches(password string) bool {
	if len(password) > maxPassword {
		return false
	}
	w, err := derive(password, v.Salt, v.Iterations)
	return err == nil && hmac.Equal(w.StoredKey, v.StoredKey)
}

// hashing holds as many places as passwords may be hashed at once: logins take
// at most half of the processors from queries.
var hashing = make(chan struct{}, max(1, runtime.NumCPU()/2))

func derive(password string, salt []byte, iterations int) (Verifier, error) {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	c, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		// As PostgreSQL: what SASLprep refuses counts byte by byte.
		if c, err = scram.SHA256.NewClientUnprepped("", password, ""); err != nil {
			return Verifier{}, fmt.Errorf("hash a password: %w", err)
		}
	}
	k, err := c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: iterations})
	if err != nil {
		return Verifier{}, fmt.Errorf("hash a password: %w", err)
	}
	return Verifier{iterations, salt, k.StoredKey, k.ServerKey}, nil
}

func isMD5(password string) bool {
	hex, ok := strings.CutPrefix(password, "md5")
	return ok && len(hex) == 32 && strings.Trim(hex, "0123456789abcdef") == ""
}
