package brokersystem_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // reads notifier's table
)

// system is the four services on a broker.
type system struct {
	*client // sends each path to its service

	t        testing.TB
	stream   *stream
	services map[string]*service
	feed     string // notifier's database
	// commandBases and commands are where the program "inventory" finds the
	// services, and its further environment.
	commandBases map[string]string
	commands     []string
	// poisoned: dead letters are expected.
	poisoned bool
}

// patience is the environment of services on a machine of any speed: their
// timeouts are as long as those of the tests, so that no response depends on it.
var patience = []string{
	"HOLD_TIMEOUT=" + within.String(), "SETTLE_TIMEOUT=" + within.String(), "CATALOG_TIMEOUT=" + within.String(),
	"REQUEST_TIMEOUT=" + within.String(),
}

// newSystem starts the four services on the stream.
func newSystem(t testing.TB, on *stream, env ...string) *system {
	t.Helper()
	s := setUp(t, on, env...)
	for _, name := range allNames {
		s.services[name].start()
	}
	return s
}

// setUp prepares the four services.
func setUp(t testing.TB, on *stream, env ...string) *system {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	s := &system{t: t, stream: on, services: map[string]*service{}}
	s.client = &client{http: &http.Client{Transport: transport}, bases: map[string]string{}}
	s.commandBases = s.bases
	ports := map[string]int{}
	for _, name := range allNames {
		ports[name] = freePort(t)
		s.bases[name] = fmt.Sprintf("http://127.0.0.1:%d", ports[name])
	}
	dir := t.TempDir()
	s.feed = filepath.Join(dir, notifier+".db")
	for _, name := range allNames {
		file := filepath.Join(dir, name+".db")
		s.services[name] = &service{
			t: t, name: name, file: file, log: &output{}, client: s.only(name),
			env: append(append([]string{
				fmt.Sprintf("SERVER_PORT=%d", ports[name]), "SQLITE_PATH=" + file,
				"API_KEYS=" + key + ":Tests", "SERVICE_KEY=" + serviceKey, "INSTANCE_ID=" + name,
				"CATALOG_URL=" + s.bases[catalog], "STOCK_URL=" + s.bases[stock], "RESERVATION_URL=" + s.bases[reservation],
			}, append(patience, on.env...)...), env...),
		}
	}
	t.Cleanup(func() {
		never := []string{buried}
		if s.poisoned {
			never = nil
		}
		for _, name := range allNames {
			s.services[name].kill()
			s.services[name].check(never...)
		}
		transport.CloseIdleConnections()
	})
	return s
}

// run runs the program "inventory" with the addresses of the services and returns
// its output and exit code. The flags come after the first words, which are the
// command.
func (s *system) run(words []string, rest ...string) (text string, code int) {
	s.t.Helper()
	args := append([]string{}, words...)
	for _, name := range serviceNames {
		args = append(args, "-"+name+"-url", s.commandBases[name])
	}
	return finish(s.t, command(s.t, inventoryTool, append(args, rest...), append([]string{"SERVICE_KEY=" + serviceKey}, s.commands...)...))
}

// audit runs "inventory audit -drained".
func (s *system) audit() (text string, code int) {
	s.t.Helper()
	return s.run([]string{"audit", "-drained"})
}

// settled waits until no event waits for the broker and nothing is held for a
// reservation that has ended, then fails the test unless the audit finds
// nothing and the broker has every event.
func (s *system) settled() {
	s.t.Helper()
	s.drained()
	eventually(s.t, "the settlement of all holds", s.holdsMatch)
	s.drained() // the events of the settlements
	s.stream.wantsAll(s)
	s.allRecorded()
	if text, code := s.audit(); code != 0 {
		s.t.Errorf("inventory audit: exit code %d\n%s", code, text)
	} else if strings.Contains(text, "not checked") {
		s.t.Errorf("inventory audit left something out:\n%s", text)
	}
}

// allRecorded waits until notifier has recorded every event of the broker. Its
// table refuses a second record of an event.
func (s *system) allRecorded() {
	s.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.feed+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	there := s.stream.scan(s.t)
	eventually(s.t, "notifier's feed", func() error {
		recorded := map[string]bool{}
		rows, err := db.QueryContext(s.t.Context(), "SELECT event_id FROM feed")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			recorded[id] = true
		}
		for _, e := range there {
			if !recorded[e.ID] {
				return fmt.Errorf("%s %s is not among the %d events in the feed", e.Type, e.ID, len(recorded))
			}
		}
		return rows.Err()
	})
}

// drained waits until no service has events that wait for the broker.
func (s *system) drained() {
	s.t.Helper()
	eventually(s.t, "the pending events", func() error {
		for _, name := range serviceNames {
			h, err := s.services[name].health()
			if err != nil {
				return err
			}
			if h.Pending > 0 || h.Broker != "ok" {
				return fmt.Errorf("%s: %+v", name, h)
			}
		}
		return nil
	})
}

// holdsMatch returns an error unless the reserved units of every stock row are
// those of its pending reservations.
func (s *system) holdsMatch() error {
	pending, err := s.pendingUnits()
	if err != nil {
		return err
	}
	for product := range s.products {
		row, err := s.row(product)
		if err != nil {
			return err
		}
		if row.Reserved != pending[product] {
			return fmt.Errorf("%s: %d units are held, pending reservations want %d", product, row.Reserved, pending[product])
		}
	}
	return nil
}
