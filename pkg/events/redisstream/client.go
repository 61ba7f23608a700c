package redisstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

const (
	dialTimeout = 2 * time.Second
	ioTimeout   = 5 * time.Second // for writing a command, and for reading its response
	poolSize    = 128             // connections at most; a waiting member uses one
)

// silenceClientLog keeps go-redis from writing to stderr, past the program's
// logger. Its lines repeat errors that the commands return.
var silenceClientLog = sync.OnceFunc(logging.Disable)

func newClient(c Config) (redis.UniversalClient, error) {
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	silenceClientLog()
	return redis.NewUniversalClient(o), nil
}

// options maps c to the options of go-redis.
func (c Config) options() (*redis.UniversalOptions, error) {
	tls, err := c.TLS.Load()
	if err != nil {
		return nil, fmt.Errorf("TLS to Redis: %w", err)
	}
	return &redis.UniversalOptions{
		Addrs:            c.addrs(),
		IsClusterMode:    c.Cluster,
		MasterName:       c.SentinelMaster,
		SentinelUsername: c.SentinelUsername,
		SentinelPassword: c.SentinelPassword,
		Username:         c.Username,
		Password:         c.Password,
		DB:               c.DB,
		TLSConfig:        tls,
		Protocol:         2,
		DisableIdentity:  true, // CLIENT SETINFO is unknown to Redis 7.0
		// No command is sent again behind the caller's back: a second
		// XREADGROUP would skip the entries of the first. In a cluster go-redis
		// may do so nevertheless; member.readNewEntries detects that.
		MaxRetries:            -1,
		DialTimeout:           dialTimeout,
		DialerRetries:         1,
		ReadTimeout:           ioTimeout,
		WriteTimeout:          ioTimeout,
		PoolTimeout:           ioTimeout,
		ContextTimeoutEnabled: true,
		PoolSize:              poolSize,
		PipelinePoolSize:      -1, // pipelines use the same connections
	}, nil
}

func (c Config) addrs() []string {
	if len(c.Addrs) > 0 {
		return c.Addrs
	}
	return []string{net.JoinHostPort(c.Host, strconv.Itoa(c.Port))}
}

// server returns the name of the server for errors.
func (c Config) server() string {
	addrs := strings.Join(c.addrs(), ",")
	if c.SentinelMaster != "" {
		return fmt.Sprintf("%s (sentinels %s)", c.SentinelMaster, addrs)
	}
	return addrs
}

// wrapError adds the operation, the server and, for common errors, advice to the
// error of a command. It returns nil for nil.
func (b *Broker) wrapError(ctx context.Context, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return fmt.Errorf("%s on Redis %s: %w%s", fmt.Sprintf(format, args...), b.server, err, advice(err))
}

// advices maps the prefix of a server's error to the advice for it.
var advices = []struct{ prefix, text string }{
	{"WRONGTYPE", "the key holds something else; choose another REDIS_STREAM"},
	{"NOAUTH", "set REDIS_PASSWORD"},
	{"WRONGPASS", "check REDIS_USERNAME and REDIS_PASSWORD"},
	{"NOPERM", "the user needs more rights on the server"},
	{"OOM", "the server's maxmemory is reached"},
	{"MISCONF", "the server cannot write to its disk"},
	{"READONLY", "the server is a replica"},
	{"NOREPLICAS", "the server has too few replicas"},
	{"LOADING", "the server is starting"},
}

func advice(err error) string {
	for _, a := range advices {
		if redis.HasErrorPrefix(err, a.prefix) {
			return " (" + a.text + ")"
		}
	}
	return ""
}

// groupIsLost reports whether err means that the group or its stream does not
// exist.
func groupIsLost(err error) bool {
	return redis.HasErrorPrefix(err, "NOGROUP") || redis.HasErrorPrefix(err, "UNBLOCKED")
}

// noSuchKey reports whether err means that the key of an XINFO does not exist.
func noSuchKey(err error) bool { return redis.HasErrorPrefix(err, "no such key") }
