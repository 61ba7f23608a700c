package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestNewLogger(t *testing.T) {
	t.Run("adds service, instance and the ids of the context", func(t *testing.T) {
		var out bytes.Buffer
		logger, err := telemetry.NewLogger(&out, "info", "json", "stock", "i-1")
		if err != nil {
			t.Fatal(err)
		}
		ctx := events.WithTraceparent(telemetry.WithRequestID(context.Background(), "r-1"), traceparent)
		logger.With("a", 1).InfoContext(ctx, "request", "b", 2)
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		delete(line, "time")
		want := map[string]any{
			"level": "INFO", "msg": "request", "service": "stock", "instance_id": "i-1", "a": 1.0, "b": 2.0,
			"request_id": "r-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
		}
		if len(line) != len(want) {
			t.Errorf("line %v, want %v", line, want)
		}
		for k, v := range want {
			if line[k] != v {
				t.Errorf("%s is %v, want %v", k, line[k], v)
			}
		}
	})
	t.Run("text without a request", func(t *testing.T) {
		var out bytes.Buffer
		logger, err := telemetry.NewLogger(&out, "warn", "text", "stock", "i-1")
		if err != nil {
			t.Fatal(err)
		}
		logger.Info("not shown")
		logger.WithGroup("g").Warn("shown", "a", 1)
		line := out.String()
		if strings.Count(line, "\n") != 1 || !strings.Contains(line, "msg=shown service=stock instance_id=i-1 g.a=1") {
			t.Errorf("log is %q", line)
		}
		if strings.Contains(line, "request_id") || strings.Contains(line, "trace_id") {
			t.Errorf("log is %q", line)
		}
	})
	t.Run("refuses unknown level and format", func(t *testing.T) {
		if _, err := telemetry.NewLogger(nil, "loud", "json", "", ""); err == nil {
			t.Error("level loud was accepted")
		}
		if _, err := telemetry.NewLogger(nil, "info", "xml", "", ""); err == nil {
			t.Error("format xml was accepted")
		}
	})
}

func TestValidTraceparent(t *testing.T) {
	if !telemetry.ValidTraceparent(traceparent) {
		t.Fatal("a valid traceparent was refused")
	}
	if id := telemetry.TraceID(traceparent); id != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("trace id is %q", id)
	}
	for name, s := range map[string]string{
		"empty":          "",
		"other version":  "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"upper case":     "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		"zero trace":     "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"zero parent":    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"not hex":        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
		"parent not hex": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bx-01",
		"flags not hex":  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
		"wrong dash":     "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
		"second dash":    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
		"too long":       traceparent + "-",
		"too short":      traceparent[:54],
	} {
		t.Run(name, func(t *testing.T) {
			if telemetry.ValidTraceparent(s) || telemetry.TraceID(s) != "" {
				t.Errorf("%q was taken", s)
			}
		})
	}
}

// TestNewLogger_longTexts: a line stays short enough for the disk, however long
// the texts are that a package logs.
func TestNewLogger_longTexts(t *testing.T) {
	long := strings.Repeat("B", 1<<20)
	for _, format := range []string{"json", "text"} {
		var log bytes.Buffer
		logger, err := telemetry.NewLogger(&log, "info", format, "test", "one")
		if err != nil {
			t.Fatal(err)
		}
		logger.Info("long", slog.String("text", long), slog.Any("err", errors.New(long)), slog.Group("more", slog.String("text", long)))
		if n := log.Len(); n < 1000 || n > 40<<10 || !strings.Contains(log.String(), "BBB…") {
			t.Errorf("%s: %d bytes: %.200s", format, n, &log)
		}
		log.Reset()
		logger.Info("short", slog.Any("err", errors.New("the reason")), slog.String("text", "é"))
		if got := log.String(); !strings.Contains(got, "the reason") || !strings.Contains(got, "é") || strings.Contains(got, "…") {
			t.Errorf("%s: %s", format, got)
		}
	}
}
