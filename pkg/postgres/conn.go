package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connectTimeout = 3 * time.Second // unless the URL says otherwise
	closeTimeout   = time.Second

	// A peer that does not acknowledge sent bytes, or a probe, for this long is
	// gone. The probes of an idle connection begin after keepaliveIdle.
	peerTimeout       = 5 * time.Second
	keepaliveIdle     = 2 * time.Second
	keepaliveInterval = time.Second
	keepaliveCount    = 3
)

// sessionSettings apply to every connection. The server, too, drops a peer that
// is gone: such a peer may hold the write token.
var sessionSettings = map[string]string{
	"tcp_keepalives_idle":     "2",
	"tcp_keepalives_interval": "1",
	"tcp_keepalives_count":    "3",
	"tcp_user_timeout":        "5000",
}

// writerSettings apply to the writer's connection.
var writerSettings = map[string]string{
	// A process that is stopped while it holds the token loses it.
	"idle_in_transaction_session_timeout": "2s",
	"lock_timeout":                        "5s",
	// Never cut short by a time: a COMMIT that waits for a synchronous standby and
	// is cancelled counts as committed, on this server alone.
	"statement_timeout":   "0",
	"transaction_timeout": "0", // since PostgreSQL 17
	// A plan for empty tables scans them, and a prepared statement keeps its plan.
	// All statements of a writer go by keys, so the plans are pinned.
	"enable_seqscan":   "off",
	"enable_hashjoin":  "off",
	"enable_mergejoin": "off",
	"plan_cache_mode":  "force_generic_plan",
	"jit":              "off",
}

// readerSettings apply to the connections of the pool.
var readerSettings = map[string]string{
	"default_transaction_read_only": "on",
	"jit":                           "off",
}

// sqlSet changes those of the named settings that the server knows: older
// versions lack some.
const sqlSet = `SELECT set_config(wanted.name, wanted.value, false)
FROM unnest($1::text[], $2::text[]) AS wanted (name, value) JOIN pg_settings known ON known.name = wanted.name`

// sqlSearchPath makes the schema the only one that names are looked up in.
const sqlSearchPath = `SELECT set_config('search_path', quote_ident($1), false)`

// connConfig makes the settings that all connections share. Of several hosts they
// take the one that can be written to: a reader of a standby could miss commits.
func connConfig(o Options, config *pgx.ConnConfig, part string) {
	config.RuntimeParams["application_name"] = applicationName(o.Schema, part)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.ValidateConnect == nil && len(config.Fallbacks) > 0 {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	dialer := &net.Dialer{
		Control: limitUnacknowledged,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount,
		},
	}
	config.DialFunc = dialer.DialContext
}

// applicationName returns the name of a connection in pg_stat_activity.
func applicationName(schema, part string) string { return "inventory " + schema + " " + part }

// writerConfig returns the configuration of the writer's connection.
func writerConfig(o Options) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, err
	}
	connConfig(o, config, "writer")
	return config, nil
}

func readerConfig(o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, err
	}
	connConfig(o, config.ConnConfig, "reader")
	config.MaxConns = int32(o.ReadConns) //nolint:gosec // a handful
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		return set(ctx, conn, o.Schema, readerSettings)
	}
	return config, nil
}

// connect opens a connection of the writer.
func connect(ctx context.Context, config *pgx.ConnConfig, schema string) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := set(ctx, conn, schema, writerSettings); err != nil {
		return nil, errors.Join(err, closeConn(conn))
	}
	return conn, nil
}

// set applies the settings of a connection by a statement: a pooler between the
// two may refuse parameters at the start of a session.
func set(ctx context.Context, conn *pgx.Conn, schema string, own map[string]string) error {
	var names, values []string
	for _, settings := range []map[string]string{sessionSettings, own} {
		for name, value := range settings {
			names, values = append(names, name), append(values, value)
		}
	}
	var batch pgx.Batch
	batch.Queue(sqlSet, names, values)
	batch.Queue(sqlSearchPath, schema)
	if err := conn.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("set up the session: %w", err)
	}
	return nil
}

// closeConn closes a connection in any state.
func closeConn(conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := conn.Close(ctx)
	// pgx ends a broken connection in a goroutine.
	select {
	case <-conn.PgConn().CleanupDone():
	case <-ctx.Done():
	}
	return err
}
