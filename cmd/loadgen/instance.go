package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// instance is the whole system in one process, with data of its own.
type instance struct {
	*server
	folder string
}

func startInventory(ctx context.Context, binary, synchronous string) (i *instance, err error) {
	i = &instance{}
	if i.folder, err = os.MkdirTemp("", "bench-reserve-"); err != nil {
		return nil, err
	}
	i.server, err = startServer(ctx, binary, func(addr string) (args, environment []string) {
		return []string{"serve"}, []string{
			"SERVER_PORT=" + addr[strings.LastIndex(addr, ":")+1:], "LISTEN_HOST=127.0.0.1", "DATA_DIR=" + i.folder,
			"API_KEYS=" + apiKey + ":Bench", "LOG_LEVEL=warn", "SQLITE_SYNCHRONOUS=" + synchronous,
		}
	})
	if err != nil {
		i.remove()
		return nil, err
	}
	return i, nil
}

// report stops the server and prints the time and the space of each counted request.
func (i *instance) report(counted int) error {
	size, err := folderSize(i.folder)
	if err != nil {
		return err
	}
	i.stop()
	used := i.command.ProcessState
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(counted) }
	fmt.Printf("each took %.0f µs of user and %.0f µs of system time of the server, %.1f KB on disk\n",
		each(used.UserTime()), each(used.SystemTime()), float64(size)/1024/float64(counted))
	return nil
}

// remove stops the server and removes its data.
func (i *instance) remove() {
	if i.server != nil {
		i.stop()
	}
	_ = os.RemoveAll(i.folder)
}

func folderSize(dir string) (size int64, err error) {
	err = filepath.Walk(dir, func(_ string, info fs.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			size += info.Size()
		}
		return err
	})
	return size, err
}
