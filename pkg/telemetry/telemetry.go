// Package telemetry creates the services' logs: structured lines that carry the
// service, the instance and, taken from the context, the request and trace they
// belong to. It also has the common part of their metrics; each part of a
// service registers its own ones.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
)

// NewLogger returns a logger that writes to w, one line per record. level is
// debug, info, warn or error; format is json or text; anything else is an
// error. Each line has service and instance_id, and request_id and trace_id
// when the context of the record carries them. The logger is safe for
// concurrent use; each line is one call of w.Write.
func NewLogger(w io.Writer, level, format, service, instanceID string) (*slog.Logger, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	l, known := levels[level]
	if !known {
		return nil, fmt.Errorf("log level %q is not one of debug, info, warn, error", level)
	}
	options := &slog.HandlerOptions{Level: l, ReplaceAttr: bound}
	var h slog.Handler
	switch format {
	case "json":
		h = slog.NewJSONHandler(w, options)
	case "text":
		h = slog.NewTextHandler(w, options)
	default:
		return nil, fmt.Errorf("log format %q is not one of json, text", format)
	}
	logger := slog.New(contextHandler{h})
	return logger.With(slog.String("service", service), slog.String("instance_id", instanceID)), nil
}

// maxText bounds each text of a log line, in bytes: a stack trace fits, a body
// that a caller sent does not. Packages that log a caller's text bound it more
// closely; this is the last defence of the disk.
const maxText = 8 << 10

// bound is a slog.HandlerOptions.ReplaceAttr that cuts a text or an error that
// is too long.
func bound(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if text := a.Value.String(); len(text) > maxText {
			a.Value = slog.StringValue(problem.Excerpt(text, maxText))
		}
	case slog.KindAny:
		if err, isError := a.Value.Any().(error); isError && err != nil {
			a.Value = slog.StringValue(problem.Excerpt(fmt.Sprint(err), maxText))
		}
	}
	return a
}

// contextHandler adds the ids in the context of a record. Within a group
// (slog.Logger.WithGroup) these attributes become part of the group too.
type contextHandler struct{ slog.Handler }

func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	requestID, traceID := RequestID(ctx), TraceID(events.Traceparent(ctx))
	if requestID == "" && traceID == "" {
		return h.Handler.Handle(ctx, r)
	}
	// The record may be shared with other handlers, so its attributes must not
	// be added to in place.
	r = r.Clone()
	if requestID != "" {
		r.AddAttrs(slog.String("request_id", requestID))
	}
	if traceID != "" {
		r.AddAttrs(slog.String("trace_id", traceID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}

type requestIDKey struct{}

// WithRequestID returns a context that carries the id of the request being
// served.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id that WithRequestID put into ctx, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
