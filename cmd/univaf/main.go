// Command univaf gathers vaccine appointment availability and gives it away.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"getmyvax.org/univaf/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
