package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// maxKey bounds an idempotency key in bytes.
const maxKey = 512

// inserted is the answer to an insert.
type inserted struct {
	Rows      int64  `json:"rows"`
	Duplicate bool   `json:"duplicate"`
	Token     string `json:"token"`
}

// insert is POST /v1/insert/{stream}.
func (s *Site) insert(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		fail(w, err, "")
		return
	}
	relation, key := r.PathValue("stream"), r.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		fail(w, sqlerr.New(sqlerr.InvalidParameterValue, "idempotency key is longer than %d bytes", maxKey), "")
		return
	}
	if err := s.checkSender(r, relation, body); err != nil {
		fail(w, err, "")
		return
	}
	ss, _, err := s.open(r, nil)
	if err != nil {
		fail(w, err, "")
		return
	}
	defer ss.Close()
	done, err := ss.Ingest(r.Context(), relation, body, key)
	if err != nil {
		fail(w, err, "")
		return
	}
	w.Header().Set(tokenHeader, done.Token)
	answer(w, http.StatusOK, inserted{done.Rows, done.Duplicate, done.Token})
}

// checkSender holds the body's signature against the relation's secret. Without
// a secret no page of another site may insert.
func (s *Site) checkSender(r *http.Request, relation string, body []byte) error {
	secret, err := s.db.WebhookSecret(relation)
	if err != nil {
		return err
	}
	if secret == "" {
		if err := s.cross.Check(r); err != nil {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "request from another site")
		}
		return nil
	}
	given := r.Header.Get("Leat-Signature")
	if given == "" {
		given = r.Header.Get("X-Hub-Signature-256")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	sum, err := hex.DecodeString(strings.TrimPrefix(given, "sha256="))
	if err != nil || !hmac.Equal(sum, mac.Sum(nil)) {
		return sqlerr.New(sqlerr.InvalidAuthorization, "the body is not signed with the secret of %q", relation).
			WithHint("Send Leat-Signature: sha256= and the HMAC-SHA256 of the body in hex.")
	}
	return nil
}
