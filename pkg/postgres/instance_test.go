package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// instanceVariable makes the test binary an instance of its own: a process that
// writes once, and stops itself (SIGSTOP) while its change runs. It has the
// address and the schema.
const instanceVariable = "POSTGRES_TEST_INSTANCE"

// runInstance is such a process.
func runInstance() {
	address, schemaName, _ := strings.Cut(os.Getenv(instanceVariable), " ")
	ctx := context.Background()
	db, err := postgres.Open(ctx, postgres.Options{
		URL: address, Schema: schemaName, Logger: slog.New(slog.DiscardHandler), Tables: []postgres.Table{numbers, lastSeq, outbox},
	}, component(schema))
	if err == nil {
		runs := 0
		c := increment(0, "of the stopped process")
		err = write(ctx, db, task{c.needs, func(tx *postgres.Tx) error {
			if runs++; runs == 1 {
				fmt.Println("stopping")
				if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
					return err
				}
			}
			return c.change(tx)
		}})
		fmt.Println("runs", runs)
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A process is stopped while it has the token. The others go on after the server
// has ended its session, and its own change is committed when it continues.
func TestDB_StoppedProcess(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		mustWrite(t, db, increment(0, "before"))
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), instanceVariable+"="+o.URL+" "+o.Schema)
		child.Stderr = os.Stderr
		output, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(output)
		if !lines.Scan() || lines.Text() != "stopping" {
			t.Fatalf("the process said %q, %v", lines.Text(), lines.Err())
		}
		mustWrite(t, db, increment(0, "meanwhile"))
		if err := child.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || lines.Text() != "runs 2" {
			t.Errorf("the process said %q, want that its change ran again", lines.Text())
		}
		if err := child.Wait(); err != nil {
			t.Error(err)
		}
		expectCount(t, db, 0, 3)
	})
}
