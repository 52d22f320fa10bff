package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// sealer is AES-256-GCM under the configured key; nil when there is none.
func (s *Server) sealer() (cipher.AEAD, error) {
	if len(s.cfg.SecretKey) == 0 {
		return nil, nil
	}
	key := sha256.Sum256(s.cfg.SecretKey)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	return cipher.NewGCM(block)
}

// seal hides a value under the name it belongs to.
func (s *Server) seal(name, value string) ([]byte, error) {
	aead, err := s.sealer()
	switch {
	case err != nil:
		return nil, err
	case aead == nil:
		return nil, sqlerr.New(sqlerr.ObjectNotInState, "there is no key to keep secrets under").
			WithHint("Start the server with --secret-key-file, or with the key in LEAT_SECRET_KEY.")
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(s.cfg.Rand, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, []byte(value), []byte(name)), nil
}

// unseal gives a secret's value; it is never shown to anybody.
func (s *Server) unseal(x *catalog.Secret) (string, error) {
	aead, err := s.sealer()
	if err != nil || aead == nil || len(x.Sealed) < aead.NonceSize() {
		return "", sqlerr.New(sqlerr.ObjectNotInState, "secret %q cannot be read", x.Name).WithHint("The server has no key, or another one.")
	}
	n := aead.NonceSize()
	value, err := aead.Open(nil, x.Sealed[:n], x.Sealed[n:], []byte(x.Name))
	if err != nil {
		return "", sqlerr.New(sqlerr.ObjectNotInState, "secret %q cannot be read", x.Name).WithHint("The server has another key.")
	}
	return string(value), nil
}

// createSecret is CREATE and ALTER SECRET.
func (ss *Session) createSecret(ctx context.Context, rq *request, x *sql.CreateSecret) (*pgwire.Result, error) {
	word := map[bool]string{true: "ALTER SECRET", false: "CREATE SECRET"}[x.Alter]
	name := x.Name.Last().Fold(false)
	sealed, err := ss.srv.seal(name, x.Value)
	if err != nil {
		return nil, at(err, x.Pos)
	}
	cmd := &catalog.CreateSecret{Secret: catalog.Secret{Name: name, Owner: rq.as, Sealed: sealed}, IfNotExists: x.IfNotExists, Replace: x.Alter}
	return tag(word), ss.proposeTold(ctx, cmd, x.Name.Position())
}

// dropSecret is DROP SECRET of one name.
func (ss *Session) dropSecret(ctx context.Context, x *sql.Drop, n sql.QName) error {
	return ss.proposeTold(ctx, &catalog.DropSecret{Name: n.Last().Fold(false), IfExists: x.IfExists}, -1)
}

// webhookSecret begins the names of the settings that hold the secrets of
// webhooks, by relation. Sessions do not see them.
const webhookSecret = "leat.webhook_secret."

// WebhookSecret is the secret that signs bodies for a relation, "" for none: its
// own, or that of ALTER SYSTEM. An error means that there is one and it cannot
// be read: nobody is let in without it.
func (s *Server) WebhookSecret(relation string) (string, error) {
	snap := s.catalog.Current()
	if r, ok := snap.Relation("", relation); ok && r.WebhookSecret != "" {
		x, ok := snap.Secret(r.WebhookSecret)
		if !ok {
			return "", sqlerr.New(sqlerr.UndefinedObject, "secret %q does not exist", r.WebhookSecret)
		}
		return s.unseal(x)
	}
	v, _ := snap.Setting(webhookSecret + strings.ToLower(relation))
	return v, nil
}
