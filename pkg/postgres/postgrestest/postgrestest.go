// Package postgrestest runs real PostgreSQL servers for tests, on 127.0.0.1 and
// with a port that survives restarts. A test gets the server that all tests of
// the binary share, with a schema of its own, or a server of its own, which it
// may stop, kill and pause.
//
// Servers are clusters that the package creates with the programs of the folders
// in TEST_POSTGRES, which is a list like PATH with one folder per version
// (.ci/postgres prints it). TEST_POSTGRES_URL names a running server instead,
// which must allow its user to create schemas. Where neither is set, the servers
// are containers of POSTGRES_IMAGE (default postgres:18-alpine), if a Docker
// daemon responds. A test for which there is none of these is skipped with "not
// run: …", which is a failure where CI=true.
package postgrestest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Tests are the tests of a binary. The shared servers end with them:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }
type Tests struct{ M interface{ Run() int } }

// Run runs the tests, stops the shared servers, and returns the exit code.
func (t Tests) Run() int {
	defer stopShared()
	return t.M.Run()
}

// Each runs test once for each version that this machine has, each time with the
// server that the tests of the binary share.
func Each(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Helper()
	for _, o := range origins(t) {
		t.Run(o.name, func(t *testing.T) { test(t, o.shared(t)) })
	}
}

// EachOwn runs test once for each version that this machine has, each time with
// a server of its own, whose files are written to the disk as in production.
func EachOwn(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Helper()
	for _, o := range origins(t) {
		t.Run(o.name, func(t *testing.T) { test(t, o.own(t)) })
	}
}

// Newest returns the shared server of the last version of TEST_POSTGRES: for
// benchmarks, and for tests that have nothing to do with the version.
func Newest(t testing.TB) *Server {
	t.Helper()
	all := origins(t)
	return all[len(all)-1].shared(t)
}

// NewestOwn is Newest with a server of the test's own.
func NewestOwn(t testing.TB) *Server {
	t.Helper()
	all := origins(t)
	return all[len(all)-1].own(t)
}

// origin is where servers of one version come from.
type origin struct {
	name   string // of the subtest
	folder string // of the programs; empty: no cluster
	url    string // of a running server; empty: none
	image  string // of a container; empty: none

	mu     sync.Mutex
	server *Server // the shared one, nil before its first use
}

var (
	found   []*origin
	foundBy sync.Once
)

// origins returns the versions of this machine; it skips the test when there is
// none.
func origins(t testing.TB) []*origin {
	t.Helper()
	foundBy.Do(func() { found = look(t) })
	if len(found) > 0 {
		return found
	}
	image := imageName()
	needDocker(t, image) // skips the test
	found = []*origin{{name: "container", image: image}}
	return found
}

func look(t testing.TB) (all []*origin) {
	t.Helper()
	if url := os.Getenv("TEST_POSTGRES_URL"); url != "" {
		return []*origin{{name: "server", url: url}}
	}
	for _, folder := range filepath.SplitList(os.Getenv("TEST_POSTGRES")) {
		version, err := versionOf(t.Context(), folder)
		if err != nil {
			t.Fatal("TEST_POSTGRES: ", err)
		}
		all = append(all, &origin{name: version, folder: folder})
	}
	return all
}

// shared returns the server that all tests share and starts it at its first use.
func (o *origin) shared(t testing.TB) *Server {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.server == nil {
		// No test looks at this server's files after a crash of the machine.
		s := o.create(t, "-c", "fsync=off")
		if err := s.start(); err != nil {
			s.remove()
			t.Fatal("the shared server: ", err)
		}
		o.server = s
	}
	return o.server
}

// own returns a server that ends with the test.
func (o *origin) own(t testing.TB) *Server {
	t.Helper()
	if o.url != "" {
		notRun(t, "needs a server that it may kill: TEST_POSTGRES=the folder of its programs (.ci/postgres)")
	}
	s := o.create(t)
	t.Cleanup(s.remove)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (o *origin) create(t testing.TB, settings ...string) *Server {
	t.Helper()
	switch {
	case o.url != "":
		return &Server{version: o.name, url: o.url}
	case o.folder != "":
		return newServer(o.name, newCluster(t, o.folder, settings))
	default:
		return newServer(o.name, newBox(t, o.image, settings))
	}
}

func stopShared() {
	for _, o := range found {
		if o.server != nil {
			o.server.remove()
		}
	}
}

// notRun skips a test that this machine cannot run. In CI that is a failure:
// there everything must run.
func notRun(t testing.TB, format string, args ...any) {
	t.Helper()
	why := "not run: " + fmt.Sprintf(format, args...)
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
