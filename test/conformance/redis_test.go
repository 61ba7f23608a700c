package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/redisstream"
	"inventory.example/pkg/tlsfiles"
	"inventory.example/test/brokertest"
)

func redisOpener(c redisstream.Config) opener {
	return func(t testing.TB) adapter { return openRedis(t, c) }
}

// redisClient returns a client for the administration of the server.
func redisClient(t testing.TB, addr, password string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, Password: password})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// do sends a command to Redis.
func do(t testing.TB, c *redis.Client, command string) {
	t.Helper()
	var args []any
	for arg := range strings.FieldsSeq(command) {
		args = append(args, arg)
	}
	if err := c.Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}

func TestRedis_WrongPassword(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{Args: []string{"--requirepass", "right-secret"}})
	config := redisConfig(t, s.Addr())
	config.Password = "wrong-secret"
	trouble{
		open: redisOpener(config), want: []string{"WRONGPASS"}, not: "wrong-secret",
		repair: func(t testing.TB) {
			do(t, redisClient(t, s.Addr(), "right-secret"), "CONFIG SET requirepass wrong-secret")
		},
	}.test(t)
}

func TestRedis_NoPassword(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{Args: []string{"--requirepass", "right-secret"}})
	trouble{
		open: redisOpener(redisConfig(t, s.Addr())), want: []string{"NOAUTH"},
		repair: func(t testing.TB) { do(t, redisClient(t, s.Addr(), "right-secret"), "ACL SETUSER default nopass") },
	}.test(t)
}

func TestRedis_UserWithoutRights(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{})
	admin := redisClient(t, s.Addr(), "")
	do(t, admin, "ACL SETUSER inventory on >its-secret ~other +@all")
	config := redisConfig(t, s.Addr())
	config.Username, config.Password = "inventory", "its-secret"
	trouble{
		open: redisOpener(config), want: []string{"NOPERM"}, not: "its-secret",
		repair: func(t testing.TB) { do(t, admin, "ACL SETUSER inventory ~"+config.Stream+"*") },
	}.test(t)
}

func TestRedis_TLS(t *testing.T) {
	right, wrong := brokertest.NewCertificate(t), brokertest.NewCertificate(t)
	s := brokertest.Redis(t, brokertest.RedisOptions{TLS: wrong})
	config := redisConfig(t, s.Addr())
	config.TLS = tlsfiles.ClientConfig{Enabled: true, CAFile: right.CAFile}
	trouble{
		open: redisOpener(config), want: []string{"x509", "certificate"},
		repair: func(t testing.TB) { changeCertificate(t, s, wrong, right) },
	}.test(t)
	roundTrip(t, redisOpener(config))
}

// changeCertificate gives a server another certificate, and loses its data.
func changeCertificate(t testing.TB, s interface {
	server
	Wipe(t testing.TB)
}, old, other *brokertest.Certificate,
) {
	t.Helper()
	s.Stop(t)
	s.Wipe(t) // a container gets the files only when it is created
	for from, to := range map[string]string{
		other.CAFile: old.CAFile, other.CertFile: old.CertFile, other.KeyFile: old.KeyFile, other.BothFile: old.BothFile,
	} {
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Start(t)
}

func TestRedis_Unreachable(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{})
	s.Stop(t)
	trouble{
		open: redisOpener(redisConfig(t, s.Addr())), want: []string{"connection refused"}, repair: s.Start,
	}.test(t)
}

func TestRedis_DoesNotRespond(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{})
	s.Pause(t)
	trouble{
		open: redisOpener(redisConfig(t, s.Addr())), want: []string{"deadline exceeded", "timeout"}, repair: s.Resume,
	}.test(t)
}

func TestRedis_EventTooLarge(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{Args: []string{"--proto-max-bulk-len", "1mb"}})
	trouble{
		open: redisOpener(redisConfig(t, s.Addr())), list: []events.Event{largeEvent(t, 2<<20)},
		want: []string{"bulk", "connection reset", "broken pipe", "EOF"},
	}.test(t)
}

func TestRedis_KeyOfAnotherType(t *testing.T) {
	addr := brokertest.SharedRedis(t)
	config, admin := redisConfig(t, addr), redisClient(t, addr, "")
	do(t, admin, "SET "+config.Stream+" text")
	trouble{
		open: redisOpener(config), want: []string{"WRONGTYPE"},
		repair: func(t testing.TB) { do(t, admin, "DEL "+config.Stream) },
	}.test(t)
}

func TestRedis_OutOfMemory(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{Args: []string{"--maxmemory", "1", "--maxmemory-policy", "noeviction"}})
	trouble{
		open: redisOpener(redisConfig(t, s.Addr())), want: []string{"OOM"},
		repair: func(t testing.TB) { do(t, redisClient(t, s.Addr(), ""), "CONFIG SET maxmemory 0") },
	}.test(t)
}

func TestRedis_Sentinel(t *testing.T) {
	s := brokertest.Redis(t, brokertest.RedisOptions{Program: true})
	sentinel := brokertest.Sentinel(t, s, "inventory-master")
	config := redisConfig(t, s.Addr())
	config.Addrs, config.SentinelMaster = []string{sentinel.Addr()}, "inventory-master"
	roundTrip(t, redisOpener(config))
}

func TestRedis_Cluster(t *testing.T) {
	const nodes, slots = 3, 16384
	var addrs []string
	for i := range nodes {
		s := brokertest.Redis(t, brokertest.RedisOptions{Program: true, Args: []string{"--cluster-enabled", "yes"}})
		addrs = append(addrs, s.Addr())
		c := redisClient(t, s.Addr(), "")
		if err := c.ClusterAddSlotsRange(t.Context(), i*slots/nodes, (i+1)*slots/nodes-1).Err(); err != nil {
			t.Fatal(err)
		}
		do(t, c, "CLUSTER SET-CONFIG-EPOCH "+string(rune('1'+i)))
		if i > 0 {
			do(t, c, "CLUSTER MEET "+strings.Replace(addrs[0], ":", " ", 1))
		}
	}
	config := redisConfig(t, addrs[0])
	config.Cluster, config.Addrs = true, addrs[:1]
	for range 2 * nodes { // streams on several nodes
		config.Stream = newName("stream")
		roundTrip(t, redisOpener(config)) // waits until the nodes know each other
	}
}
