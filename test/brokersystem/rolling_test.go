package brokersystem_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestRollingRestart restarts the services one after the other, twice, while
// patient customers send requests: every request gets a response in the end and is
// done once. The process that stops responds to its running request, publishes
// all its events and closes its database.
func TestRollingRestart(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		s := newSystem(t, on.shared(t))
		w := s.shoppers(t, 6)
		for range 2 {
			for _, name := range allNames {
				w.goesOn(t, 30)
				w.restart(t, s.services[name])
				if err := w.repeat(); err != nil { // also to the process that has not seen them
					t.Errorf("after the restart of %s: %v", name, err)
				}
			}
		}
		w.goesOn(t, 30)
		w.check(t)
		s.stream.wantsOrder(t)
	})
}

// restart stops a service in order, with a request under way, and starts it
// again.
func (w *shoppers) restart(t testing.TB, s *service) {
	t.Helper()
	product := w.products[0]
	request := map[string]struct {
		path   string
		body   any
		status int
		did    func(id string)
	}{
		catalog:     {goodsPath, newProduct(), http.StatusCreated, func(string) { w.goods++ }},
		stock:       {adjustPath(product), adjusting, http.StatusOK, func(string) { w.came[product] += 3 }},
		reservation: {ordersPath, reserving(product), http.StatusCreated, func(id string) { w.kept = append(w.kept, id) }},
		notifier:    {hooksPath, silentWebhook, http.StatusCreated, func(string) { w.hooks++ }},
	}[s.name]
	u, err := s.begin(request.path, request.body)
	if err != nil {
		t.Fatal(err)
	}
	defer u.release()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.takesNoMore()
	a, err := u.finish(request.status)
	id := ""
	if err == nil {
		id, err = a.id()
	}
	if err != nil {
		t.Errorf("a request that was under way when %s was told to stop: %v", s.name, err)
	} else {
		w.note(func() { request.did(id) })
	}
	s.endsWell()
	s.leavesNothing()
	s.start()
}

// takesNoMore waits until the service takes no connection.
func (s *service) takesNoMore() {
	s.t.Helper()
	address := strings.TrimPrefix(s.bases[s.name], "http://")
	eventually(s.t, s.name+" takes no more connections", func() error {
		if conn, err := net.Dial("tcp", address); err == nil {
			return errors.Join(errors.New("it took one"), conn.Close())
		}
		return nil
	})
}

// leavesNothing fails the test unless the service, which has ended, has closed
// its database in order and published all of its events: it stops in the order
// requests, consumers, relay, database.
func (s *service) leavesNothing() {
	s.t.Helper()
	if _, err := os.Stat(s.file + "-wal"); !os.IsNotExist(err) {
		s.t.Errorf("%s did not close its database: %v", s.name, err)
	}
	if s.name == notifier {
		return // it publishes nothing
	}
	db, err := sql.Open("sqlite3", "file:"+s.file+"?immutable=1")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var pending int
	err = db.QueryRowContext(s.t.Context(), "SELECT COUNT(*) FROM events WHERE synced_at IS NULL").Scan(&pending)
	if err == nil && pending > 0 {
		err = fmt.Errorf("%d events wait for the broker", pending)
	}
	if err != nil {
		s.t.Errorf("%s, which has ended: %v", s.name, err)
	}
}
