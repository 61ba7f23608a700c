package embedded_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// The variables give a child process of the test the path of the log and the
// first version to write.
const (
	crashVariable      = "EMBEDDED_CRASH_PATH"
	crashFirstVariable = "EMBEDDED_CRASH_FIRST"
)

const (
	crashRuns        = 3
	crashBatches     = 5
	crashBatchLength = 40
)

// crash publishes, consumes, prints the version of each event that it has
// handled, and kills its own process without Close.
func crash(path string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	first, err := strconv.Atoi(os.Getenv(crashFirstVariable))
	fail(err)
	ctx := context.Background()
	b, err := embedded.Open(ctx, embedded.Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
	fail(err)
	var consumed sync.WaitGroup
	consumed.Add(crashBatchLength)
	go func() {
		count := 0
		fail(b.Subscriber().Subscribe(ctx, events.Subscription{
			Group: "group", Handler: func(_ context.Context, e events.Event) error {
				fmt.Println(e.Version) // not buffered
				if count++; count <= crashBatchLength {
					consumed.Done()
				}
				return nil
			},
		}))
	}()
	p := b.Publisher()
	for batch := range crashBatches {
		fail(p.PublishBatch(ctx, numbered(first+batch*crashBatchLength, crashBatchLength)))
	}
	consumed.Wait()
	fail(syscall.Kill(os.Getpid(), syscall.SIGKILL))
	select {}
}

// numbered makes count events of one aggregate with versions from first.
func numbered(first, count int) []events.Event {
	list := make([]events.Event, count)
	for i := range list {
		e, err := events.New(events.Meta{
			ID: fmt.Sprintf("event-%d", first+i), Version: int64(first + i), At: time.Unix(0, 0),
		}, inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001"})
		if err != nil {
			panic(err)
		}
		list[i] = e
	}
	return list
}

func TestBroker_SurvivesKill(t *testing.T) {
	const perRun, all = crashBatches * crashBatchLength, crashRuns * crashBatches * crashBatchLength
	path := filepath.Join(t.TempDir(), "broker.db")
	handled := map[int64]bool{} // by the group, in any process
	for run := range crashRuns {
		for _, version := range runCrash(t, path, 1+run*perRun) {
			handled[version] = true
		}
	}

	b := open(t, embedded.Options{Path: path})
	var scanned []int64
	if err := b.Scan(t.Context(), func(e events.Event) error {
		scanned = append(scanned, e.Version)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	expectRange(t, scanned, 1, all)
	expectRange(t, receive(t, b, "new", all), 1, all)

	rest := receive(t, b, "group", all)
	expectRange(t, rest, rest[0], all)
	for version := int64(1); version < rest[0]; version++ {
		if !handled[version] {
			t.Errorf("the group's position passed version %d, which it never handled", version)
		}
	}
}

// runCrash runs crash in a child process and returns the versions it handled.
func runCrash(t *testing.T, path string, first int) (versions []int64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashVariable+"="+path, crashFirstVariable+"="+strconv.Itoa(first))
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	err := child.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the child ended with %v: %s", err, &stderr)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended with %v: %s", err, &stderr)
	}
	lines := bufio.NewScanner(&stdout)
	for lines.Scan() {
		version, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, version)
	}
	return versions
}

// receive consumes as group until it gets the event with version last, and
// returns the versions.
func receive(t *testing.T, b *broker, group string, last int64) (versions []int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := b.Subscriber(t).Subscribe(ctx, events.Subscription{
		Group: group, Handler: func(_ context.Context, e events.Event) error {
			versions = append(versions, e.Version)
			if e.Version == last {
				cancel()
			}
			return nil
		},
	}); err != nil {
		t.Fatal(err)
	}
	return versions
}

func expectRange(t *testing.T, got []int64, first, last int64) {
	t.Helper()
	if int64(len(got)) != last-first+1 {
		t.Fatalf("got %d events, want %d", len(got), last-first+1)
	}
	for i, version := range got {
		if version != first+int64(i) {
			t.Fatalf("event %d has version %d, want %d", i, version, first+int64(i))
		}
	}
}
