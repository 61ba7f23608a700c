package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/lifecycle"
	"inventory.example/pkg/telemetry"
)

// ServeMetrics adds a part to group that serves GET /metrics, and nothing else,
// on a port of its own, so that the other port can be opened to the public. It
// listens before it returns. With port 0 it does nothing; see
// Options.MetricsElsewhere.
func ServeMetrics(
	ctx context.Context, group *lifecycle.Group, host string, port int, metrics prometheus.Gatherer, logger *slog.Logger,
) error {
	if port == 0 {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", telemetry.MetricsHandler(metrics))
	server, err := NewServer(net.JoinHostPort(host, strconv.Itoa(port)), mux, logger)
	if err != nil {
		return err
	}
	if err := server.Listen(); err != nil {
		return fmt.Errorf("%w (set METRICS_PORT)", err)
	}
	logger.InfoContext(ctx, "listening for metrics", slog.String("addr", server.Addr()))
	group.Add("metrics", server.Run)
	return nil
}
