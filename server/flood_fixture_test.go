package server

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/sql/sqlerr"
)

// flood is attackers at work.
type flood struct {
	judged, limited atomic.Int64
	done            chan struct{}
}

// flood runs attempts with wrong passwords from that many addresses: half of
// them at one role, half at names as they come.
func (f *fixture) flood(attempts, addresses int) *flood {
	f.Helper()
	x := &flood{done: make(chan struct{})}
	var next atomic.Int64
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := next.Add(1); i <= int64(attempts); i = next.Add(1) {
				role := "ann"
				if i%2 == 0 {
					role = fmt.Sprint("name", i%1000)
				}
				_, err := f.dialFrom(fmt.Sprintf("127.0.1.%d", 1+i%int64(addresses)), role, "wrong")
				switch state := sqlState(err); state {
				case sqlerr.InvalidPassword:
					x.judged.Add(1)
				case sqlerr.ConfigurationLimit:
					x.limited.Add(1)
				default:
					f.Errorf("worker %d, attempt %d: %v", w, i, err)
					return
				}
			}
		}()
	}
	go func() {
		workers.Wait()
		close(x.done)
	}()
	f.Cleanup(func() { <-x.done })
	return x
}

// dialFrom connects from an address of this machine, without TLS.
func (f *fixture) dialFrom(addr, role, password string) (*pgconn.PgConn, error) {
	cfg, err := pgconn.ParseConfig(fmt.Sprintf("postgres://%s@%s/leat?sslmode=disable", role, f.srv.PGAddr()))
	if err != nil {
		return nil, err
	}
	cfg.Password = password
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}, Timeout: 10 * time.Second}
	cfg.DialFunc = d.DialContext
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return pgconn.ConnectConfig(ctx, cfg)
}
